// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The names of the classes as {@code transformers} reads them from {@code config.json}: {@code id2label} wins over {@code num_labels}, and
 * {@code label2id}, which no prediction needs, is not looked at. Whether there are as many as the classifier has outputs only its tensors tell.
 */
final class LabelMap {
    /** More classes than that have names; each takes memory, which a number alone must not. */
    private static final int MAX_UNNAMED = 10_000;

    private LabelMap() {
    }

    /**
     * A {@link UserException}, without the file's name, where the map names no classes 0 to n - 1.
     *
     * @param id2label null where there is none
     * @param numLabels null where there is none; then there are two classes
     */
    static List<String> names(@Nullable JsonNode id2label, @Nullable JsonNode numLabels) {
        List<String> names = id2label == null ? unnamed(numLabels) : named(id2label);
        require(names);
        return names;
    }

    private static List<String> unnamed(@Nullable JsonNode numLabels) {
        if (numLabels != null && !(numLabels.isIntegralNumber() && numLabels.canConvertToInt())) {
            throw new UserException("num_labels must be a whole number, not " + Brief.of(numLabels.toString()) + ".");
        }
        int count = numLabels == null ? 2 : numLabels.intValue();
        if (count < 1 || count > MAX_UNNAMED) {
            throw new UserException("num_labels " + count + " must be between 1 and " + MAX_UNNAMED + ", or id2label must name the classes.");
        }
        return IntStream.range(0, count).mapToObj(i -> "LABEL_" + i).toList();
    }

    private static List<String> named(JsonNode id2label) {
        if (!id2label.isObject()) {
            throw new UserException("id2label must be an object such as {\"0\": \"negative\", \"1\": \"positive\"}.");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < id2label.size(); i++) {
            JsonNode name = id2label.get(Integer.toString(i));
            if (name == null) {
                throw new UserException("id2label has " + id2label.size() + " entries but no class name for \"" + i + "\"; number the classes from 0.");
            }
            if (!name.isValueNode() || name.isNull()) {
                throw new UserException("id2label names class \"" + i + "\" " + Brief.of(name.toString()) + "; give it a string.");
            }
            // Numbers and booleans are names too, as the file writes them.
            names.add(name.asText());
        }
        return names;
    }

    /** A {@link UserException} unless these are names that tell at least one class from another. */
    static void require(List<String> labels) {
        if (labels.isEmpty()) {
            throw new UserException("id2label names no class; name at least one.");
        }
        for (String label : labels) {
            if (label.isBlank()) {
                throw new UserException("id2label has an empty class name; name every class.");
            }
        }
        if (new HashSet<>(labels).size() != labels.size()) {
            throw new UserException("id2label names a class twice: " + labels.stream().map(Brief::of).toList() + "; give every class its own name.");
        }
    }
}
