// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.ClassificationMetrics;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Puts each text, or pair of texts, into one class: by cross entropy, or by binary cross entropy of a single logit. */
public final class ClassificationTask implements Task<Prediction> {
    private final SequenceClassifier model;
    private final List<String> classes;

    /** @param classes their names, one for each logit, or up to two for a single one */
    public ClassificationTask(SequenceClassifier model, List<String> classes) {
        int logits = model.numLogits();
        if (logits == 1 ? classes.size() > 2 : classes.size() != logits) {
            throw new IllegalArgumentException("the model has " + logits + " logits for the " + classes.size() + " classes " + classes
                    + "; make it with one for each class, or with a single one for two");
        }
        this.model = model;
        this.classes = List.copyOf(classes);
    }

    /** Classes without names, as many as the model tells apart: enough to train and to compute. */
    static ClassificationTask unnamed(SequenceClassifier model) {
        return new ClassificationTask(model, IntStream.range(0, Math.max(2, model.numLogits())).mapToObj(String::valueOf).toList());
    }

    @Override
    public SequenceClassifier model() {
        return model;
    }

    /** Names of the classes, in the order of their indices. */
    public List<String> classes() {
        return classes;
    }

    @Override
    public void requireTargets(TokenizedDataset data) {
        data.requireLabels(classes.size());
    }

    @Override
    public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        return Batch.of(data, indices, batchSize, seqLength);
    }

    @Override
    public Tensor targets(Device device, int batch, int seq) {
        return Tensor.zeros(device, Shape.of(batch), model.numLogits() == 1 ? DType.F32 : DType.I32);
    }

    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        return model.loss(outputs, targets, weights);
    }

    @Override
    public List<String> followed() {
        return ClassificationMetrics.FOLLOWED;
    }

    @Override
    public List<String> scores() {
        return classes.size() == 2 ? ClassificationMetrics.ALL : ClassificationMetrics.ALL.stream().filter(name -> !name.startsWith("binary_")).toList();
    }

    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        int[] labels = new int[outputs.length];
        int[] predictions = new int[outputs.length];
        double[][] probabilities = new double[outputs.length][];
        double loss = 0;
        for (int i = 0; i < outputs.length; i++) {
            labels[i] = data.label(i);
            probabilities[i] = Probabilities.of(outputs[i]);
            predictions[i] = Probabilities.argmax(probabilities[i]);
            loss += Probabilities.loss(outputs[i], labels[i]);
        }
        return new Evaluation(loss / outputs.length, ClassificationMetrics.of(classes, labels, predictions, probabilities));
    }

    @Override
    public Prediction prediction(TokenizedDataset data, int index, float[] outputs) {
        double[] row = Probabilities.of(outputs);
        int best = Probabilities.argmax(row);
        return new Prediction(classes.get(best), row[best], Arrays.stream(row).boxed().toList());
    }
}
