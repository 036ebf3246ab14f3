// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.weights.TensorInfo;
import dev.mixed.weights.WeightFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells whether the tensors of a file are those that a model needs. */
public final class CheckpointFit {

    private static final Pattern LAYER = Pattern.compile("bert\\.encoder\\.layer\\.(\\d{1,6})\\..*");

    /** All of BERT large; only a configuration of nonsense lacks more. */
    private static final int MAX_LISTED = 400;

    private CheckpointFit() {
    }

    /**
     * Checks that {@code file} holds every parameter of the classifier that {@code config} describes.
     *
     * @return the names of tensors of parts that the classifier does not have (pooler, pre-training heads), which are to be skipped
     */
    public static List<String> check(WeightFile file, BertConfig config) {
        checkSize(file, config);
        return check(file, TensorNames.all(config));
    }

    /** A {@link UserException} that names both sizes when {@code file} plainly holds a model of another size than {@code config} describes. */
    public static void checkSize(WeightFile file, BertConfig config) {
        inferSize(file).filter(size -> size.differsFrom(config)).ifPresent(size -> {
            throw new UserException("'" + file.file() + "' holds a model of " + size + ", but its configuration describes "
                    + config.describe() + "; use the config.json that was saved with it.");
        });
    }

    /** As {@link #check(WeightFile, BertConfig)} for any map of names to shapes; one error lists everything that does not fit. */
    public static List<String> check(WeightFile file, SequencedMap<String, List<Integer>> expected) {
        return check(file, expected, TensorNames::isUnused);
    }

    /** @param unused which tensors that are not expected may be skipped */
    public static List<String> check(WeightFile file, SequencedMap<String, List<Integer>> expected, Predicate<String> unused) {
        List<String> problems = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        Map<String, TensorInfo> present = file.tensors();
        List<String> missing = new ArrayList<>();
        List<String> ofWrongShape = new ArrayList<>();
        List<String> notFloat = new ArrayList<>();
        expected.forEach((name, shape) -> {
            TensorInfo info = present.get(name);
            if (info == null) {
                missing.add(name);
                return;
            }
            if (!info.shape().equals(shape)) {
                ofWrongShape.add(name + " is " + info.shape() + " instead of " + shape);
            }
            if (!info.type().isFloat()) {
                notFloat.add(name + " is " + info.type());
            }
        });
        list(problems, "missing: ", missing);
        list(problems, "of the wrong shape: ", ofWrongShape);
        list(problems, "not of a float type: ", notFloat);
        List<String> unexpected = new ArrayList<>();
        for (String name : present.keySet()) {
            if (!expected.containsKey(name)) {
                (unused.test(name) ? skipped : unexpected).add(name);
            }
        }
        list(problems, "unexpected: ", unexpected.stream().map(Brief::of).toList());
        if (!problems.isEmpty()) {
            throw new UserException("'" + file.file() + "' does not fit the model; use the file that was saved for this configuration ("
                    + String.join("; ", problems) + ").");
        }
        return skipped;
    }

    /** A {@link UserException} that names both sizes when the model called {@code folder} is not of the preset that was asked for. */
    public static void checkPreset(String folder, BertConfig stored, Preset wanted) {
        if (!stored.preset().equals(Optional.of(wanted))) {
            throw new UserException("The checkpoint in '" + folder + "' is " + stored.describe() + ", not the preset " + wanted + " ("
                    + wanted.layers() + " layers, hidden size " + wanted.hidden() + ", " + wanted.heads()
                    + " heads); drop --preset or choose another folder.");
        }
    }

    private static void list(List<String> problems, String title, List<String> items) {
        if (!items.isEmpty()) {
            int more = items.size() - MAX_LISTED;
            problems.add(title + String.join(", ", more > 0 ? items.subList(0, MAX_LISTED) : items) + (more > 0 ? " and " + more + " more" : ""));
        }
    }

    private record Size(int layers, int hidden) {

        Optional<Preset> preset() {
            return Arrays.stream(Preset.values()).filter(p -> p.layers() == layers && p.hidden() == hidden).findFirst();
        }

        /** A model that lacks a layer is no other model, unless it has the size of a preset: then the configuration is the wrong one. */
        boolean differsFrom(BertConfig config) {
            return hidden != config.hiddenSize() || layers != config.numHiddenLayers() && preset().isPresent();
        }

        @Override
        public String toString() {
            return preset().map(p -> "preset " + p.label()).orElse("a custom size") + " (" + layers + " layers, hidden size " + hidden + ")";
        }
    }

    private static Optional<Size> inferSize(WeightFile file) {
        TensorInfo words = file.tensors().get(TensorNames.WORD_EMBEDDINGS);
        int layers = 0;
        for (String name : file.tensors().keySet()) {
            Matcher matcher = LAYER.matcher(name);
            if (matcher.matches()) {
                layers = Math.max(layers, Integer.parseInt(matcher.group(1)) + 1);
            }
        }
        return words == null || words.shape().size() != 2 || layers == 0 ? Optional.empty() : Optional.of(new Size(layers, words.shape().get(1)));
    }
}
