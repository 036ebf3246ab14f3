// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonReason;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Finds texts and labels in objects with fields, such as those in lines of JSON. */
final class JsonLines {
    private static final String EXAMPLE = "; write one object such as {\"text\": \"...\", \"label\": 0} a line";
    /** A field that stands twice would be read as one of the two. NaN, which Python writes, is refused by name as a label. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final DataColumns columns;
    private final boolean labelled;
    private List<String> labelColumns = List.of();

    /**
     * @param name     the file's, for messages
     * @param labelled whether each object needs a label
     */
    JsonLines(String name, DataColumns columns, boolean labelled) {
        this.columns = columns;
        this.labelled = labelled;
        if (labelled && columns.textName().equals(columns.labelName())) {
            throw new UsageException("--text-column and --label-column both name the field '" + columns.textName() + "' of " + name + "; give two.");
        }
    }

    /** Whether a line is a JSON object, which nobody means as a text. */
    static boolean isObject(String line) {
        if (!line.startsWith("{")) {
            return false;
        }
        try {
            return MAPPER.readTree(line).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** The field {@code text_pair}, if any object has it beside {@code text}; null otherwise. */
    static @Nullable String pairField(Iterable<PlacedObject> objects) {
        for (PlacedObject placed : objects) {
            Optional<String> field = placed.object().properties().stream().filter(e -> OtherColumns.isPair(e.getKey()) && !e.getValue().isNull())
                    .map(Map.Entry::getKey).findFirst();
            if (field.isPresent()) {
                return field.get();
            }
        }
        return null;
    }

    /** Whether the first object has a field of this name, capitals aside. */
    static boolean hasField(Iterable<PlacedObject> objects, String wanted) {
        Iterator<PlacedObject> first = objects.iterator();
        return first.hasNext() && first.next().object().properties().stream().anyMatch(e -> e.getKey().equalsIgnoreCase(wanted));
    }

    /** The objects of lines, each parsed when it is its turn; blank lines are left out. */
    static Iterable<PlacedObject> objects(String name, List<String> lines) {
        return () -> IntStream.range(0, lines.size()).filter(i -> !lines.get(i).isBlank()).mapToObj(i -> {
            String place = LabeledRow.place(name, i + 1);
            return new PlacedObject(place, object(place, lines.get(i)));
        }).iterator();
    }

    void read(Iterable<PlacedObject> objects, OtherColumns others, DataReader.Rows rows) {
        boolean first = true;
        for (PlacedObject placed : objects) {
            String place = placed.place();
            ObjectNode object = placed.object();
            String textField = field(object, columns.text(), columns.textName(), place);
            String pairField = columns.pair() == null ? null : field(object, columns.pair(), columns.pair(), place);
            String labelField = field(object, columns.label(), columns.labelName(), place);
            String text = text(place, object, textField, columns.textName(), "--text-column");
            String pair = columns.pair() == null ? null : text(place, object, pairField, columns.pair(), "--pair-column");
            if (labelField == null && first) {
                labelColumns = LabelColumns.of(columns.label());
            }
            first = false;
            List<String> several = labelColumns.stream().map(column -> Objects.requireNonNullElse(field(object, column, column, place), column)).toList();
            JsonNode label = labelled && several.isEmpty()
                    ? require(place, object, labelField, columns.labelName(), "a string or whole number", "--label-column") : null;
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                if (!several.contains(field.getKey()) && !field.getKey().equals(textField) && !field.getKey().equals(pairField)
                        && !field.getKey().equals(labelField)
                        && !field.getValue().isNull()) {
                    others.see(field.getKey(), field.getValue().isContainerNode() ? field.getValue().toString() : field.getValue().asText());
                }
            }
            if (labelled && !several.isEmpty()) {
                List<String> values = several.stream().map(column -> require(place, object, column, column, "0 or 1", "--label-column").asText()).toList();
                rows.add(place, text, pair, LabelForm.LIST, LabelColumns.list(place, labelColumns, values));
                continue;
            }
            rows.add(place, text, pair, label == null ? LabelForm.EMPTY : LabelForm.of(label), label == null ? "" : written(label));
        }
    }

    /** The fields that each stand for a label, after {@link #read}; empty where one holds all. */
    List<String> labelColumns() {
        return labelColumns;
    }

    private static String text(String place, ObjectNode object, @Nullable String field, String wanted, String option) {
        JsonNode text = require(place, object, field, wanted, "a string", option);
        if (!text.isTextual()) {
            throw new UserException("%s: no '%s' (a string), but %s%s.".formatted(place, Brief.of(wanted), kind(text), EXAMPLE));
        }
        return text.textValue();
    }

    private static String written(JsonNode label) {
        return label.isContainerNode() ? label.toString() : label.asText();
    }

    private static String kind(JsonNode node) {
        return node.isArray() ? "a list" : node.isObject() ? "an object" : node.isNull() ? "null" : Brief.of(node.asText());
    }

    /** The object in a line; a {@link UserException} where there is none. */
    static ObjectNode object(String place, String line) {
        try {
            if (MAPPER.readTree(line) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new UserException("%s: not valid JSON (%s)%s.".formatted(place, JsonReason.of(e), EXAMPLE), e);
        }
        throw new UserException("%s: no JSON object%s.".formatted(place, EXAMPLE));
    }

    /** The object's field of that name, or the only one that differs in capitals alone; null if there is none. */
    private static @Nullable String field(ObjectNode object, @Nullable String chosen, String wanted, String place) {
        List<String> alike = object.properties().stream().map(Map.Entry::getKey).filter(wanted::equalsIgnoreCase).toList();
        boolean exact = alike.contains(wanted);
        if (alike.size() > 1 && (chosen == null || !exact)) {
            throw new UserException("%s: more than one '%s'; rename the others.".formatted(place, Brief.of(wanted)));
        }
        return exact ? wanted : alike.isEmpty() ? null : alike.getFirst();
    }

    private static JsonNode require(String place, ObjectNode object, @Nullable String field, String wanted, String type, String option) {
        JsonNode value = field == null ? null : object.get(field);
        if (value == null) {
            List<String> fields = object.properties().stream().map(Map.Entry::getKey).toList();
            throw new UserException("%s: no '%s' (%s)%s.".formatted(place, Brief.of(wanted), type,
                    fields.isEmpty() ? EXAMPLE : ", its fields are " + LabelSet.list(fields) + "; give " + option + " with a name from there"));
        }
        return value;
    }
}
