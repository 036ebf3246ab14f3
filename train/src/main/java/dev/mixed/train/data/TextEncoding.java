// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.PairEncoding;
import dev.mixed.bert.tokenizer.Truncation;
import dev.mixed.bert.tokenizer.WordEncoding;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Makes sequences of tokens of texts: of each one, or of two joined or apart, or of the windows of one, or of blocks of all. */
final class TextEncoding {
    private final BertTokenizer tokenizer;
    private final int maxLength;

    /** @param maxLength of the sequences, special tokens included */
    TextEncoding(BertTokenizer tokenizer, int maxLength) {
        if (maxLength < BertTokenizer.MIN_LENGTH) {
            throw new IllegalArgumentException("the longest sequence must have " + BertTokenizer.MIN_LENGTH + " tokens or more, not " + maxLength);
        }
        this.tokenizer = tokenizer;
        this.maxLength = maxLength;
    }

    /** One sequence for each text or pair of texts, or for each window, which is an item of its own with its text's target. */
    TokenizedDataset of(List<LabeledText> texts, Tokenization how) {
        if (!texts.isEmpty() && !texts.getFirst().words().isEmpty()) {
            return words(texts);
        }
        boolean pairs = !texts.isEmpty() && texts.getFirst().pair() != null;
        Integer stride = how.stride();
        if (stride != null) {
            return pairs ? pairWindows(texts, how.truncation(), stride) : windows(texts, stride);
        }
        return pairs ? pairs(texts, how.truncation()) : singly(texts);
    }

    private TokenizedDataset singly(List<LabeledText> texts) {
        Cut cut = cut(Dataset.texts(texts));
        return new TokenizedDataset(texts, cut.ids, lengths(cut.ids), List.of(), maxLength, tokenizer.padId(), count(cut.cut));
    }

    /** Sequences, and which of them lost tokens. */
    private record Cut(int[][] ids, boolean[] cut) {
    }

    private Cut cut(List<String> texts) {
        // One token more than allowed tells a text that was cut from one that just fits.
        int[][] ids = tokenizer.encodeBatch(texts, maxLength + 1).toArray(int[][]::new);
        boolean[] cut = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            cut[i] = ids[i].length > maxLength;
            ids[i] = tokenizer.cut(ids[i], maxLength);
        }
        return new Cut(ids, cut);
    }

    private static int count(boolean[] cut) {
        return (int) IntStream.range(0, cut.length).filter(i -> cut[i]).count();
    }

    private static int[] lengths(int[][] ids) {
        return Arrays.stream(ids).mapToInt(sequence -> sequence.length).toArray();
    }

    private TokenizedDataset words(List<LabeledText> texts) {
        List<WordEncoding> made = tokenizer.encodeWords(texts.stream().map(LabeledText::words).toList(), maxLength);
        int[][] ids = made.stream().map(WordEncoding::ids).toArray(int[][]::new);
        return new TokenizedDataset(texts, ids, lengths(ids), made.stream().map(WordEncoding::firstPieces).toList(), maxLength, tokenizer.padId(),
                (int) made.stream().filter(WordEncoding::cut).count());
    }

    private TokenizedDataset pairs(List<LabeledText> texts, Truncation truncation) {
        List<PairEncoding> pairs = tokenizer.encodePairs(Dataset.texts(texts), second(texts), maxLength, truncation);
        return new TokenizedDataset(texts, pairs.stream().map(PairEncoding::ids).toArray(int[][]::new),
                pairs.stream().mapToInt(PairEncoding::secondStart).toArray(), List.of(), maxLength, tokenizer.padId(),
                (int) pairs.stream().filter(PairEncoding::cut).count());
    }

    private static List<String> second(List<LabeledText> texts) {
        List<String> second = new ArrayList<>(texts.size());
        for (LabeledText text : texts) {
            String pair = text.pair();
            if (pair == null) {
                throw new IllegalArgumentException("the text at index " + second.size() + " is no pair, while the first one is");
            }
            second.add(pair);
        }
        return second;
    }

    private TokenizedDataset windows(List<LabeledText> texts, int stride) {
        List<List<int[]>> windows = tokenizer.encodeWindows(Dataset.texts(texts), maxLength, stride);
        int[][] ids = windows.stream().flatMap(List::stream).toArray(int[][]::new);
        return ofWindows(texts, windows, ids, lengths(ids));
    }

    private TokenizedDataset pairWindows(List<LabeledText> texts, Truncation truncation, int stride) {
        List<List<PairEncoding>> windows = tokenizer.encodePairWindows(Dataset.texts(texts), second(texts), maxLength, truncation, stride);
        int[][] ids = windows.stream().flatMap(List::stream).map(PairEncoding::ids).toArray(int[][]::new);
        return ofWindows(texts, windows, ids, windows.stream().flatMap(List::stream).mapToInt(PairEncoding::secondStart).toArray());
    }

    private TokenizedDataset ofWindows(List<LabeledText> texts, List<? extends List<?>> windows, int[][] ids, int[] secondStarts) {
        int[] origins = new int[ids.length];
        List<LabeledText> repeated = new ArrayList<>(ids.length);
        int at = 0;
        for (int text = 0; text < windows.size(); text++) {
            for (int window = 0; window < windows.get(text).size(); window++) {
                repeated.add(texts.get(text));
                origins[at++] = text;
            }
        }
        return new TokenizedDataset(repeated, ids, secondStarts, List.of(), maxLength, tokenizer.padId(), 0, false, origins, 0);
    }

    /** Both texts of each pair, each as a sequence of its own; a {@link UserException} where there is no second one. */
    TokenizedDataset apart(List<LabeledText> texts) {
        for (LabeledText text : texts) {
            if (text.pair() == null) {
                throw new UserException("The text '" + Brief.of(text.text()) + "' has no second one, to which it is compared; give pairs of texts.");
            }
        }
        Cut a = cut(Dataset.texts(texts));
        Cut b = cut(second(texts));
        int[][] ids = new int[texts.size()][];
        boolean[] cut = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = IntStream.concat(Arrays.stream(a.ids[i]), Arrays.stream(b.ids[i])).toArray();
            cut[i] = a.cut[i] || b.cut[i];
        }
        return new TokenizedDataset(texts, ids, lengths(a.ids), List.of(), maxLength, tokenizer.padId(), count(cut), true, new int[0], 0);
    }

    /**
     * Joins texts, each with its special tokens around it, and cuts the whole into blocks of {@code maxLength} tokens, as {@code group_texts} of
     * {@code transformers}' scripts does; but the rest is a last, shorter block, and no token is lost.
     */
    TokenizedDataset blocks(List<LabeledText> texts) {
        int[] all = tokenizer.encodeBatch(Dataset.texts(texts), Integer.MAX_VALUE).stream().flatMapToInt(Arrays::stream).toArray();
        int[][] ids = new int[Math.ceilDiv(all.length, maxLength)][];
        List<LabeledText> blocks = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Arrays.copyOfRange(all, i * maxLength, Math.min(all.length, (i + 1) * maxLength));
            blocks.add(new LabeledText("block " + (i + 1) + " of " + texts.size() + " texts", null, Target.UNKNOWN));
        }
        return new TokenizedDataset(blocks, ids, lengths(ids), List.of(), maxLength, tokenizer.padId(), 0, false, new int[0], texts.size());
    }
}
