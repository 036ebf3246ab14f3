// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Labels of which each text has any number: a list in JSON, as Python writes one, or names or numbers with commas between them. */
final class ListTargets implements TargetReader {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final LabelSet labels;

    ListTargets(LabelSet labels) {
        this.labels = labels;
    }

    /**
     * The labels that occur in the training rows, in the order of {@link LabelSet#from}.
     *
     * @param known names in an order that somebody has written down; empty for none
     */
    static ListTargets from(List<RawRow> train, List<String> known, Consumer<String> notes) {
        if (!known.isEmpty()) {
            return new ListTargets(LabelSet.ordered(known));
        }
        List<LabeledRow> single = new ArrayList<>();
        for (RawRow row : train) {
            names(row).forEach(name -> single.add(new LabeledRow(row.place(), row.text(), null, name)));
        }
        if (single.isEmpty()) {
            throw new UserException(train.getFirst().place() + " and all rows behind it have no label; give some.");
        }
        return new ListTargets(LabelSet.from(single, notes));
    }

    @Override
    public List<String> names() {
        return labels.names();
    }

    @Override
    public Target target(RawRow row) {
        return new Target.Labels(names(row).stream().map(name -> labels.index(name, row.place())).toList());
    }

    /** The labels of a row as it names them, each once. */
    static Set<String> names(RawRow row) {
        String text = row.label().strip();
        if (row.form() == LabelForm.EMPTY) {
            throw new UserException(row.place() + ": the label is empty; write [] for a text without any.");
        }
        List<String> parts = text.startsWith("[") && text.endsWith("]") ? listed(row, text) : Stream.of(text.split("[,;]", -1)).map(String::strip).toList();
        Set<String> names = new LinkedHashSet<>();
        for (String part : parts) {
            names.add(LabelForm.of(part).name(row.place(), part));
        }
        return names;
    }

    private static List<String> listed(RawRow row, String text) {
        try {
            JsonNode list = MAPPER.readTree(text);
            List<String> parts = new ArrayList<>();
            for (JsonNode part : list) {
                if (part.isContainerNode()) {
                    throw new UserException(
                            "%s: the label %s holds a list or an object; write a list of names or numbers.".formatted(row.place(), Brief.of(text)));
                }
                parts.add(part.asText());
            }
            return parts;
        } catch (JsonProcessingException notJson) {
            String inside = text.substring(1, text.length() - 1).strip();
            return inside.isEmpty() ? List.of() : Stream.of(inside.split("[\\s]*,[\\s]*|\\s+(?=['\"\\d+-])", -1)).map(ListTargets::unquoted).toList();
        }
    }

    private static String unquoted(String part) {
        boolean quoted = part.length() > 1 && (part.startsWith("'") && part.endsWith("'") || part.startsWith("\"") && part.endsWith("\""));
        return quoted ? part.substring(1, part.length() - 1) : part;
    }
}
