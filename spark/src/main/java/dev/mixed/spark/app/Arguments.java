// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.app;

import dev.mixed.spark.process.MixedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A command line, of which an application knows some options.
 *
 * @param known  what was typed of them, by name; a flag is "true"
 * @param others the words of all other options, as they were typed
 */
record Arguments(Map<String, String> known, List<String> others) {

    /**
     * @param valued options that have a value
     * @param flags  options that have none
     */
    static Arguments of(String[] words, Set<String> valued, Set<String> flags) {
        Map<String, String> known = new HashMap<>();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String name = equals > 0 ? words[i].substring(0, equals) : words[i];
            if (flags.contains(words[i])) {
                known.put(name, "true");
            } else if (!valued.contains(name)) {
                others.add(words[i]);
            } else if (equals > 0) {
                known.put(name, words[i].substring(equals + 1));
            } else if (i + 1 < words.length) {
                known.put(name, words[++i]);
            } else {
                throw new UsageMistake(name + " needs a value.");
            }
        }
        return new Arguments(known, others);
    }

    Optional<String> get(String option) {
        return Optional.ofNullable(known.get(option));
    }

    String require(String option, String what) {
        return get(option).orElseThrow(() -> new UsageMistake(option + " is needed: " + what + "."));
    }

    boolean has(String flag) {
        return known.containsKey(flag);
    }

    Optional<Integer> number(String option) {
        return get(option).map(value -> {
            if (!value.matches("\\d{1,9}")) {
                throw new UsageMistake(option + " must be a whole number from 0, not '" + value + "'.");
            }
            return Integer.valueOf(value);
        });
    }

    Optional<Double> decimal(String option) {
        return get(option).map(value -> {
            try {
                return Double.valueOf(value);
            } catch (NumberFormatException e) {
                throw new UsageMistake(option + " must be a number, not '" + value + "'.");
            }
        });
    }

    /** Something is wrong with the command line itself. */
    static final class UsageMistake extends RuntimeException {
        private static final long serialVersionUID = 1;

        UsageMistake(String sentence) {
            super(sentence);
        }
    }

    /** Refuses what nobody knows. */
    void requireNoOthers() {
        if (!others.isEmpty()) {
            throw new UsageMistake("Unknown option '" + others.get(0) + "'.");
        }
    }

    /** Runs an application to its exit code: 0, 1 after a sentence, 2 after one about the command line. */
    static int run(Runnable application) {
        try {
            application.run();
            return 0;
        } catch (UsageMistake e) {
            System.err.println("mixed: " + e.getMessage());
            return 2;
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof MixedException) {
                    System.err.println("mixed: " + cause.getMessage());
                    return 1;
                }
            }
            throw e;
        }
    }
}
