// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.io.UsageException;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options of a training run on the command line, made from {@link RunOptions#keys()} so that the two cannot differ. */
final class RunArguments {
    private static final String FP32 = "--fp32";
    /** Of Hugging Face's names the one that takes several values. */
    private static final String LIST = "report_to";

    private RunArguments() {
    }

    /** A picocli mix-in with one option a key; values stay text, for {@link RunOptions} to check. */
    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create();
        int order = 0;
        for (RunOptions.Key key : RunOptions.keys()) {
            OptionSpec option = option(key, order++);
            if (key.name().equals("amp")) {
                OptionSpec fp32 = flag(FP32, "float throughout, the opposite of --amp and the default", order++);
                spec.addArgGroup(ArgGroupSpec.builder().exclusive(true).addArg(option).addArg(fp32).build());
            } else {
                spec.addOption(option);
            }
        }
        // Help would be three times as long with them.
        for (String name : RunOptionsIO.otherNames()) {
            String dashed = name.replace('_', '-');
            boolean taken = spec.findOption("--" + dashed) != null;
            spec.addOption(
                    OptionSpec.builder("--" + name, taken || dashed.equals(name) ? new String[0] : new String[] {"--" + dashed}).required(false).hidden(true)
                            .type(name.equals(LIST) ? String[].class : String.class).arity(name.equals(LIST) ? "0..*" : "0..1").fallbackValue("true").build());
        }
        return spec;
    }

    /** @param order place in the help, where options of a group would come first */
    private static OptionSpec option(RunOptions.Key key, int order) {
        String name = "--" + key.name();
        if (key.type() == boolean.class) {
            return flag(name, description(key, true), order);
        }
        return OptionSpec.builder(name).required(false).type(String.class).arity("1").paramLabel("<" + key.name() + ">")
                .description(description(key, false)).order(order).build();
    }

    private static OptionSpec flag(String name, String description, int order) {
        return OptionSpec.builder(name).required(false).type(boolean.class).arity("0").description(description).order(order).build();
    }

    private static String description(RunOptions.Key key, boolean flag) {
        // Percent signs would be taken for format specifiers.
        String text = key.help().replace("%", "%%");
        return flag || key.defaultText().isEmpty() ? text : text + " (default: " + key.defaultText() + ")";
    }

    /** What the user typed, by option name. */
    static Map<String, Object> given(ParseResult result) {
        Map<String, String> typed = new LinkedHashMap<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            String option = "--" + key.name();
            if (result.hasMatchedOption(option)) {
                typed.put(key.name(), key.type() == boolean.class ? "true" : result.matchedOptionValue(option, ""));
            }
        }
        for (String name : RunOptionsIO.otherNames()) {
            if (result.hasMatchedOption("--" + name)) {
                typed.put(name, String.join(",", result.matchedOption("--" + name).originalStringValues()));
            }
        }
        Map<String, Object> given = new LinkedHashMap<>(RunOptionsIO.typed(typed));
        if (result.hasMatchedOption(FP32)) {
            if ("true".equals(given.put("amp", false))) {
                throw new UsageException(PrecisionArguments.EXCLUSIVE);
            }
        }
        return given;
    }
}
