// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The entities that a sequence of tags spells in IOB2 or IOBES: a run of tags of one type, in which an I- or E- goes on after a B- or I-. Whatever else has a
 * type begins an entity of its own, also an I- at the beginning, as the CoNLL shared tasks counted them.
 */
public final class Entities {
    private static final Pattern TAG = Pattern.compile("[BIES]-.+");
    private static final String OUTSIDE = "O";

    private Entities() {
    }

    /**
     * An entity.
     *
     * @param type  such as PER
     * @param first index of its first word
     * @param last  index of its last word
     */
    public record Entity(String type, int first, int last) {
    }

    /** Whether these tags, all of a data set, spell entities: O and others such as B-PER. */
    public static boolean isTags(List<String> tags) {
        return tags.stream().anyMatch(tag -> TAG.matcher(tag).matches()) && tags.stream().allMatch(tag -> tag.equals(OUTSIDE) || TAG.matcher(tag).matches());
    }

    /** The entities in the order of their words. */
    public static List<Entity> of(List<String> tags) {
        List<Entity> entities = new ArrayList<>();
        int first = -1;
        for (int i = 0; i <= tags.size(); i++) {
            boolean goesOn = i > 0 && i < tags.size() && goesOn(tags.get(i - 1), tags.get(i));
            if (first >= 0 && !goesOn) {
                entities.add(new Entity(type(tags.get(first)), first, i - 1));
                first = -1;
            }
            if (i < tags.size() && !goesOn && !tags.get(i).equals(OUTSIDE)) {
                first = i;
            }
        }
        return entities;
    }

    private static boolean goesOn(String before, String tag) {
        return (before.startsWith("B-") || before.startsWith("I-")) && (tag.startsWith("I-") || tag.startsWith("E-")) && type(before).equals(type(tag));
    }

    private static String type(String tag) {
        return tag.substring(tag.indexOf('-') + 1);
    }
}
