// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Finds the class of a model that each label of a file means: by its name, or by its index where that can mean one thing only. */
final class ModelLabels {
    private static final int SHOWN = 10;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    private ModelLabels() {}

    /**
     * The index of each label's class.
     *
     * @param labels each with the place where it stands first, for messages
     * @param names of the model's classes, in order
     * @param file what the messages call the data
     * @param notes told of labels that do not stand there as the model names them
     * @throws UserException if a label is unknown or may mean two classes
     */
    static Map<String, Integer> match(Map<String, String> labels, List<String> names, String file, Consumer<String> notes) {
        LabelSet known = LabelSet.named(names);
        Map<String, Integer> indices = new HashMap<>();
        Map<String, String> rest = new LinkedHashMap<>();
        List<String> named = new ArrayList<>();
        List<String> respelled = new ArrayList<>();
        labels.forEach((label, place) -> {
            int index = known.byName(label);
            if (index < 0) {
                rest.put(label, place);
                return;
            }
            indices.put(label, index);
            named.add(label);
            if (!known.isExact(label)) {
                respelled.add("'" + Brief.of(label) + "' as '" + Brief.of(names.get(index)) + "'");
            }
        });
        if (!respelled.isEmpty()) {
            notes.accept("Labels of " + file + " are taken for the model's of another spelling: " + LabelSet.list(respelled) + ".");
        }
        if (!rest.isEmpty()) {
            indices.putAll(numbers(rest, named, known, file, notes));
        }
        return indices;
    }

    private static Map<String, Integer> numbers(Map<String, String> labels, List<String> named, LabelSet known, String file, Consumer<String> notes) {
        List<String> names = known.names();
        boolean namesAreNumbers = names.stream().anyMatch(LabelSet::isNumber);
        Map<String, Integer> indices = new HashMap<>();
        labels.forEach((label, place) -> {
            if (namesAreNumbers || !LabelSet.isNumber(label)) {
                throw known.unknown(label, place, "");
            }
            if (!named.isEmpty()) {
                throw new UserException("%s: the label '%s' is a number, but others are names such as '%s'; write the names of the model's classes throughout."
                        .formatted(place, label, Brief.of(named.getFirst())));
            }
        });
        List<Integer> inNames = numbersIn(names);
        boolean ambiguous = !inNames.isEmpty() && IntStream.range(0, names.size()).anyMatch(i -> inNames.get(i) != i);
        labels.forEach((label, place) -> {
            long index = Long.parseLong(label);
            int byNumber = ambiguous ? inNames.indexOf((int) index) : -1;
            if (byNumber >= 0 && byNumber != index && index < names.size()) {
                throw new UserException("%s: the label '%s' may mean '%s', or the class of that index, '%s'; write the names of the model's classes."
                        .formatted(place, label, Brief.of(names.get(byNumber)), Brief.of(names.get((int) index))));
            }
            if (ambiguous && byNumber != index) {
                throw known.unknown(label, place, "; write these names");
            }
            if (index < 0 || index >= names.size()) {
                throw known.unknown(label, place, ", or their indices from 0 to " + (names.size() - 1));
            }
            indices.put(label, (int) index);
        });
        if (inNames.isEmpty()) {
            notes.accept("The labels of " + file + " are numbers, taken as indices of the model's classes: " + IntStream.range(0, names.size()).limit(SHOWN)
                    .mapToObj(i -> i + " is " + Brief.of(names.get(i))).collect(Collectors.joining(", ")) + (names.size() > SHOWN ? ", ..." : "") + ".");
        }
        return indices;
    }

    /** The number in each name, as in "1 star"; empty unless every name holds just one, and all are different. */
    private static List<Integer> numbersIn(List<String> names) {
        List<Integer> numbers = new ArrayList<>();
        for (String name : names) {
            List<String> found = NUMBER.matcher(name).results().map(MatchResult::group).toList();
            if (found.size() == 1) {
                numbers.add(Integer.parseInt(found.getFirst()));
            }
        }
        return numbers.size() == names.size() && numbers.stream().distinct().count() == numbers.size() ? numbers : List.of();
    }
}
