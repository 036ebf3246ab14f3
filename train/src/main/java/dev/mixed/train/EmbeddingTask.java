// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Autocast;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.RegressionMetrics;
import dev.mixed.train.metrics.SimilarityMetrics;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives each text a vector, whose cosine with another's says how alike the two are (Reimers and Gurevych, 2019). Learned from pairs: by the mean squared
 * difference of cosines and scores, or by cross entropy of the second text of each pair among those of its batch, the cosines times {@value #SCALE} being the
 * logits. Cosines and losses are computed in float in mixed precision too.
 */
public final class EmbeddingTask implements Task<Double> {
    /** By which cosines are multiplied to be logits. */
    public static final float SCALE = 20f;
    private static final float ABSENT = -1e9f;
    /** Squared length below which a vector counts as zero. */
    private static final float SHORTEST = 1e-24f;

    private final SequenceModel model;
    private final VectorSettings settings;
    private final boolean scored;

    /** The task of a model with a vector for each text, [batch, hidden]; pairs have scores where the loss needs them. */
    public EmbeddingTask(SequenceModel model, VectorSettings settings) {
        this(model, settings, settings.loss() == VectorSettings.Loss.COSINE);
    }

    /** @param scored whether the pairs have scores that a run is scored on, whatever it learns */
    public EmbeddingTask(SequenceModel model, VectorSettings settings, boolean scored) {
        this.model = model;
        this.settings = settings;
        this.scored = scored;
    }

    @Override
    public SequenceModel model() {
        return model;
    }

    /** What the model is made for. */
    public VectorSettings settings() {
        return settings;
    }

    private boolean isContrastive() {
        return settings.loss() == VectorSettings.Loss.CONTRASTIVE;
    }

    @Override
    public void requireTargets(TokenizedDataset data) {
        if (!data.isApart()) {
            throw new IllegalArgumentException("these are no pairs of texts that are apart; make them by TokenizedDataset.apart");
        }
        for (int i = 0; i < data.size(); i++) {
            requireScore(settings, data.text(i), data.target(i));
        }
    }

    /** A {@link UserException} where a score is none that a cosine can be. */
    static void requireScores(VectorSettings settings, List<LabeledText> pairs) {
        pairs.forEach(pair -> requireScore(settings, pair.shown(), pair.target()));
    }

    private static void requireScore(VectorSettings settings, String text, Target target) {
        if (settings.loss() != VectorSettings.Loss.COSINE || !(target instanceof Target.Score(double score))) {
            return;
        }
        boolean plain = settings.low() == 0 && settings.high() == 1;
        if (score < (plain ? -1 : settings.low()) || score > settings.high()) {
            throw new UserException("The pair '" + Brief.of(text) + "' has the score " + score + ", which is "
                    + (plain ? "no cosine from -1 to 1; say with --score-range between which numbers scores lie, such as --score-range 1,5."
                            : "not from " + settings.low() + " to " + settings.high() + ", as --score-range says; correct one of them."));
        }
    }

    /** The cosine that a score stands for. */
    private double cosine(double score) {
        return (score - settings.low()) / (settings.high() - settings.low());
    }

    @Override
    public Batch texts(TokenizedDataset data, int[] indices, int batchSize, int seqLength) {
        return Batch.pairs(data, indices, batchSize, seqLength);
    }

    @Override
    public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        Batch pairs = texts(data, indices, batchSize, seqLength);
        int[] partners = new int[batchSize];
        float[] cosines = new float[isContrastive() ? 0 : batchSize];
        for (int row = 0; row < indices.length; row++) {
            partners[row] = row;
            if (!isContrastive() && data.target(indices[row]) instanceof Target.Score(double score)) {
                cosines[row] = (float) cosine(score);
            }
        }
        return pairs.withTargets(partners, pairs.weights(), cosines);
    }

    @Override
    public Tensor targets(Device device, int batch, int seq) {
        return Tensor.zeros(device, Shape.of(batch), isContrastive() ? DType.I32 : DType.F32);
    }

    /** Each half of a row, a text, as a row of its own. */
    @Override
    public BertInputs arranged(BertInputs written) {
        return written.halves();
    }

    /** The vectors of both texts of each pair, end to end: [batch, 2 * hidden], F32. */
    @Override
    public Variable outputs(BertInputs inputs, @Nullable Tensor positions) {
        Variable vectors = model.forward(inputs);
        return F.reshape(vectors, vectors.shape().dim(0) / 2, 2 * vectors.shape().dim(1));
    }

    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        try (Autocast _ = Autocast.off(outputs.device())) {
            int hidden = outputs.shape().dim(1) / 2;
            Variable pairs = F.reshape(ofLengthOne(F.reshape(F.cast(outputs, DType.F32), 2 * outputs.shape().dim(0), hidden)),
                    outputs.shape().dim(0), 2 * hidden);
            Variable first = F.slice(pairs, 1, 0, hidden);
            Variable second = F.slice(pairs, 1, hidden, 2 * hidden);
            Variable weight = Variable.constant(weights);
            if (!isContrastive()) {
                Variable difference = F.sub(F.sumLast(F.mul(first, second)), Variable.constant(targets));
                return F.div(F.sum(F.mul(F.mul(difference, difference), weight)), F.sum(weight));
            }
            // Rows that only fill up the batch are nobody's partners: the logarithm of a weight of 1 is 0, and that of 0 far below every logit.
            Variable absent = F.clamp(F.log(weight), ABSENT, 0f);
            return F.crossEntropy(F.add(F.scale(F.matmul(first, second, false, true), SCALE), absent), targets, weights);
        }
    }

    /** Rows of x [rows, n] over their length. */
    private static Variable ofLengthOne(Variable x) {
        Variable squares = F.clamp(F.sumLast(F.mul(x, x)), SHORTEST, Float.POSITIVE_INFINITY);
        return F.mul(x, F.reshape(F.rsqrt(squares), x.shape().dim(0), 1));
    }

    @Override
    public List<String> followed() {
        return scored ? SimilarityMetrics.OF_SCORES : SimilarityMetrics.OF_PARTNERS;
    }

    @Override
    public Optional<String> missing(String score, List<Target> validation) {
        return scored ? RegressionMetrics.missing(score, validation.stream().mapToDouble(target -> ((Target.Score) target).value()).toArray())
                : Optional.empty();
    }

    /** Of pairs with scores, how cosines go with them; of others, how first texts find their second ones among those of some pairs. */
    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        VectorPairs pairs = new VectorPairs(outputs);
        if (!(data.target(0) instanceof Target.Score)) {
            VectorPairs.Found found = pairs.found(SCALE);
            return new Evaluation(found.loss(), SimilarityMetrics.ofPartners(found.ranks()));
        }
        double[] cosines = pairs.cosines();
        double[] scores = new double[outputs.length];
        double squares = 0;
        for (int i = 0; i < scores.length; i++) {
            if (!(data.target(i) instanceof Target.Score(double score))) {
                throw new IllegalArgumentException("the pair at index " + i + " has no score but " + data.target(i));
            }
            scores[i] = score;
            squares += Math.pow(cosine(score) - cosines[i], 2);
        }
        return new Evaluation(isContrastive() ? pairs.found(SCALE).loss() : squares / scores.length, SimilarityMetrics.ofScores(scores, cosines));
    }

    /** The cosine of a pair's vectors. */
    @Override
    public Double prediction(TokenizedDataset data, int index, float[] outputs) {
        return new VectorPairs(new float[][] {outputs}).cosine(0, 0);
    }
}
