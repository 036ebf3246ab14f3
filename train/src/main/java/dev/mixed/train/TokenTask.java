// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.Entities;
import dev.mixed.train.metrics.TagMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gives each word of a text a tag: by cross entropy of the first piece of each word, over all words of a batch. Other pieces, [CLS] and [SEP] are ignored, and
 * a word that was cut off counts as outside of everything where there is such a tag, else as wrong.
 */
public final class TokenTask implements Task<TagPrediction> {
    private static final String OUTSIDE = "O";

    private final SequenceModel model;
    private final List<String> tags;
    private final boolean entities;
    private final ClassLoss loss;

    /**
     * The task of a model with a logit for each tag of each token, [batch, seq, tags].
     *
     * @param tags their names
     */
    public TokenTask(SequenceModel model, List<String> tags) {
        this(model, tags, ClassLoss.PLAIN);
    }

    private TokenTask(SequenceModel model, List<String> tags, ClassLoss loss) {
        this.loss = loss;
        this.model = model;
        this.tags = List.copyOf(tags);
        this.entities = Entities.isTags(tags);
    }

    @Override
    public SequenceModel model() {
        return model;
    }

    /** Names of the tags, in the order of their indices. */
    public List<String> tags() {
        return tags;
    }

    @Override
    public void requireTargets(TokenizedDataset data) {
        data.requireTargets(Target.Tags.class);
        for (int i = 0; i < data.size(); i++) {
            for (int tag : indices(data, i)) {
                if (tag < 0 || tag >= tags.size()) {
                    throw new IllegalArgumentException("a tag at index " + i + " is " + tag + ", but must be from 0 to " + (tags.size() - 1));
                }
            }
        }
    }

    @Override
    public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        Batch texts = Batch.texts(data, indices, batchSize, seqLength);
        int[] labels = new int[batchSize * seqLength];
        float[] weights = new float[labels.length];
        Arrays.fill(labels, InputChecks.IGNORED);
        for (int row = 0; row < indices.length; row++) {
            List<Integer> wanted = indices(data, indices[row]);
            int[] pieces = data.firstPieces(indices[row]);
            for (int word = 0; word < pieces.length; word++) {
                if (pieces[word] >= 0) {
                    labels[row * seqLength + pieces[word]] = wanted.get(word);
                }
            }
            Arrays.fill(weights, row * seqLength, (row + 1) * seqLength, 1f);
        }
        return texts.withTargets(labels, weights, texts.values());
    }

    @Override
    public Tensor targets(Device device, int batch, int seq) {
        return Tensor.zeros(device, Shape.of(batch * seq), DType.I32);
    }

    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        return loss.of(F.reshape(outputs, targets.shape().dim(0), tags.size()), targets, weights);
    }

    @Override
    public double weight(Batch batch) {
        return loss.weight(batch);
    }

    @Override
    public List<String> classNames() {
        return tags;
    }

    @Override
    public TokenTask with(LossForm form) {
        return new TokenTask(model, tags, ClassLoss.of(form, model));
    }

    @Override
    public List<String> followed() {
        return entities ? TagMetrics.OF_ENTITIES : TagMetrics.OF_WORDS;
    }

    @Override
    public List<String> scores() {
        return TagMetrics.all(entities);
    }

    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        List<List<String>> truth = new ArrayList<>();
        List<List<String>> predicted = new ArrayList<>();
        double loss = 0;
        long counted = 0;
        for (int i = 0; i < outputs.length; i++) {
            List<Integer> wanted = indices(data, i);
            int[] pieces = data.firstPieces(i);
            for (int word = 0; word < pieces.length; word++) {
                if (pieces[word] >= 0) {
                    loss += Probabilities.loss(logits(outputs[i], pieces[word]), wanted.get(word));
                    counted++;
                }
            }
            truth.add(wanted.stream().map(tags::get).toList());
            predicted.add(tags(data, i, outputs[i]));
        }
        return new Evaluation(loss / counted, TagMetrics.of(entities, truth, predicted));
    }

    @Override
    public TagPrediction prediction(TokenizedDataset data, int index, float[] outputs) {
        List<String> words = data.words(index);
        List<String> predicted = tags(data, index, outputs);
        return new TagPrediction(words, predicted, entities ? Entities.of(predicted) : List.of());
    }

    private List<String> tags(TokenizedDataset data, int index, float[] outputs) {
        List<String> predicted = new ArrayList<>();
        for (int piece : data.firstPieces(index)) {
            predicted.add(piece < 0 ? tags.contains(OUTSIDE) ? OUTSIDE : "" : tags.get(best(outputs, piece)));
        }
        return predicted;
    }

    private float[] logits(float[] outputs, int piece) {
        return Arrays.copyOfRange(outputs, piece * tags.size(), (piece + 1) * tags.size());
    }

    private int best(float[] outputs, int piece) {
        int best = 0;
        for (int tag = 1; tag < tags.size(); tag++) {
            if (outputs[piece * tags.size() + tag] > outputs[piece * tags.size() + best]) {
                best = tag;
            }
        }
        return best;
    }

    private static List<Integer> indices(TokenizedDataset data, int index) {
        if (data.target(index) instanceof Target.Tags(List<Integer> indices)) {
            return indices;
        }
        throw new IllegalArgumentException("the text at index " + index + " has no tags but " + data.target(index));
    }
}
