// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.train.data.Batch;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What PyTorch and transformers made of 100 steps of the tiny preset, with the batches; {@code make_parity.py} says how. */
public final class TorchCurves {
    /** Learning rate, weight decay of matrices, and largest norm of the gradients. */
    public static final float RATE = 3e-4f;
    public static final float DECAY = 0.01f;
    public static final float CLIP = 1f;

    /** A run of PyTorch's, by the name that the file has for it. */
    public enum Run {
        /** Float. */
        FP32("fp32", 65536, 2000),
        /** Mixed precision with the scaler's defaults. */
        AMP("amp", 65536, 2000),
        /** Gradients are made infinite before some steps. */
        AMP_INJECTED("amp_injected", 1024, 8),
        /** A scale that is too high at first, and again each time that it grows. */
        AMP_HIGH("amp_high", 0x1p24, 10);

        private final String key;
        private final double initScale;
        private final int growthInterval;

        Run(String key, double initScale, int growthInterval) {
            this.key = key;
            this.initScale = initScale;
            this.growthInterval = growthInterval;
        }

        public boolean amp() {
            return this != FP32;
        }

        public double initScale() {
            return initScale;
        }

        public int growthInterval() {
            return growthInterval;
        }
    }

    /**
     * A training run, PyTorch's or miXed's.
     *
     * @param losses  of each step, before it
     * @param skipped steps that the scaler left out, from 0
     * @param scales  of the loss after each step; 1 without scaling
     */
    public record Curve(float[] losses, List<Integer> skipped, float[] scales) {
    }

    private final SafetensorsFile file;

    private TorchCurves(SafetensorsFile file) {
        this.file = file;
    }

    /** The recorded runs, some 400 kB, in memory. */
    public static TorchCurves open() {
        try (InputStream in = TorchCurves.class.getResourceAsStream("curves.safetensors")) {
            return new TorchCurves(SafetensorsFile.of("curves.safetensors", MemorySegment.ofArray(in.readAllBytes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tiny preset without dropout, with a vocabulary of 256 and 32 positions; two classes, one logit. */
    public static BertConfig config() {
        return BertConfig.parse("the curves' model", """
                {"vocab_size": 256, "hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512, "hidden_act": "gelu",
                 "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, "classifier_dropout": 0, "max_position_embeddings": 32, "type_vocab_size": 2,
                 "layer_norm_eps": 1e-12, "pad_token_id": 0, "id2label": {"0": "lower", "1": "upper"}}""".getBytes(StandardCharsets.UTF_8));
    }

    /** PyTorch's version. */
    public String torch() {
        return Objects.requireNonNull(file.metadata().get("torch"), "curves.safetensors names PyTorch's version");
    }

    /** A batch for each step. */
    public List<Batch> batches() {
        return batches(file);
    }

    /** The batches of a file with {@code input_ids}, {@code attention_mask} [steps, batch, seq] and {@code labels} [steps, batch]. */
    public static List<Batch> batches(SafetensorsFile file) {
        int[] ids = file.ints("input_ids");
        int[] mask = file.ints("attention_mask");
        int[] labels = file.ints("labels");
        List<? extends Number> shape = Objects.requireNonNull(file.tensors().get("input_ids"), "input_ids were read above").shape();
        int rows = shape.get(1).intValue();
        int seq = shape.get(2).intValue();
        float[] weights = new float[rows];
        Arrays.fill(weights, 1f);
        List<Batch> batches = new ArrayList<>();
        for (int b = 0; b < shape.getFirst().intValue(); b++) {
            int from = b * rows * seq;
            batches.add(new Batch(rows, seq, rows, Arrays.copyOfRange(ids, from, from + rows * seq), Arrays.copyOfRange(mask, from, from + rows * seq),
                    new int[rows * seq], Arrays.copyOfRange(labels, b * rows, (b + 1) * rows), weights, new int[rows]));
        }
        return batches;
    }

    /** Steps before which {@link Run#AMP_INJECTED} gets an infinite gradient: the first element of {@code classifier.bias}. */
    public List<Integer> injected() {
        return Arrays.stream(file.ints("injected")).boxed().toList();
    }

    /** A run. */
    public Curve of(Run run) {
        int[] flags = file.ints(run.key + ".skipped");
        List<Integer> skipped = new ArrayList<>();
        for (int i = 0; i < flags.length; i++) {
            if (flags[i] != 0) {
                skipped.add(i);
            }
        }
        return new Curve(file.floats(run.key + ".losses"), skipped, file.floats(run.key + ".scales"));
    }
}
