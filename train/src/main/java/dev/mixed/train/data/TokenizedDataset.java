// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Texts as token ids with their targets, tokenized once. */
public final class TokenizedDataset {
    private final List<LabeledText> texts;
    private final int[][] ids;
    /** Index of the first token of each text's second one; the length where there is none. */
    private final int[] secondStarts;
    /** Index of the first piece of each word of each text; empty where texts are not looked at word by word. */
    private final List<int[]> firstPieces;
    private final int maxLength;
    private final int padId;
    private final int truncated;
    /** Whether each text of a pair is a sequence of its own. */
    private final boolean apart;
    /** Index of the text that each window is of, ascending; empty where each sequence is a text. */
    private final int[] origins;
    /** Number of the texts that were joined into blocks; 0 where they were not. */
    private final int joined;

    TokenizedDataset(List<LabeledText> texts, int[][] ids, int[] secondStarts, List<int[]> firstPieces, int maxLength, int padId, int truncated) {
        this(texts, ids, secondStarts, firstPieces, maxLength, padId, truncated, false, new int[0], 0);
    }

    TokenizedDataset(List<LabeledText> texts, int[][] ids, int[] secondStarts, List<int[]> firstPieces, int maxLength, int padId, int truncated,
            boolean apart, int[] origins, int joined) {
        this.joined = joined;
        this.apart = apart;
        this.origins = origins;
        this.firstPieces = firstPieces;
        this.texts = texts;
        this.ids = ids;
        this.secondStarts = secondStarts;
        this.maxLength = maxLength;
        this.padId = padId;
        this.truncated = truncated;
    }

    /**
     * Tokenizes labelled texts, or pairs of texts.
     *
     * @param maxLength longest sequence, [CLS] and [SEP] included; longer texts are cut and counted
     */
    public static TokenizedDataset of(List<LabeledText> texts, BertTokenizer tokenizer, int maxLength) {
        return new TextEncoding(tokenizer, maxLength).of(texts, new Tokenization(maxLength));
    }

    /** Tokenizes texts whose labels are unknown; they are stored as 0. */
    public static TokenizedDataset unlabeled(List<String> texts, BertTokenizer tokenizer, int maxLength) {
        List<LabeledText> rows = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i) == null) {
                throw new IllegalArgumentException("encode: the text at index " + i + " is null");
            }
            rows.add(new LabeledText(texts.get(i), null, Target.UNKNOWN));
        }
        return of(rows, tokenizer, maxLength);
    }

    /**
     * Tokenizes pairs of texts of which each is a sequence of its own, {@link #secondStart} telling the two apart in {@link #ids}.
     *
     * @throws UserException where there is no second text
     */
    public static TokenizedDataset apart(List<LabeledText> texts, BertTokenizer tokenizer, int maxLength) {
        return new TextEncoding(tokenizer, maxLength).apart(texts);
    }

    /** Refuses targets of another kind, with the index of the first. */
    public void requireTargets(Class<? extends Target> kind) {
        for (int i = 0; i < ids.length; i++) {
            if (!kind.isInstance(target(i))) {
                throw new IllegalArgumentException("the target at index " + i + " is " + target(i) + ", but must be a " + kind.getSimpleName());
            }
        }
    }

    /** Refuses labels that are none of so many classes, with the index of the first. */
    public void requireLabels(int classes) {
        for (int i = 0; i < ids.length; i++) {
            if (label(i) >= classes) {
                throw new IllegalArgumentException("the label at index " + i + " is " + label(i) + ", but must be from 0 to " + (classes - 1));
            }
        }
    }

    /**
     * Checks a user's length.
     *
     * @param maxPositions the model's {@code max_position_embeddings}
     * @throws UsageException if the length is below 3 or above {@code maxPositions}
     */
    public static void requireLength(int maxLength, int maxPositions) {
        if (maxLength < BertTokenizer.MIN_LENGTH || maxLength > maxPositions) {
            throw new UsageException("--length %d is out of range; give %d to %d tokens, which the model has positions for."
                    .formatted(maxLength, BertTokenizer.MIN_LENGTH, maxPositions));
        }
    }

    /** The texts from one index to before another. */
    public TokenizedDataset part(int from, int to) {
        return new TokenizedDataset(texts.subList(from, to), Arrays.copyOfRange(ids, from, to), Arrays.copyOfRange(secondStarts, from, to),
                firstPieces.isEmpty() ? firstPieces : firstPieces.subList(from, to), maxLength, padId, 0, apart,
                origins.length == 0 ? origins : Arrays.stream(origins, from, to).map(text -> text - origins[from]).toArray(), joined);
    }

    /** Number of texts, or of their windows. */
    public int size() {
        return ids.length;
    }

    /** Whether items are blocks of texts that were joined, with special tokens anywhere. */
    public boolean isOfBlocks() {
        return joined > 0;
    }

    /** Number of texts, however many items they make. */
    public int textCount() {
        return joined > 0 ? joined : origins.length == 0 ? ids.length : origins[origins.length - 1] + 1;
    }

    /** Index of the text that an item is, or is a window of. */
    public int origin(int index) {
        return origins.length == 0 ? index : origins[index];
    }

    /** The texts as items, of each its first window: what targets and predictions are of. */
    public TokenizedDataset whole() {
        if (origins.length == 0) {
            return this;
        }
        int[] first = IntStream.range(0, origins.length).filter(i -> i == 0 || origins[i] != origins[i - 1]).toArray();
        return new TokenizedDataset(Arrays.stream(first).mapToObj(texts::get).toList(), Arrays.stream(first).mapToObj(i -> ids[i]).toArray(int[][]::new),
                Arrays.stream(first).map(i -> secondStarts[i]).toArray(), List.of(), maxLength, padId, 0);
    }

    /**
     * What a model says of each text: the mean of what it says of its windows, number by number.
     *
     * @param outputs of each item, as many numbers for each window of a text
     */
    public float[][] pooled(float[][] outputs) {
        if (origins.length == 0) {
            return outputs;
        }
        float[][] pooled = new float[origins[origins.length - 1] + 1][];
        for (int from = 0; from < origins.length;) {
            int to = from + 1;
            while (to < origins.length && origins[to] == origins[from]) {
                to++;
            }
            float[] mean = new float[outputs[from].length];
            for (int n = 0; n < mean.length; n++) {
                double sum = 0;
                for (int window = from; window < to; window++) {
                    sum += outputs[window][n];
                }
                mean[n] = (float) (sum / (to - from));
            }
            pooled[origins[from]] = mean;
            from = to;
        }
        return pooled;
    }

    /** A text as it was given, or a pair of them in one, for messages. */
    public String text(int index) {
        return texts.get(index).shown();
    }

    /** The words of a text; empty where texts are not looked at word by word. */
    public List<String> words(int index) {
        return texts.get(index).words();
    }

    /** Index of the first piece of each word of a text, -1 for words that were cut off; not to be changed. */
    public int[] firstPieces(int index) {
        if (firstPieces.isEmpty()) {
            throw new IllegalStateException("these texts are not split into words; make each by LabeledText.ofWords");
        }
        return firstPieces.get(index);
    }

    /** What is to be learned of a text. */
    public Target target(int index) {
        return texts.get(index).target();
    }

    /** Index of the first token of the second text of a pair; the length where there is none. */
    public int secondStart(int index) {
        return secondStarts[index];
    }

    /** What is to be learned of each text, in their order. */
    public Stream<Target> targets() {
        return texts.stream().map(LabeledText::target);
    }

    /** Whether these are pairs of texts. */
    public boolean isOfPairs() {
        return !texts.isEmpty() && texts.getFirst().pair() != null;
    }

    /** Token ids of a text; not to be changed. */
    public int[] ids(int index) {
        return ids[index];
    }

    /** Number of tokens of a text, [CLS] and [SEP] included; of pairs that are apart, of the longer one. */
    public int length(int index) {
        return apart ? Math.max(secondStarts[index], ids[index].length - secondStarts[index]) : ids[index].length;
    }

    /** The numbers of tokens of all texts. */
    int[] lengths() {
        return IntStream.range(0, ids.length).map(this::length).toArray();
    }

    /** Whether each text of a pair is a sequence of its own. */
    public boolean isApart() {
        return apart;
    }

    /** Class of a text. */
    public int label(int index) {
        return texts.get(index).label();
    }

    /** Longest sequence that was allowed. */
    public int maxLength() {
        return maxLength;
    }

    /** Id that fills a sequence up. */
    public int padId() {
        return padId;
    }

    /** Number of tokens over all texts. */
    public long tokenCount() {
        long count = 0;
        for (int[] sequence : ids) {
            count += sequence.length;
        }
        return count;
    }

    /** Number of texts that were cut. */
    public int truncatedCount() {
        return truncated;
    }

    /**
     * One sentence for the user if texts were cut.
     *
     * @param maxPositions the model's {@code max_position_embeddings}, beyond which no length helps
     */
    public Optional<String> truncationNotice(int maxPositions) {
        if (joined > 0) {
            return Optional.of("%d texts are joined into %d blocks of %d tokens (--blocks).".formatted(joined, ids.length, maxLength));
        }
        if (origins.length > 0) {
            return windowNotice(IntStream.range(0, ids.length).filter(i -> i > 0 && origins[i] == origins[i - 1]).map(i -> origins[i]).distinct().count(),
                    textCount(), ids.length, maxLength);
        }
        return truncationNotice(truncated, ids.length, maxLength, maxPositions);
    }

    private static Optional<String> windowNotice(long several, int texts, int windows, int maxLength) {
        return several == 0 ? Optional.empty()
                : Optional.of(
                        "%d of %d texts are longer than %d tokens; with --stride, all are read in %d windows.".formatted(several, texts, maxLength, windows));
    }

    /** As {@link #truncationNotice(int)}, of texts that were tokenized in parts. */
    public static Optional<String> truncationNotice(int truncated, int texts, int maxLength, int maxPositions) {
        return truncated == 0 ? Optional.empty() : Optional.of("%d of %d texts are longer than %d tokens and were cut; %s."
                .formatted(truncated, texts, maxLength, maxLength < maxPositions ? "a larger --length keeps more of them"
                        : "the model has positions for no more"));
    }
}
