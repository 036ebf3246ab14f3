// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.model.SequenceClassifier;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.ClassificationMetrics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Puts each text, or pair of texts, into one class: by cross entropy, or by binary cross entropy of a single logit. */
public final class ClassificationTask implements Task<Prediction> {
    private final SequenceModel model;
    /** The model, as what it is besides. */
    private final SequenceClassifier classifier;
    private final List<String> classes;
    private final ClassLoss loss;

    /** @param classes their names, one for each logit, or up to two for a single one */
    public <M extends SequenceModel & SequenceClassifier> ClassificationTask(M model, List<String> classes) {
        this(model, model, classes, ClassLoss.PLAIN);
    }

    private ClassificationTask(SequenceModel model, SequenceClassifier classifier, List<String> classes, ClassLoss loss) {
        int logits = classifier.numLogits();
        if (logits == 1 ? classes.size() > 2 : classes.size() != logits) {
            throw new IllegalArgumentException("the model has " + logits + " logits for the " + classes.size() + " classes " + classes
                    + "; make it with one for each class, or with a single one for two");
        }
        this.model = model;
        this.classifier = classifier;
        this.classes = List.copyOf(classes);
        this.loss = loss;
    }

    /** Classes without names, as many as the model tells apart: enough to train and to compute. */
    static <M extends SequenceModel & SequenceClassifier> ClassificationTask unnamed(M model) {
        return new ClassificationTask(model, IntStream.range(0, Math.max(2, model.numLogits())).mapToObj(String::valueOf).toList());
    }

    /** The task of a model that has to be a classifier. */
    static ClassificationTask of(SequenceModel model, List<String> classes) {
        if (model instanceof SequenceClassifier classifier) {
            return new ClassificationTask(model, classifier, classes, ClassLoss.PLAIN);
        }
        throw new IllegalArgumentException("the model is no SequenceClassifier but " + model.getClass().getName() + "; name its task");
    }

    @Override
    public SequenceModel model() {
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
        return Tensor.zeros(device, Shape.of(batch), classifier.numLogits() == 1 && loss.isPlain() ? DType.F32 : DType.I32);
    }

    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        if (loss.isPlain()) {
            return classifier.loss(outputs, targets, weights);
        }
        if (classifier.numLogits() > 1) {
            return loss.of(outputs, targets, weights);
        }
        // One logit is the second of two of which the first is 0: its binary cross entropy is their cross entropy.
        int batch = targets.shape().dim(0);
        Variable zero = Variable.constant(Elementwise.fill(targets.device(), Shape.of(batch, 1), DType.F32, 0f));
        return loss.of(F.cat(List.of(zero, F.reshape(outputs, batch, 1)), 1), targets, weights);
    }

    @Override
    public double weight(Batch batch) {
        return loss.weight(batch);
    }

    @Override
    public List<String> classNames() {
        return classes;
    }

    @Override
    public ClassificationTask with(LossForm form) {
        if (!form.isPlain() && hasOwnLoss(model.getClass())) {
            throw new UsageException("--label-smoothing and --class-weights are for cross entropy, but the model " + model.getClass().getSimpleName()
                    + " has a loss of its own; leave them out.");
        }
        return new ClassificationTask(model, classifier, classes, ClassLoss.of(form, model));
    }

    private static boolean hasOwnLoss(Class<?> model) {
        try {
            return model.getMethod("loss", Variable.class, Tensor.class, Tensor.class).getDeclaringClass() != SequenceClassifier.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("every classifier has a loss", e);
        }
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
    public Optional<String> missing(String score, List<Target> validation) {
        Set<Integer> there = validation.stream().map(target -> ((Target.OfClass) target).index()).collect(Collectors.toSet());
        return score.equals(ClassificationMetrics.ROC_AUC)
                ? IntStream.range(0, classes.size()).filter(c -> !there.contains(c)).mapToObj(c -> "none of them is of the class '" + classes.get(c) + "'")
                        .findFirst()
                : Optional.empty();
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
