// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What each class counts in the loss: the value of {@code --class-weights}.
 *
 * @param text as typed
 */
public record ClassWeights(String text) {
    /** What an option may hold, in words. */
    static final String RANGE = "balanced, or numbers above 0 and below 1e6 with commas between them, one for each class or as name=number";

    private static final String BALANCED = "balanced";
    private static final double MOST = 1e6;

    public ClassWeights {
        if (!isOne(text)) {
            throw new IllegalArgumentException("class weights are " + RANGE + ", not '" + text + "'");
        }
    }

    /** Null where {@code typed} is none. */
    static @Nullable ClassWeights parse(String typed) {
        return isOne(typed.strip()) ? new ClassWeights(typed.strip()) : null;
    }

    private static boolean isOne(String text) {
        if (text.equals(BALANCED)) {
            return true;
        }
        List<String> parts = parts(text);
        long named = parts.stream().filter(part -> part.indexOf('=') > 0).count();
        return (named == 0 || named == parts.size()) && parts.stream().allMatch(part -> number(part) > 0)
                && parts.stream().filter(part -> named > 0).map(ClassWeights::name).distinct().count() == named;
    }

    private static List<String> parts(String text) {
        return Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    private static String name(String part) {
        return part.substring(0, part.lastIndexOf('=')).strip();
    }

    /** -1 for what is no weight. */
    private static double number(String part) {
        try {
            double number = Double.parseDouble(part.substring(part.lastIndexOf('=') + 1).strip());
            return number > 1 / MOST && number < MOST ? number : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * The weights of these classes.
     *
     * @param counts how often each occurs in training: balanced is total / (classes count), as scikit-learn has it
     */
    public List<Double> of(List<String> classes, long[] counts) {
        if (text.equals(BALANCED)) {
            return balanced(classes, counts);
        }
        List<String> parts = parts(text);
        if (parts.getFirst().indexOf('=') < 0) {
            if (parts.size() != classes.size()) {
                throw new UsageException(
                        "--class-weights must have a number for each of the " + classes.size() + " classes " + String.join(", ", classes) + ", not "
                                + parts.size() + " ('" + text + "').");
            }
            return parts.stream().map(ClassWeights::number).toList();
        }
        List<Double> weights = new ArrayList<>(Collections.nCopies(classes.size(), 1.0));
        for (String part : parts) {
            int index = classes.indexOf(name(part));
            if (index < 0) {
                throw new UsageException("--class-weights names '" + name(part) + "', which is none of the classes " + String.join(", ", classes) + ".");
            }
            weights.set(index, number(part));
        }
        return weights;
    }

    private static List<Double> balanced(List<String> classes, long[] counts) {
        long total = Arrays.stream(counts).sum();
        List<Double> weights = new ArrayList<>();
        for (int c = 0; c < counts.length; c++) {
            if (counts[c] == 0) {
                throw new UsageException("--class-weights balanced is not for training texts without any of '" + classes.get(c) + "'; give weights by name, or"
                        + " add such texts.");
            }
            weights.add((double) total / ((double) classes.size() * counts[c]));
        }
        return weights;
    }

    /** As an option takes it. */
    @Override
    public String toString() {
        return text;
    }
}
