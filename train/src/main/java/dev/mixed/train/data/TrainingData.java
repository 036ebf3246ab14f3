// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.TensorSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What a model was trained on, as fingerprints of its texts: enough to tell which texts of a file it has learned, whatever else was done to the file, and
 * none of the texts themselves. Its file, {@value #FILE} beside the model, is a safetensors file: for each split {@code train}, {@code validation} and
 * {@code test} an I64 tensor of that name with a {@linkplain TextFingerprint fingerprint} for each text, in the run's order, and an I32 tensor
 * {@code NAME_labels} with the class indices (or hashes of other targets); and {@code earlier}, the fingerprints of what the model that the run started from had been trained on. Its
 * metadata has the SHA-256 of all texts and labels as they are.
 */
public final class TrainingData {
    /** Name of the file that holds it. */
    public static final String FILE = "training_data.safetensors";
    private static final List<String> SPLITS = List.of("train", "validation", "test");
    private static final String EARLIER = "earlier";
    private static final String LABELS = "_labels";
    private static final String DIGEST = "sha256";
    private static final String FORMAT = "format";
    private static final String FORMAT_1 = "mixed-training-data-1";

    /** What became of a text in a run. */
    public enum Origin {
        /** Held out for the test: the model has not learned it, unless it is also {@linkplain TrainingData#learned learned}. */
        TEST,
        /** The best epoch was chosen on it. */
        VALIDATION,
        /** Learned, in this run or in one before it. */
        TRAIN,
        /** No text of the run. */
        NEW
    }

    /** Fingerprints and labels by split, in the order of {@link #SPLITS}. */
    private final List<long[]> texts;
    private final List<int[]> labels;
    private final long[] earlier;
    private final String digest;
    /** Made when first asked for: a run never is. */
    private @Nullable Map<Long, Origin> origins;
    private @Nullable Set<Long> learned;

    private TrainingData(List<long[]> texts, List<int[]> labels, long[] earlier, String digest) {
        this.texts = texts;
        this.labels = labels;
        this.earlier = earlier;
        this.digest = digest;
    }

    /** @param earlier fingerprints of what the model had learned before, see {@link #everLearned} */
    public static TrainingData of(Dataset dataset, long... earlier) {
        List<List<LabeledText>> splits = List.of(dataset.train(), dataset.validation(), dataset.test());
        MessageDigest digest = TextFingerprint.sha256();
        for (List<LabeledText> split : splits) {
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(split.size()).flip());
            for (LabeledText text : split) {
                byte[] bytes = text.text().getBytes(StandardCharsets.UTF_8);
                digest.update(text.target().bytes());
                digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
                digest.update(bytes);
                String pair = text.pair();
                if (pair != null) {
                    byte[] second = pair.getBytes(StandardCharsets.UTF_8);
                    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(second.length).flip());
                    digest.update(second);
                }
            }
        }
        return new TrainingData(splits.stream().map(TextFingerprint::of).toList(),
                splits.stream().map(split -> split.stream().mapToInt(text -> text.target().code()).toArray()).toList(), earlier,
                HexFormat.of().formatHex(digest.digest()));
    }

    /** What a {@value #FILE} holds; a {@link UserException} where it is none. */
    public static TrainingData read(SafetensorsFile file) {
        if (!FORMAT_1.equals(file.metadata().get(FORMAT)) || file.metadata().get(DIGEST) == null) {
            throw malformed(file);
        }
        List<long[]> texts = new ArrayList<>();
        List<int[]> labels = new ArrayList<>();
        for (String split : SPLITS) {
            texts.add(longs(file, split));
            labels.add(Arrays.stream(longs(file, split + LABELS)).mapToInt(label -> (int) label).toArray());
            if (texts.getLast().length != labels.getLast().length) {
                throw malformed(file);
            }
        }
        return new TrainingData(texts, labels, longs(file, EARLIER), file.metadata().get(DIGEST));
    }

    private static long[] longs(SafetensorsFile file, String name) {
        if (!file.tensors().containsKey(name)) {
            throw malformed(file);
        }
        return file.longs(name);
    }

    private static UserException malformed(SafetensorsFile file) {
        return new UserException("'" + file.file() + "' does not say what the model was trained on, as this version of miXed writes it; restore the file, or"
                + " move it away to do without.");
    }

    /** The tensors of its file. */
    public List<TensorSource> tensors() {
        List<TensorSource> tensors = new ArrayList<>();
        for (int i = 0; i < SPLITS.size(); i++) {
            long[] split = texts.get(i);
            int[] classes = labels.get(i);
            tensors.add(TensorSource.longs(SPLITS.get(i), List.of(split.length), () -> split));
            tensors.add(TensorSource.ints(SPLITS.get(i) + LABELS, List.of(classes.length), () -> classes));
        }
        tensors.add(TensorSource.longs(EARLIER, List.of(earlier.length), () -> earlier));
        return tensors;
    }

    /** The metadata of its file. */
    public Map<String, String> metadata() {
        // In one order: the same run writes the same bytes.
        return new TreeMap<>(Map.of(FORMAT, FORMAT_1, DIGEST, digest));
    }

    /** What became of this text. Test comes before all others, since a data set may itself say what is to be held out. */
    public Origin origin(LabeledText text) {
        if (origins == null) {
            Map<Long, Origin> known = new HashMap<>();
            learned().forEach(learnt -> known.put(learnt, Origin.TRAIN));
            Arrays.stream(texts.get(1)).forEach(chosenOn -> known.putIfAbsent(chosenOn, Origin.VALIDATION));
            Arrays.stream(texts.get(2)).forEach(heldOut -> known.put(heldOut, Origin.TEST));
            origins = known;
        }
        return origins.getOrDefault(TextFingerprint.of(text), Origin.NEW);
    }

    /** {@link #origin(LabeledText)} of a single text. */
    public Origin origin(String text) {
        return origin(new LabeledText(text, null, Target.UNKNOWN));
    }

    private Set<Long> learned() {
        if (learned == null) {
            learned = new HashSet<>();
            LongStream.concat(Arrays.stream(earlier), Arrays.stream(texts.get(0))).forEach(learned::add);
        }
        return learned;
    }

    /** Whether the model has learned this text, be it held out for the test too or not. */
    public boolean learned(LabeledText text) {
        return learned().contains(TextFingerprint.of(text));
    }

    /** {@link #learned(LabeledText)} of a single text. */
    public boolean learned(String text) {
        return learned(new LabeledText(text, null, Target.UNKNOWN));
    }

    /** Fingerprints of all that the model has learned or was chosen on. */
    public long[] everLearned() {
        return LongStream.concat(Arrays.stream(earlier), LongStream.concat(Arrays.stream(texts.get(0)), Arrays.stream(texts.get(1)))).distinct().toArray();
    }

    /** What it had learned before this run. */
    public long[] earlier() {
        return earlier.clone();
    }

    /**
     * A {@link UserException} unless other data are these very ones: the same texts and labels in the same order and splits.
     *
     * @param now  the data that a run is to be resumed with
     * @param name what they are called
     * @param run  the run's folder
     */
    public void requireSame(TrainingData now, String name, String run) {
        if (!now.digest.equals(digest)) {
            throw new UserException(name + " is not as it was when the run in '" + run + "' was started: " + difference(now)
                    + "; resume with the training texts that the run was started with, or start a new run in another --output.");
        }
    }

    private String difference(TrainingData now) {
        Map<Long, Integer> surplus = new HashMap<>();
        now.texts.forEach(split -> Arrays.stream(split).forEach(text -> surplus.merge(text, 1, Integer::sum)));
        texts.forEach(split -> Arrays.stream(split).forEach(text -> surplus.merge(text, -1, Integer::sum)));
        int added = surplus.values().stream().mapToInt(n -> Math.max(n, 0)).sum();
        int removed = surplus.values().stream().mapToInt(n -> Math.max(-n, 0)).sum();
        if (added + removed > 0) {
            return added + " texts are new and " + removed + " are gone";
        }
        int relabelled = 0;
        boolean inOrder = true;
        for (int i = 0; i < SPLITS.size(); i++) {
            inOrder &= Arrays.equals(texts.get(i), now.texts.get(i));
        }
        for (int i = 0; i < SPLITS.size() && inOrder; i++) {
            for (int row = 0; row < labels.get(i).length; row++) {
                relabelled += labels.get(i)[row] == now.labels.get(i)[row] ? 0 : 1;
            }
        }
        return !inOrder ? "its rows are in another order, or their labels have changed"
                : relabelled > 0 ? relabelled + " labels have changed" : "texts differ in case, blanks or the like";
    }
}
