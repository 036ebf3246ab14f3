// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.MultiLabelMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gives each text, or pair of texts, any number of labels: by binary cross entropy of each. */
public final class MultiLabelTask implements Task<LabelPrediction> {
    /** Probability above which a label is given. */
    public static final double THRESHOLD = 0.5;

    private final SequenceModel model;
    private final List<String> labels;

    /**
     * The task of a model with one logit a label.
     *
     * @param labels names of the labels
     */
    public MultiLabelTask(SequenceModel model, List<String> labels) {
        this.model = model;
        this.labels = List.copyOf(labels);
    }

    @Override
    public SequenceModel model() {
        return model;
    }

    /** Names of the labels, in the order of their indices. */
    public List<String> labels() {
        return labels;
    }

    @Override
    public void requireTargets(TokenizedDataset data) {
        data.requireTargets(Target.Labels.class);
        for (int i = 0; i < data.size(); i++) {
            for (int label : indices(data, i)) {
                if (label >= labels.size()) {
                    throw new IllegalArgumentException("a label at index " + i + " is " + label + ", but must be from 0 to " + (labels.size() - 1));
                }
            }
        }
    }

    @Override
    public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        Batch texts = Batch.texts(data, indices, batchSize, seqLength);
        float[] numbers = new float[batchSize * labels.size()];
        for (int row = 0; row < indices.length; row++) {
            for (int label : indices(data, indices[row])) {
                numbers[row * labels.size() + label] = 1f;
            }
        }
        return texts.withTargets(texts.labels(), texts.weights(), numbers);
    }

    @Override
    public Tensor targets(Device device, int batch, int seq) {
        return Tensor.zeros(device, Shape.of(batch, labels.size()), DType.F32);
    }

    /** The mean over the labels of all texts, as {@code BCEWithLogitsLoss} has it. */
    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        int batch = targets.shape().dim(0);
        int all = batch * labels.size();
        // Each label has the weight of its text: broadcast over zeros.
        Variable each = F.add(F.scale(Variable.constant(targets), 0f), F.reshape(Variable.constant(weights), batch, 1));
        return F.binaryCrossEntropyWithLogits(F.reshape(outputs, all), F.reshape(Variable.constant(targets), all).data(), F.reshape(each, all).data());
    }

    @Override
    public List<String> followed() {
        return MultiLabelMetrics.FOLLOWED;
    }

    @Override
    public List<String> scores() {
        return MultiLabelMetrics.ALL;
    }

    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        boolean[][] truth = new boolean[outputs.length][labels.size()];
        double[][] probabilities = new double[outputs.length][];
        double loss = 0;
        for (int i = 0; i < outputs.length; i++) {
            for (int label : indices(data, i)) {
                truth[i][label] = true;
            }
            probabilities[i] = probabilities(outputs[i]);
            for (int c = 0; c < labels.size(); c++) {
                loss += Probabilities.loss(new float[] {outputs[i][c]}, truth[i][c] ? 1 : 0);
            }
        }
        return new Evaluation(loss / outputs.length / labels.size(), MultiLabelMetrics.of(labels, truth, probabilities, THRESHOLD));
    }

    @Override
    public LabelPrediction prediction(TokenizedDataset data, int index, float[] outputs) {
        double[] probabilities = probabilities(outputs);
        List<String> given = new ArrayList<>();
        for (int c = 0; c < probabilities.length; c++) {
            if (probabilities[c] > THRESHOLD) {
                given.add(labels.get(c));
            }
        }
        return new LabelPrediction(given, Arrays.stream(probabilities).boxed().toList());
    }

    private static double[] probabilities(float[] logits) {
        double[] probabilities = new double[logits.length];
        for (int c = 0; c < logits.length; c++) {
            probabilities[c] = 1 / (1 + Math.exp(-logits[c]));
        }
        return probabilities;
    }

    private static List<Integer> indices(TokenizedDataset data, int index) {
        if (data.target(index) instanceof Target.Labels(List<Integer> indices)) {
            return indices;
        }
        throw new IllegalArgumentException("the text at index " + index + " has no list of labels but " + data.target(index));
    }
}
