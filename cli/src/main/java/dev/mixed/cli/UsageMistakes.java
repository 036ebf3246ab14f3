// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.run.RunOptions;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Says what is wrong with a command line, where picocli cannot read it, in the words that miXed uses elsewhere. */
final class UsageMistakes {
    private UsageMistakes() {
    }

    /** Prints a sentence and a line that helps; the exit code. */
    static int report(CommandLine.ParameterException e) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("mixed: " + sentence(e));
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
            err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        }
        return 2;
    }

    private static String sentence(CommandLine.ParameterException e) {
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
            return unmatched(unmatched.getUnmatched().getFirst(), e.getCommandLine().getCommandSpec());
        }
        if (e instanceof CommandLine.MutuallyExclusiveArgsException) {
            // No other options exclude each other by picocli's means.
            return PrecisionArguments.EXCLUSIVE;
        }
        ArgSpec option = e.getArgSpec();
        if (option instanceof OptionSpec named && option.type().isEnum() && e.getValue() != null) {
            return named.longestName() + " must be " + RunOptions.choices(option.type()) + ", not '" + e.getValue() + "'.";
        }
        return sentence(Objects.requireNonNull(e.getMessage(), "picocli says what is wrong"));
    }

    /** A message with an end, whether it has one or not: picocli's and devices' have none. */
    static String sentence(String message) {
        return message.endsWith(".") ? message : message + ".";
    }

    /** The first alone: what follows an unknown option is most likely its value. */
    private static String unmatched(String argument, CommandSpec command) {
        if (argument.startsWith("-")) {
            return "Unknown option '" + argument + "'.";
        }
        if (command.subcommands().isEmpty()) {
            return command.qualifiedName() + " takes no argument '" + argument + "'.";
        }
        String kind = command.usageMessage().synopsisSubcommandLabel().replaceAll("\\W", "").toLowerCase(Locale.ROOT);
        return "'" + argument + "' is no " + kind + " of " + command.qualifiedName() + "; choose from: " + String.join(", ", command.subcommands().keySet())
                + ".";
    }
}
