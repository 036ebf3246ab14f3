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
import dev.mixed.train.metrics.RegressionMetrics;
import java.util.List;
import java.util.Optional;

/** Gives each text, or pair of texts, a number: by the mean squared error. */
public final class RegressionTask implements Task<Double> {
    private final SequenceModel model;

    /** @param model with one output a text */
    public RegressionTask(SequenceModel model) {
        this.model = model;
    }

    @Override
    public SequenceModel model() {
        return model;
    }

    @Override
    public void requireTargets(TokenizedDataset data) {
        data.requireTargets(Target.Score.class);
    }

    @Override
    public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        Batch texts = Batch.texts(data, indices, batchSize, seqLength);
        float[] numbers = new float[batchSize];
        for (int row = 0; row < indices.length; row++) {
            numbers[row] = (float) score(data, indices[row]);
        }
        return texts.withTargets(texts.labels(), texts.weights(), numbers);
    }

    @Override
    public Tensor targets(Device device, int batch, int seq) {
        return Tensor.zeros(device, Shape.of(batch), DType.F32);
    }

    /** sum(w (x - y)^2) / sum(w), in float whatever the outputs' type. */
    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        Variable difference = F.sub(F.reshape(F.cast(outputs, DType.F32), targets.shape().dim(0)), Variable.constant(targets));
        Variable weight = Variable.constant(weights);
        return F.div(F.sum(F.mul(F.mul(difference, difference), weight)), F.sum(weight));
    }

    @Override
    public List<String> followed() {
        return RegressionMetrics.FOLLOWED;
    }

    @Override
    public List<String> scores() {
        return RegressionMetrics.ALL;
    }

    @Override
    public Optional<String> missing(String score, List<Target> validation) {
        return RegressionMetrics.missing(score, validation.stream().mapToDouble(target -> ((Target.Score) target).value()).toArray());
    }

    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        double[] truth = new double[outputs.length];
        double[] predicted = new double[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            truth[i] = score(data, i);
            predicted[i] = outputs[i][0];
        }
        RegressionMetrics metrics = RegressionMetrics.of(truth, predicted);
        return new Evaluation(metrics.meanSquaredError(), metrics);
    }

    @Override
    public Double prediction(TokenizedDataset data, int index, float[] outputs) {
        return (double) outputs[0];
    }

    private static double score(TokenizedDataset data, int index) {
        if (data.target(index) instanceof Target.Score(double value)) {
            return value;
        }
        throw new IllegalArgumentException("the text at index " + index + " has no score but " + data.target(index));
    }
}
