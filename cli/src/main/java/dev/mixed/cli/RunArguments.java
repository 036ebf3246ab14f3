package dev.mixed.cli;

import dev.mixed.io.UsageException;
import dev.mixed.train.run.RunOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options of a training run on the command line, made from {@link RunOptions#keys()} so that the two cannot differ. */
final class RunArguments {
    private static final String FP32 = "--fp32";

    private RunArguments() {
    }

    /** A picocli mix-in with one option a key; values stay text, for {@link RunOptions} to check. */
    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create();
        for (RunOptions.Key key : RunOptions.keys()) {
            boolean flag = key.type() == boolean.class;
            OptionSpec.Builder option = OptionSpec.builder("--" + key.name()).required(false).description(description(key, flag));
            if (flag) {
                option.type(boolean.class).arity("0");
            } else {
                option.type(String.class).arity("1").paramLabel("<" + key.name() + ">");
            }
            spec.addOption(option.build());
            if (key.name().equals("amp")) {
                spec.addOption(OptionSpec.builder(FP32).required(false).type(boolean.class).arity("0")
                        .description("float throughout, the opposite of --amp and the default").build());
            }
        }
        return spec;
    }

    private static String description(RunOptions.Key key, boolean flag) {
        // Percent signs would be taken for format specifiers.
        String text = key.help().replace("%", "%%");
        return flag || key.defaultText().isEmpty() ? text : text + " (default: " + key.defaultText() + ")";
    }

    /** What the user typed, by option name. */
    static Map<String, Object> given(ParseResult result) {
        Map<String, Object> given = new LinkedHashMap<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            String option = "--" + key.name();
            if (result.hasMatchedOption(option)) {
                given.put(key.name(), key.type() == boolean.class ? Boolean.TRUE : result.matchedOptionValue(option, ""));
            }
        }
        if (result.hasMatchedOption(FP32)) {
            if (given.put("amp", Boolean.FALSE) != null) {
                throw new UsageException(PrecisionArguments.EXCLUSIVE);
            }
        }
        return given;
    }
}
