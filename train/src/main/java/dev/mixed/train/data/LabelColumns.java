// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Several columns of which each stands for a label and says of each text whether it has it: {@code --label-column toxic,insult}. */
final class LabelColumns {
    private LabelColumns() {
    }

    /** The names in an option, two at least; empty where it names one column or none. */
    static List<String> of(@Nullable String option) {
        List<String> names = option == null ? List.of() : Arrays.stream(option.split(",", -1)).map(String::strip).toList();
        return names.size() < 2 || names.stream().anyMatch(String::isEmpty) ? List.of() : names;
    }

    /**
     * The labels of a row, as a list in JSON.
     *
     * @param values what stands in the columns, each 1 or 0, or true or false
     */
    static String list(String place, List<String> names, List<String> values) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < names.size(); i++) {
            switch (values.get(i).strip().toLowerCase(Locale.ROOT)) {
                case "1", "1.0", "true" -> list.add(names.get(i));
                case "0", "0.0", "false" -> {
                }
                default -> throw new UserException("%s: the column '%s' of a label holds '%s'; write 1 where the text has the label, and 0 where it does not."
                        .formatted(place, Brief.of(names.get(i)), Brief.of(values.get(i))));
            }
        }
        return list.toString();
    }
}
