// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two texts as BERT takes them: {@code [CLS] first [SEP] second [SEP]}, of token type 0 up to the first [SEP] and 1 behind it.
 *
 * @param ids         token ids, of which no more than were asked for
 * @param secondStart index of the first token of type 1
 * @param cut         whether a text lost tokens
 */
public record PairEncoding(int[] ids, int secondStart, boolean cut) {
    /** [CLS], one token, [SEP], one token, [SEP]: the shortest length that still says something of both texts. */
    public static final int MIN_LENGTH = 5;
    private static final int SPECIAL = 3;

    /**
     * Joins two texts, cut as {@code truncation="longest_first"} of Hugging Face's tokenizers does: of two texts that are both too long, each keeps half of
     * the room, the longer the odd token (the second where they are equally long); else the longer alone is cut.
     *
     * @param first      ids of the tokens without those around them, as of {@code second}
     * @param truncateLeft whether texts lose their beginning
     */
    static PairEncoding of(int[] first, int[] second, int cls, int sep, int maxLength, boolean truncateLeft) {
        int room = maxLength - SPECIAL;
        // The library cuts each text to the whole length first: of two longer ones neither counts as the longer.
        int a = Math.min(first.length, maxLength);
        int b = Math.min(second.length, maxLength);
        if (a + b > room) {
            int shorter = Math.min(a, b);
            int longer = Math.max(shorter, room - shorter);
            if (shorter + longer > room) {
                shorter = room / 2;
                longer = shorter + room % 2;
            }
            boolean firstIsLonger = a > b;
            a = firstIsLonger ? longer : shorter;
            b = firstIsLonger ? shorter : longer;
        }
        return joined(kept(first, a, truncateLeft), kept(second, b, truncateLeft), cls, sep, a < first.length || b < second.length);
    }

    /**
     * Joins two texts of which one alone is cut, as {@code truncation="only_first"} or {@code "only_second"} of Hugging Face's tokenizers does.
     *
     * @param cutSecond whether the second one is cut, rather than the first one
     * @return null where less than a token of that text would be left
     */
    static @Nullable PairEncoding cutting(boolean cutSecond, int[] first, int[] second, int cls, int sep, int maxLength, boolean truncateLeft) {
        int room = room(cutSecond, first, second, maxLength);
        int[] cut = cutSecond ? second : first;
        if (room >= cut.length) {
            return joined(first, second, cls, sep, false);
        }
        return room < 1 ? null
                : joined(cutSecond ? first : kept(first, room, truncateLeft), cutSecond ? kept(second, room, truncateLeft) : second, cls, sep, true);
    }

    /**
     * Joins one text of a pair with each of the {@link Windows} of the other.
     *
     * @param cutSecond whether the second one has windows, rather than the first one
     * @return empty where the other text leaves no room for windows that share {@code stride} tokens
     */
    static List<PairEncoding> windows(boolean cutSecond, int[] first, int[] second, int cls, int sep, int maxLength, int stride, boolean truncateLeft) {
        int room = room(cutSecond, first, second, maxLength);
        int[] cut = cutSecond ? second : first;
        if (room >= cut.length) {
            return List.of(joined(first, second, cls, sep, false));
        }
        return room <= stride ? List.of()
                : Windows.of(cut, room, stride, truncateLeft).stream()
                        .map(window -> joined(cutSecond ? first : window, cutSecond ? window : second, cls, sep, false)).toList();
    }

    /** Tokens of one text beside the whole other one. */
    private static int room(boolean ofSecond, int[] first, int[] second, int maxLength) {
        return maxLength - SPECIAL - (ofSecond ? first : second).length;
    }

    private static int[] kept(int[] text, int count, boolean atEnd) {
        return atEnd ? Arrays.copyOfRange(text, text.length - count, text.length) : Arrays.copyOf(text, count);
    }

    private static PairEncoding joined(int[] first, int[] second, int cls, int sep, boolean cut) {
        int[] ids = new int[first.length + second.length + SPECIAL];
        ids[0] = cls;
        System.arraycopy(first, 0, ids, 1, first.length);
        ids[first.length + 1] = sep;
        System.arraycopy(second, 0, ids, first.length + 2, second.length);
        ids[ids.length - 1] = sep;
        return new PairEncoding(ids, first.length + 2, cut);
    }

    /**
     * Checks that a tokenizer's file puts pairs together so.
     *
     * @throws UserException naming the file otherwise
     */
    static void require(String file, JsonNode json, PostProcessor around) {
        JsonNode processor = json.path("post_processor");
        String type = processor.path("type").asText();
        boolean bert = type.equals("BertProcessing") || type.equals("TemplateProcessing") && template(processor.path("pair"));
        if (!bert || around.after().size() != 1) {
            throw new UserException("%s: its post_processor %s does not join two texts as BERT does ([CLS] first [SEP] second [SEP], types 0 and 1); use a"
                    .formatted(file, Brief.of(type)) + " model whose tokenizer is BertTokenizer for pairs.");
        }
    }

    private static boolean template(JsonNode pair) {
        List<String> parts = new ArrayList<>();
        for (JsonNode piece : pair) {
            JsonNode special = piece.path("SpecialToken");
            JsonNode part = special.isObject() ? special : piece.path("Sequence");
            parts.add((special.isObject() ? "*" : part.path("id").asText()) + part.path("type_id").asInt(0));
        }
        return parts.equals(List.of("*0", "A0", "*0", "B1", "*1"));
    }
}
