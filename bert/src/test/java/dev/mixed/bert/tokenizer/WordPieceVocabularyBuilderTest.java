// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UsageException;
import dev.mixed.io.Utf8File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class WordPieceVocabularyBuilderTest {
    /** The example of Sennrich et al. 2016, section 3.2, in WordPiece's spelling. */
    @Test
    void learnsTheTextbookMerges() {
        String text = "low ".repeat(5) + "lower ".repeat(2) + "newest ".repeat(6) + "widest ".repeat(3);
        Vocabulary vocabulary = WordPieceVocabularyBuilder.build(List.of(text), 100);
        assertEquals(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##d", "##e", "##i", "##o", "##r", "##s", "##t", "##w", "l", "n", "w"),
                vocabulary.tokens().subList(0, 16));
        assertEquals(List.of("##es", "##est", "##ow", "low"), vocabulary.tokens().subList(16, 20));
        assertTrue(vocabulary.id("newest") > 0 && vocabulary.id("lower") > 0);
    }

    /** Real enough text: the bundled reviews, as plain lines since the tokenizer knows nothing of data sets. */
    private static List<String> reviews() throws IOException {
        return Utf8File.lines(Path.of("..", "train", "src", "main", "resources", "dev", "mixed", "train", "data", "reviews", "train.tsv"));
    }

    @Test
    void agreesWithCountingAllPairsAnewAtEachMerge() throws IOException {
        List<String> texts = reviews();
        Vocabulary vocabulary = WordPieceVocabularyBuilder.build(texts, 400);
        assertEquals(400, vocabulary.size());
        assertEquals(vocabulary.tokens(), naive(texts, vocabulary.tokens(), 400));
    }

    /** Straight from the definition: count every pair, merge the first most frequent, start over. */
    private static List<String> naive(List<String> texts, List<String> learned, int size) {
        Map<String, Integer> words = new TreeMap<>();
        texts.forEach(text -> BertPreTokenizer.words(text).forEach(word -> words.merge(word, 1, Integer::sum)));
        List<String> pieces = new ArrayList<>(learned.stream().filter(t -> t.startsWith("[") && t.length() > 1 || t.replace("##", "").length() == 1).toList());
        Map<String, List<String>> spelled = new LinkedHashMap<>();
        words.forEach((word, count) -> {
            List<String> spelling = new ArrayList<>();
            word.chars().forEach(c -> spelling.add((spelling.isEmpty() ? "" : "##") + (char) c));
            if (pieces.containsAll(spelling)) {
                spelled.put(word, spelling);
            }
        });
        while (pieces.size() < size) {
            Map<List<String>, Integer> pairs = new LinkedHashMap<>();
            spelled.forEach((word, symbols) -> {
                for (int i = 0; i + 1 < symbols.size(); i++) {
                    pairs.merge(List.of(symbols.get(i), symbols.get(i + 1)), words.get(word), Integer::sum);
                }
            });
            List<String> best = pairs.entrySet().stream().min(Comparator.<Map.Entry<List<String>, Integer>>comparingInt(e -> -e.getValue())
                    .thenComparingInt(e -> pieces.indexOf(e.getKey().get(0))).thenComparingInt(e -> pieces.indexOf(e.getKey().get(1)))).orElseThrow().getKey();
            String merged = best.get(0) + best.get(1).substring(2);
            if (!pieces.contains(merged)) {
                pieces.add(merged);
            }
            spelled.values().forEach(symbols -> {
                for (int i = 0; i + 1 < symbols.size(); i++) {
                    if (symbols.get(i).equals(best.get(0)) && symbols.get(i + 1).equals(best.get(1))) {
                        symbols.set(i, merged);
                        symbols.remove(i + 1);
                    }
                }
            });
        }
        return pieces;
    }

    @Test
    void spellsItsOwnTextWithoutUnknownTokens() throws IOException {
        List<String> texts = reviews();
        Vocabulary vocabulary = WordPieceVocabularyBuilder.build(texts);
        assertTrue(vocabulary.size() < WordPieceVocabularyBuilder.DEFAULT_SIZE, "small text is exhausted before the default size");
        try (BertTokenizer tokenizer = BertTokenizer.of(vocabulary)) {
            int unknown = vocabulary.id("[UNK]");
            for (int[] ids : tokenizer.encodeBatch(texts, 512)) {
                for (int id : ids) {
                    Assertions.assertNotEquals(unknown, id);
                }
            }
        }
    }

    @Test
    void oneOffCharactersStayOutside() {
        Vocabulary vocabulary = WordPieceVocabularyBuilder.build(List.of("aa aa \uD83D\uDE00", "aa"), 20);
        assertEquals(List.of("##a", "a", "aa"), vocabulary.tokens().subList(5, vocabulary.size()));
    }

    @Test
    void tooSmallASizeIsAUsageError() {
        Assertions.assertInstanceOf(UsageException.class, assertRefused(() -> WordPieceVocabularyBuilder.build(List.of("a"), 5), "5 tokens is too small"));
    }
}
