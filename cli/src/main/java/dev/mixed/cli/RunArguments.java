// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.run.RunOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.ArgGroupSpec;
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
        Map<String, Object> given = new LinkedHashMap<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            String option = "--" + key.name();
            if (result.hasMatchedOption(option)) {
                given.put(key.name(), key.type() == boolean.class ? true : result.matchedOptionValue(option, ""));
            }
        }
        if (result.hasMatchedOption(FP32)) {
            given.put("amp", false);
        }
        return given;
    }
}
