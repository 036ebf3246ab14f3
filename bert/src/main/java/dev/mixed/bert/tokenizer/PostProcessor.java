// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * The special tokens that a {@code tokenizer.json} puts around a text.
 *
 * @param before ids in front of the text
 * @param after  ids behind it
 */
record PostProcessor(List<Integer> before, List<Integer> after) {
    private static final int TEXT = -1;
    private static final int UNKNOWN = -2;

    /**
     * Reads the post-processor.
     *
     * @throws UserException if it is of an unknown kind, puts no token or several in front of a text, more than one behind it, or other token types on it
     */
    static PostProcessor of(String file, JsonNode json) {
        JsonNode processor = json.path("post_processor");
        List<Integer> all = single(processor);
        int text = all.indexOf(TEXT);
        if (processor.isNull() || processor.isMissingNode() || text == 0) {
            throw new UserException(file + " adds no [CLS] in front of a text (post_processor), which the classifier reads; use the file that came with the"
                    + " model, or BertTokenizer as the tokenizer_class in tokenizer_config.json.");
        }
        if (text != 1 || all.size() > 3 || all.contains(UNKNOWN)) {
            throw new UserException("%s: the post_processor %s is not supported, which puts other tokens around a text than one in front and one behind;"
                    .formatted(file, Brief.of(processor.path("type").asText("?"))) + " use a model whose tokenizer is BertTokenizer.");
        }
        return new PostProcessor(all.subList(0, 1), all.subList(2, all.size()));
    }

    /** Ids around a text, {@link #TEXT} in its place; {@link #UNKNOWN} in that of what is not known. */
    static List<Integer> single(JsonNode processor) {
        return switch (processor.path("type").asText()) {
            case "TemplateProcessing" -> template(processor);
            case "BertProcessing",
                    "RobertaProcessing" -> List.of(processor.path("cls").path(1).asInt(UNKNOWN), TEXT, processor.path("sep").path(1).asInt(UNKNOWN));
            case "" -> List.of(TEXT);
            default -> List.of(UNKNOWN, TEXT);
        };
    }

    private static List<Integer> template(JsonNode processor) {
        List<Integer> all = new ArrayList<>();
        for (JsonNode piece : processor.path("single")) {
            JsonNode special = piece.path("SpecialToken");
            boolean zero = special.path("type_id").asInt(0) == 0 && piece.path("Sequence").path("type_id").asInt(0) == 0;
            JsonNode ids = processor.path("special_tokens").path(special.path("id").asText()).path("ids");
            if (!zero || !special.isObject() && (!piece.path("Sequence").path("id").asText().equals("A") || all.contains(TEXT))) {
                all.add(UNKNOWN);
            } else if (!special.isObject()) {
                all.add(TEXT);
            } else {
                ids.forEach(id -> all.add(id.asInt(UNKNOWN)));
            }
        }
        return all;
    }
}
