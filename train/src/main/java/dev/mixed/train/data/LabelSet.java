// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.text.Normalizer;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The classes of a data set: turns a label as a file writes it into the index of its class. */
final class LabelSet {
    private static final int SHOWN = 10;
    /** Names that may well be those of classes. */
    private static final Set<String> MISSING_ELSEWHERE = Set.of("None", "NA", "N/A", "n/a");

    private final List<String> names;
    private final Map<String, Integer> byName = new HashMap<>();
    /** Classes by {@link #folded}; -1 where several names are alike. */
    private final Map<String, Integer> byFolded = new HashMap<>();
    private final boolean indices;

    private LabelSet(List<String> names, boolean indices) {
        this.names = List.copyOf(names);
        this.indices = indices;
        for (int i = 0; i < names.size(); i++) {
            byName.putIfAbsent(names.get(i), i);
            byFolded.merge(folded(names.get(i)), i, (a, b) -> -1);
        }
    }

    /** Classes whose order somebody has written down, so that a number stands for one of them. */
    static LabelSet ordered(List<String> names) {
        return new LabelSet(names, names.stream().noneMatch(LabelSet::isNumber));
    }

    /** Classes of which a label is a name and never an index. */
    static LabelSet named(List<String> names) {
        return new LabelSet(names, false);
    }

    /**
     * The classes that occur in the training rows: numbers in numeric order, names in alphabetical order.
     *
     * @param notes told of a class that may be none
     * @throws UserException if some labels are numbers and some are names, or two differ in capitals and blanks alone
     */
    static LabelSet from(Collection<LabeledRow> rows, Consumer<String> notes) {
        Map<String, String> places = new LinkedHashMap<>();
        rows.forEach(row -> places.putIfAbsent(row.label(), row.place()));
        requireOneKind(places);
        requireDifferent(places);
        boolean numbers = places.keySet().stream().allMatch(LabelSet::isNumber);
        Comparator<String> order = numbers ? Comparator.comparingLong(Long::parseLong) : Comparator.naturalOrder();
        List<String> names = places.keySet().stream().sorted(order).toList();
        // -1, 0 and 1 may be moods; below numbers that go on from 0, -1 or -100 most often means that there is no label.
        if (numbers && names.size() > 3 && List.of("-1", "-100").contains(names.getFirst()) && !names.get(1).startsWith("-")) {
            notes.accept("%s: the label %s is taken as a class of its own; delete such rows if it marks texts without a label."
                    .formatted(places.get(names.getFirst()), names.getFirst()));
        }
        names.stream().filter(MISSING_ELSEWHERE::contains)
                .forEach(name -> notes.accept("%s: the label %s is taken as a class of that name, where pandas reads it as missing."
                        .formatted(places.get(name), name)));
        return new LabelSet(names, false);
    }

    private static void requireOneKind(Map<String, String> places) {
        Optional<String> number = places.keySet().stream().filter(LabelSet::isNumber).findFirst();
        Optional<String> other = places.keySet().stream().filter(label -> !isNumber(label)).findFirst();
        if (number.isPresent() && other.isPresent()) {
            throw new UserException("%s: the label '%s' is a name, but '%s' (%s) is a number; write all labels as names or all as numbers."
                    .formatted(places.get(other.get()), Brief.of(other.get()), number.get(), places.get(number.get())));
        }
    }

    private static void requireDifferent(Map<String, String> places) {
        Map<String, String> seen = new HashMap<>();
        places.forEach((label, place) -> {
            String before = seen.putIfAbsent(folded(label), label);
            if (before != null) {
                throw new UserException("%s: the label '%s' and '%s' (%s) differ in spelling alone; write them alike, or give them names of their own."
                        .formatted(place, Brief.of(label), Brief.of(before), places.get(before)));
            }
        });
    }

    List<String> names() {
        return names;
    }

    /** The row's text with the index of its class. */
    LabeledText resolve(LabeledRow row) {
        return new LabeledText(row.text(), row.pair(), new Target.OfClass(index(row.label(), row.place())));
    }

    /** Index of a label that stands at {@code place} (file and line). */
    int index(String label, String place) {
        int index = byName(label);
        if (index < 0 && indices && label.matches("\\d{1,9}") && Integer.parseInt(label) < names.size()) {
            index = Integer.parseInt(label);
        }
        if (index < 0) {
            throw unknown(label, place, "");
        }
        return index;
    }

    /** Index of the class of that name, whatever its capitals and blanks; -1 if there is none, or if several are alike. */
    int byName(String label) {
        Integer exact = byName.get(label);
        return exact != null ? exact : byFolded.getOrDefault(folded(label), -1);
    }

    /** Whether the name is written just so. */
    boolean isExact(String label) {
        return byName.containsKey(label);
    }

    UserException unknown(String label, String place, String more) {
        return new UserException("%s: the label '%s' is unknown; the labels are %s%s.".formatted(place, Brief.of(label), list(names), more));
    }

    static boolean isNumber(String label) {
        return LabelForm.of(label) == LabelForm.WHOLE_NUMBER;
    }

    /** What two spellings of one name have in common: capitals, blanks and composed characters aside; numbers by value. */
    static String folded(String name) {
        if (isNumber(name)) {
            return String.valueOf(Long.parseLong(name));
        }
        return Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT).replaceAll("[\\s\\p{Z}]+", " ").replaceAll("\\p{Cf}", "").strip();
    }

    static String list(List<String> names) {
        String shown = names.stream().limit(SHOWN).map(Brief::of).collect(Collectors.joining(", "));
        return names.size() > SHOWN ? shown + ", ... (" + names.size() + " in all)" : shown;
    }
}
