// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The classes of a data set: turns a label as a file writes it (a name or an index) into an index. */
final class LabelSet {
    private static final int SHOWN = 10;
    private final List<String> names;

    private LabelSet(List<String> names) {
        this.names = names;
    }

    /** Classes in a given order. */
    static LabelSet of(List<String> names) {
        return new LabelSet(List.copyOf(names));
    }

    /** The classes that occur in the training rows: numbers in numeric order, names in alphabetical order. */
    static LabelSet from(Collection<LabeledRow> rows) {
        List<String> distinct = rows.stream().map(LabeledRow::label).distinct().toList();
        boolean numbers = distinct.stream().allMatch(label -> label.matches("-?\\d{1,9}"));
        Comparator<String> order = numbers ? Comparator.comparingInt(Integer::parseInt) : Comparator.naturalOrder();
        return new LabelSet(distinct.stream().sorted(order).toList());
    }

    List<String> names() {
        return names;
    }

    /** Index of a label that stands at {@code place} (file and line). */
    int index(String label, String place) {
        int index = names.indexOf(label);
        if (index < 0 && label.matches("\\d{1,9}") && Integer.parseInt(label) < names.size() && !numeric()) {
            index = Integer.parseInt(label);
        }
        if (index < 0) {
            throw new UserException("%s: the label '%s' is unknown; the labels are %s.".formatted(place, Brief.of(label), list(names)));
        }
        return index;
    }

    /** Where the names are numbers themselves, a number is a name and never an index. */
    private boolean numeric() {
        return names.stream().anyMatch(name -> name.matches("-?\\d+"));
    }

    static String list(List<String> names) {
        String shown = names.stream().limit(SHOWN).map(Brief::of).collect(Collectors.joining(", "));
        return names.size() > SHOWN ? shown + ", ... (" + names.size() + " in all)" : shown;
    }
}
