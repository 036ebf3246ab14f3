// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.libtorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.compare.speed.Contender;
import dev.mixed.compare.speed.Job;
import dev.mixed.train.data.Batch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * libtorch on the CPU, through DJL: a training step as two TorchScript functions, the first from a batch to all gradients, the second for clipping and
 * PyTorch's fused AdamW. It has no mixed precision: autocast and GradScaler are Python.
 */
public final class LibtorchContender implements Contender {
    private final NDManager manager;
    private final TorchScript gradients;
    private final TorchScript adamw;
    private final List<String> names = new ArrayList<>();
    private final NDList parameters = new NDList();
    private final List<Integer> matrices = new ArrayList<>();
    private final List<Integer> vectors = new ArrayList<>();
    private final NDList firstMoments = new NDList();
    private final NDList secondMoments = new NDList();
    private final NDList steps = new NDList();
    private List<Batch> batches = List.of();

    public LibtorchContender(Job job) {
        manager = Libtorch.open();
        JniUtils.setNumThreads(Runtime.getRuntime().availableProcessors());
        BertConfig c = job.config();
        gradients = new TorchScript(manager, source("gradients.py").replace("$hidden", "" + c.hiddenSize()).replace("$heads", "" + c.numAttentionHeads())
                .replace("$layers", "" + c.numHiddenLayers()).replace("$eps", "" + c.layerNormEps()).replace("$dropout", "" + c.hiddenDropoutProb())
                .replace("$pad", "" + c.padTokenId()).replace("$one_logit", c.numLogits() == 1 ? "True" : "False"));
        adamw = new TorchScript(manager, source("adamw.py").replace("$clip", "" + Job.CLIP).replace("$rate", "" + Job.RATE).replace("$decay", "" + Job.DECAY));
        initialize(c);
    }

    private static String source(String name) {
        try (InputStream in = LibtorchContender.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void initialize(BertConfig c) {
        int hidden = c.hiddenSize();
        matrix(c, "bert.embeddings.word_embeddings", c.vocabSize(), hidden);
        matrix(c, "bert.embeddings.position_embeddings", c.maxPositionEmbeddings(), hidden);
        matrix(c, "bert.embeddings.token_type_embeddings", c.typeVocabSize(), hidden);
        norm("bert.embeddings.LayerNorm", hidden);
        for (int i = 0; i < c.numHiddenLayers(); i++) {
            String layer = "bert.encoder.layer." + i + ".";
            for (String part : List.of("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")) {
                linear(c, layer + part, hidden, hidden);
            }
            norm(layer + "attention.output.LayerNorm", hidden);
            linear(c, layer + "intermediate.dense", c.intermediateSize(), hidden);
            linear(c, layer + "output.dense", hidden, c.intermediateSize());
            norm(layer + "output.LayerNorm", hidden);
        }
        linear(c, "classifier", c.numLogits(), hidden);
        TorchScript.asList("p", parameters);
    }

    private void linear(BertConfig c, String name, int out, int in) {
        matrix(c, name, out, in);
        add(name + ".bias", manager.zeros(new Shape(out)), vectors);
    }

    private void norm(String name, int size) {
        add(name + ".weight", manager.ones(new Shape(size)), vectors);
        add(name + ".bias", manager.zeros(new Shape(size)), vectors);
    }

    private void matrix(BertConfig c, String name, int rows, int columns) {
        add(name + ".weight", manager.randomNormal(0, (float) c.initializerRange(), new Shape(rows, columns), DataType.FLOAT32), matrices);
    }

    private void add(String name, NDArray value, List<Integer> group) {
        value.setRequiresGradient(true);
        group.add(parameters.size());
        names.add(name);
        parameters.add(value);
        firstMoments.add(manager.zeros(value.getShape()));
        secondMoments.add(manager.zeros(value.getShape()));
        steps.add(manager.create(0f));
    }

    /** Replaces a weight, by Hugging Face's name for it. */
    void write(String name, float[] values) {
        parameters.get(names.indexOf(name)).set(values);
    }

    @Override
    public Engine engine() {
        return Engine.PYTORCH;
    }

    @Override
    public boolean amp() {
        return false;
    }

    @Override
    public String name() {
        return "libtorch FP32";
    }

    @Override
    public void load(List<Batch> next) {
        batches = next;
    }

    @Override
    public Run run(int first, int count) {
        long start = System.nanoTime();
        float loss = 0;
        for (int i = first; i < first + count; i++) {
            loss = step(batches.get(i % batches.size()));
        }
        return new Run((System.nanoTime() - start) / 1e9, loss);
    }

    private float step(Batch batch) {
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(batch.batchSize(), batch.seqLength());
            float[] bias = new float[batch.attentionMask().length];
            for (int i = 0; i < bias.length; i++) {
                bias[i] = batch.attentionMask()[i] != 0 ? 0f : -Float.MAX_VALUE;
            }
            NDList inputs = new NDList(parameters);
            inputs.add(scope.create(longs(batch.inputIds()), shape));
            inputs.add(scope.create(longs(batch.tokenTypeIds()), shape));
            inputs.add(scope.create(bias, new Shape(batch.batchSize(), 1, 1, batch.seqLength())));
            inputs.add(scope.create(longs(batch.labels())));
            inputs.add(scope.create(batch.weights()));
            // The optimizer's lists took them under other names.
            TorchScript.asList("p", parameters);
            NDList result = gradients.call(inputs, true);
            result.attach(scope);
            NDList update = new NDList();
            append(update, "", matrices, result);
            append(update, "2", vectors, result);
            adamw.call(update, false).attach(scope);
            return result.getFirst().getFloat();
        }
    }

    /** Adds what the optimizer needs of a group, under names that end with {@code suffix}; {@code result} is a loss and all gradients. */
    private void append(NDList update, String suffix, List<Integer> group, NDList result) {
        append(update, "p" + suffix, parameters, group, 0);
        append(update, "g" + suffix, result, group, 1);
        append(update, "m" + suffix, firstMoments, group, 0);
        append(update, "v" + suffix, secondMoments, group, 0);
        append(update, "s" + suffix, steps, group, 0);
    }

    private static void append(NDList to, String name, NDList from, List<Integer> group, int offset) {
        List<NDArray> chosen = group.stream().map(i -> from.get(i + offset)).toList();
        TorchScript.asList(name, chosen);
        to.addAll(chosen);
    }

    private static long[] longs(int[] values) {
        long[] longs = new long[values.length];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = values[i];
        }
        return longs;
    }

    /** Not known: libtorch shares this process. */
    @Override
    public long peakBytes() {
        return 0;
    }

    @Override
    public void close() {
        gradients.close();
        adamw.close();
        manager.close();
    }
}
