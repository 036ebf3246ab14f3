// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.run.RunOptions;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Says what is wrong with a command line, where picocli cannot read it, in the words that miXed uses elsewhere. */
final class UsageMistakes {
    private static final int MOST_EDITS = 2;

    private UsageMistakes() {
    }

    /** Prints a sentence and a line that helps; the exit code. */
    static int report(CommandLine.ParameterException e) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("mixed: " + sentence(e));
        Optional<String> meant = e instanceof CommandLine.UnmatchedArgumentException unmatched
                ? meant(unmatched.getUnmatched().getFirst(), e.getCommandLine().getCommandSpec()) : Optional.empty();
        if (meant.isPresent()) {
            err.println("Did you mean: " + meant.get());
        } else {
            err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        }
        return 2;
    }

    /** An option or a command that differs from what was typed by a slip or two; a name further away would only mislead. */
    private static Optional<String> meant(String typed, CommandSpec command) {
        String name = typed.replaceFirst("=.*", "");
        LevenshteinDistance edits = new LevenshteinDistance(Math.min(MOST_EDITS, name.replace("-", "").length() / 2));
        Stream<String> options = command.options().stream().flatMap(option -> Stream.of(option.names()));
        Stream<String> names = typed.startsWith("-") ? options : command.subcommands().keySet().stream();
        return names.filter(known -> edits.apply(name, known) >= 0).min(Comparator.comparingInt(known -> edits.apply(name, known)))
                .map(known -> typed.startsWith("-") ? known : command.qualifiedName() + " " + known);
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
