// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.StructAccessor;
import dev.mixed.io.UserException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Parquet file as objects with the fields that a line of JSON would have.
 *
 * @param classes names of the classes that a column's whole numbers are indices of, by column, where Hugging Face's datasets wrote the file
 */
record ParquetRows(Map<String, List<String>> classes) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** The key under which Hugging Face's datasets keep the features of a file. */
    private static final String FEATURES = "huggingface";
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int MISSING = -1;

    static ParquetRows of(String name, ParquetFileReader reader) {
        String features = reader.getFileMetaData().keyValueMetadata().get(FEATURES);
        if (features == null) {
            return new ParquetRows(Map.of());
        }
        Map<String, List<String>> classes = new LinkedHashMap<>();
        try {
            MAPPER.readTree(features).path("info").path("features").properties()
                    .forEach(feature -> names(feature.getValue()).ifPresent(names -> classes.put(feature.getKey(), names)));
        } catch (JsonProcessingException e) {
            throw new UserException(name + " has features under the key '" + FEATURES + "' that are no JSON; write it again.", e);
        }
        return new ParquetRows(classes);
    }

    /** Of a ClassLabel, or of a list of them. */
    private static Optional<List<String>> names(JsonNode feature) {
        JsonNode type = feature.path("_type");
        if (type.asText().equals("ClassLabel") && feature.path("names").isArray()) {
            return Optional.of(StreamSupport.stream(feature.path("names").spliterator(), false).map(JsonNode::asText).toList());
        }
        JsonNode element = feature.isArray() && feature.size() == 1 ? feature.get(0) : feature.path("feature");
        return element.isObject() ? names(element) : Optional.empty();
    }

    /** @param row the current row of a reader */
    ObjectNode object(String place, StructAccessor row) {
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < row.getFieldCount(); i++) {
            String field = row.getFieldName(i);
            object.set(field, named(place, field, node(row.isNull(i) ? null : row.getValue(i))));
        }
        return object;
    }

    private JsonNode named(String place, String field, JsonNode value) {
        List<String> names = classes.get(field);
        if (names == null) {
            return value;
        }
        if (value.isArray()) {
            ArrayNode all = NODES.arrayNode();
            value.forEach(element -> all.add(named(place, field, element)));
            return all;
        }
        if (!value.isIntegralNumber()) {
            return value;
        }
        long index = value.longValue();
        if (index == MISSING) {
            return NODES.nullNode();
        }
        if (index < 0 || index >= names.size()) {
            throw new UserException("%s: '%s' is %d, but the file names %d classes, from 0 to %d; write it again.".formatted(place, field, index, names.size(),
                    names.size() - 1));
        }
        return NODES.textNode(names.get((int) index));
    }

    private static JsonNode node(@Nullable Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case String text -> NODES.textNode(text);
            case Boolean flag -> NODES.booleanNode(flag);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            // As it was meant: 3.7f is 3.7 and not 3.700000047.
            case Float number -> NODES.numberNode(Double.parseDouble(number.toString()));
            case Double number -> NODES.numberNode(number);
            case BigDecimal number -> NODES.numberNode(number);
            case byte[] bytes -> text(bytes);
            case PqList list -> {
                ArrayNode all = NODES.arrayNode();
                for (int i = 0; i < list.size(); i++) {
                    all.add(node(list.isNull(i) ? null : list.get(i)));
                }
                yield all;
            }
            case StructAccessor struct -> new ParquetRows(Map.of()).object("", struct);
            case PqMap map -> {
                ObjectNode all = NODES.objectNode();
                map.getEntries().forEach(entry -> all.set(String.valueOf(entry.getKey()), node(entry.getValue())));
                yield all;
            }
            default -> NODES.textNode(value.toString());
        };
    }

    /** Some writers do not say of a column that its bytes are text. */
    private static JsonNode text(byte[] bytes) {
        try {
            return NODES.textNode(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return NODES.binaryNode(bytes);
        }
    }
}
