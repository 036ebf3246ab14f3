// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.run.TaskOptions.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Gives each text, or pair of texts, any number of labels: by binary cross entropy of each. */
public final class MultiLabelTask implements Task<LabelPrediction> {
    /** Probability above which a label is given, unless the model says otherwise. */
    public static final double THRESHOLD = 0.5;

    private final SequenceModel model;
    private final List<String> labels;
    private List<Double> thresholds;
    private Tuning tuning = Tuning.NONE;

    /**
     * The task of a model with one logit a label.
     *
     * @param labels names of the labels
     */
    public MultiLabelTask(SequenceModel model, List<String> labels) {
        this.model = model;
        this.labels = List.copyOf(labels);
        this.thresholds = model instanceof BertForSequenceClassification bert ? bert.config().thresholds()
                : Collections.nCopies(labels.size(), THRESHOLD);
    }

    /** From now on, each label is given from above its probability on, and a BERT is saved with them. */
    public void setThresholds(List<Double> probabilities) {
        if (probabilities.size() != labels.size()) {
            throw new IllegalArgumentException("there must be a threshold for each of the " + labels.size() + " labels, not " + probabilities.size());
        }
        for (double probability : probabilities) {
            if (!(probability > 0 && probability < 1)) {
                throw new IllegalArgumentException("a threshold must be above 0 and below 1, not " + probability);
            }
        }
        thresholds = List.copyOf(probabilities);
        if (model instanceof BertForSequenceClassification bert) {
            bert.setThresholds(thresholds);
        }
    }

    /** Probabilities above which each label is given, in the order of the labels. */
    public List<Double> thresholds() {
        return thresholds;
    }

    /** What is found on the validation texts of a run, after each epoch. */
    public void setTuning(Tuning found) {
        tuning = found;
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
    public Optional<String> missing(String score, List<Target> validation) {
        int[] counts = new int[labels.size()];
        validation.forEach(target -> ((Target.Labels) target).indices().forEach(label -> counts[label]++));
        if (score.equals(MultiLabelMetrics.MACRO_ROC_AUC)) {
            return IntStream.range(0, counts.length).filter(c -> counts[c] == 0 || counts[c] == validation.size())
                    .mapToObj(c -> (counts[c] == 0 ? "none" : "each") + " of them has the label '" + labels.get(c) + "'").findFirst();
        }
        boolean none = IntStream.of(counts).allMatch(count -> count == 0);
        boolean all = IntStream.of(counts).allMatch(count -> count == validation.size());
        return score.equals(MultiLabelMetrics.MICRO_ROC_AUC) && (none || all) ? Optional.of("they have " + (none ? "no label" : "all labels"))
                : Optional.empty();
    }

    @Override
    public void tune(TokenizedDataset validation, float[][] outputs) {
        if (tuning == Tuning.NONE) {
            return;
        }
        boolean[][] truth = truth(validation);
        double[][] probabilities = probabilities(outputs);
        setThresholds(tuning == Tuning.EACH_LABEL ? ThresholdSearch.bestOfEach(truth, probabilities)
                : Collections.nCopies(labels.size(), ThresholdSearch.best(truth, probabilities)));
    }

    private boolean[][] truth(TokenizedDataset data) {
        boolean[][] truth = new boolean[data.size()][labels.size()];
        for (int i = 0; i < truth.length; i++) {
            for (int label : indices(data, i)) {
                truth[i][label] = true;
            }
        }
        return truth;
    }

    private static double[][] probabilities(float[][] outputs) {
        return Arrays.stream(outputs).map(MultiLabelTask::probabilities).toArray(double[][]::new);
    }

    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        boolean[][] truth = truth(data);
        double[][] probabilities = probabilities(outputs);
        double loss = 0;
        for (int i = 0; i < outputs.length; i++) {
            for (int c = 0; c < labels.size(); c++) {
                loss += Probabilities.loss(new float[] {outputs[i][c]}, truth[i][c] ? 1 : 0);
            }
        }
        return new Evaluation(loss / outputs.length / labels.size(), MultiLabelMetrics.of(labels, truth, probabilities, thresholds));
    }

    @Override
    public LabelPrediction prediction(TokenizedDataset data, int index, float[] outputs) {
        double[] probabilities = probabilities(outputs);
        List<String> given = new ArrayList<>();
        for (int c = 0; c < probabilities.length; c++) {
            if (probabilities[c] > thresholds.get(c)) {
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
