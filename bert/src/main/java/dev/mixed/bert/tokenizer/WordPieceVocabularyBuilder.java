// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import dev.mixed.io.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * Learns a WordPiece vocabulary from texts, for users who have none.
 *
 * <p>Merges the most frequent pair of neighbouring pieces until the vocabulary is full: byte-pair encoding (Sennrich et al. 2016, "Neural Machine
 * Translation of Rare Words with Subword Units") with WordPiece's "##" spelling, which is what Hugging Face's {@code WordPieceTrainer} does too. The
 * likelihood score of Schuster and Nakajima 2012, count(ab) / (count(a) count(b)), is not used: on small texts it favours rare pairs.
 * Deterministic: equal counts are merged in the order of their pieces' ids.
 */
public final class WordPieceVocabularyBuilder {
    /** Enough for some ten thousand short texts. */
    public static final int DEFAULT_SIZE = 8000;
    private static final List<String> SPECIAL_TOKENS = List.of(Vocabulary.PAD, Vocabulary.UNK, Vocabulary.CLS, Vocabulary.SEP, Vocabulary.MASK);
    private static final String CONTINUATION = "##";
    private static final int MIN_FREQUENCY = 2;
    /** Hugging Face's bound as well: one-off emoji would else crowd out words. */
    private static final int MAX_CHARACTERS = 1000;
    private static final int MAX_WORD_CHARACTERS = 100;

    private final int size;

    private final List<String> pieces = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<int[]> words = new ArrayList<>();
    private final List<Integer> frequencies = new ArrayList<>();
    private final Map<Long, Integer> pairCounts = new HashMap<>();
    private final Map<Long, Set<Integer>> pairWords = new HashMap<>();

    private WordPieceVocabularyBuilder(int size) {
        this.size = size;
    }

    /**
     * A vocabulary of at most {@code size} tokens: [PAD], [UNK], [CLS], [SEP], [MASK], single characters, then merges as they were learned.
     *
     * @throws UsageException if {@code size} leaves no room for text beside the special tokens
     */
    public static Vocabulary build(Iterable<String> texts, int size) {
        return build(texts, size, true);
    }

    private static Vocabulary build(Iterable<String> texts, int size, boolean lowerCase) {
        if (size < 2 * SPECIAL_TOKENS.size()) {
            throw new UsageException("A vocabulary of %d tokens is too small; give at least %d.".formatted(size, 2 * SPECIAL_TOKENS.size()));
        }
        WordPieceVocabularyBuilder builder = new WordPieceVocabularyBuilder(size);
        Map<String, Integer> counts = countWords(texts, lowerCase);
        builder.addCharacters(counts);
        builder.addWords(counts);
        builder.merge();
        return Vocabulary.of("the vocabulary built from the text", builder.pieces);
    }

    /** A vocabulary of at most {@link #DEFAULT_SIZE} tokens. */
    public static Vocabulary build(Iterable<String> texts) {
        return build(texts, DEFAULT_SIZE);
    }

    /** @param lowerCase of lower-cased words without accents, as an uncased tokenizer makes them; else of words as they are */
    public static Vocabulary build(Iterable<String> texts, boolean lowerCase) {
        return build(texts, DEFAULT_SIZE, lowerCase);
    }

    private static Map<String, Integer> countWords(Iterable<String> texts, boolean lowerCase) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String text : texts) {
            for (String word : BertPreTokenizer.words(text, lowerCase)) {
                if (word.length() <= MAX_WORD_CHARACTERS) {
                    counts.merge(word, 1, Integer::sum);
                }
            }
        }
        return counts;
    }

    private void addCharacters(Map<String, Integer> counts) {
        Map<String, Integer> characters = new LinkedHashMap<>();
        counts.forEach((word, count) -> spell(word).forEach(piece -> characters.merge(piece, count, Integer::sum)));
        SPECIAL_TOKENS.forEach(this::idOf);
        characters.entrySet().stream()
                .filter(entry -> entry.getValue() >= MIN_FREQUENCY)
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(Math.min(MAX_CHARACTERS, size - SPECIAL_TOKENS.size()))
                .map(Map.Entry::getKey)
                .sorted()
                .forEach(this::idOf);
    }

    /** The first character as it is, the others with "##" in front. */
    private static List<String> spell(String word) {
        List<String> result = new ArrayList<>();
        word.codePoints().forEach(c -> result.add(result.isEmpty() ? Character.toString(c) : CONTINUATION + Character.toString(c)));
        return result;
    }

    private int idOf(String piece) {
        Integer id = ids.putIfAbsent(piece, pieces.size());
        if (id != null) {
            return id;
        }
        pieces.add(piece);
        return pieces.size() - 1;
    }

    /** Words with a character outside the vocabulary are left out: they will be [UNK]. */
    private void addWords(Map<String, Integer> counts) {
        counts.forEach((word, count) -> {
            List<String> spelled = spell(word);
            if (ids.keySet().containsAll(spelled)) {
                words.add(spelled.stream().mapToInt(ids::get).toArray());
                frequencies.add(count);
                addPairs(words.size() - 1, 1);
            }
        });
    }

    /** Adds (sign 1) or takes away (sign -1) the pairs of a word; the set of words per pair may keep a word that lost the pair. */
    private void addPairs(int word, int sign) {
        int[] symbols = words.get(word);
        for (int i = 0; i + 1 < symbols.length; i++) {
            long pair = pair(symbols[i], symbols[i + 1]);
            pairCounts.merge(pair, sign * frequencies.get(word), Integer::sum);
            if (sign > 0) {
                pairWords.computeIfAbsent(pair, key -> new HashSet<>()).add(word);
            }
        }
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    private record Candidate(long pair, int count) {}

    private void merge() {
        PriorityQueue<Candidate> queue = new PriorityQueue<>(Comparator.comparingInt(Candidate::count).reversed().thenComparingLong(Candidate::pair));
        pairCounts.forEach((pair, count) -> queue.add(new Candidate(pair, count)));
        while (pieces.size() < size && !queue.isEmpty()) {
            Candidate best = queue.poll();
            int count = pairCounts.getOrDefault(best.pair, 0);
            if (count < MIN_FREQUENCY) {
                continue;
            }
            if (count != best.count) {
                // Stale since a merge took some of its occurrences; one that gained occurrences was queued anew.
                if (count < best.count) {
                    queue.add(new Candidate(best.pair, count));
                }
                continue;
            }
            Set<Long> grown = new HashSet<>();
            int left = (int) (best.pair >> 32);
            int right = (int) best.pair;
            int merged = idOf(pieces.get(left) + pieces.get(right).substring(CONTINUATION.length()));
            for (int word : Objects.requireNonNull(pairWords.remove(best.pair), "a pair that occurs is in a word")) {
                addPairs(word, -1);
                words.set(word, replace(words.get(word), left, right, merged));
                addPairs(word, 1);
                int[] symbols = words.get(word);
                for (int i = 0; i + 1 < symbols.length; i++) {
                    if (symbols[i] == merged || symbols[i + 1] == merged) {
                        grown.add(pair(symbols[i], symbols[i + 1]));
                    }
                }
            }
            grown.forEach(pair -> queue.add(new Candidate(pair, pairCounts.getOrDefault(pair, 0))));
        }
    }

    private static int[] replace(int[] symbols, int left, int right, int merged) {
        int[] result = new int[symbols.length];
        int length = 0;
        for (int i = 0; i < symbols.length; i++) {
            if (i + 1 < symbols.length && symbols[i] == left && symbols[i + 1] == right) {
                result[length++] = merged;
                i++;
            } else {
                result[length++] = symbols[i];
            }
        }
        return Arrays.copyOf(result, length);
    }
}
