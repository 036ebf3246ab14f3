// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Words as BERT takes them, each cut into one piece or several.
 *
 * @param ids         token ids, [CLS] and [SEP] around them included
 * @param firstPieces for each word the index of its first piece in {@code ids}; -1 for words that were cut off
 */
public record WordEncoding(int[] ids, int[] firstPieces) {
    /** Whether words were cut off. */
    public boolean cut() {
        return firstPieces.length > 0 && firstPieces[firstPieces.length - 1] < 0;
    }

    /**
     * Joins words.
     *
     * @param pieces ids of each word
     * @param sep    id of the token behind the words; -1 for none
     */
    static WordEncoding of(List<String> words, Map<String, int[]> pieces, int cls, int sep, int maxLength) {
        int room = maxLength - (sep < 0 ? 1 : 2);
        IntStream.Builder ids = IntStream.builder();
        ids.add(cls);
        int[] first = new int[words.size()];
        Arrays.fill(first, -1);
        int used = 0;
        for (int w = 0; w < first.length && used < room; w++) {
            first[w] = 1 + used;
            for (int piece : Objects.requireNonNull(pieces.get(words.get(w)), "every word is encoded")) {
                if (used < room) {
                    ids.add(piece);
                    used++;
                }
            }
        }
        if (sep >= 0) {
            ids.add(sep);
        }
        return new WordEncoding(ids.build().toArray(), first);
    }
}
