// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model learns, between trainer and model: how texts become a batch, which loss the model's outputs have, and what the outputs come to as scores and
 * as predictions. A trainer knows nothing else of it, so that a module of one's own with a task of one's own is trained, saved and resumed as BERT is.
 *
 * @param <P> what it says of one text
 */
public interface Task<P> {
    /** The module that is trained. */
    SequenceModel model();

    /** Refuses a data set whose targets are not this task's with an {@link IllegalArgumentException}. */
    void requireTargets(TokenizedDataset data);

    /**
     * Pads texts to {@code [batchSize, seqLength]}, with their targets; see {@link Batch#texts}.
     *
     * @param epoch from 1 in training, 0 in scoring; the same arguments always give the same batch
     */
    Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch);

    /** {@link #batch} for texts of which nothing is known, without targets: what predictions are made of. */
    default Batch texts(TokenizedDataset data, int[] indices, int batchSize, int seqLength) {
        return Batch.texts(data, indices, batchSize, seqLength);
    }

    /**
     * A tensor for the targets of a batch of this shape: I32 [parts] for {@link Batch#labels}, or F32 [parts] or [parts, numbers] for {@link Batch#values}
     * or, where a batch has none, for its labels as numbers.
     */
    Tensor targets(Device device, int batch, int seq);

    /**
     * The mean loss, an F32 scalar: sum(weight * loss) / sum(weight) over the parts. It is recorded once for each batch shape.
     *
     * @param outputs of {@link #outputs}
     * @param weights F32 [parts], 0 for those that count for nothing
     */
    Variable loss(Variable outputs, Tensor targets, Tensor weights);

    /**
     * Tokens of a batch of this shape that the outputs are of, where they are not of all: as many as {@link Batch#positions} has.
     *
     * @return 0 for outputs of whole rows, or of all tokens
     */
    default int slots(int batch, int seq) {
        return 0;
    }

    /** The tensors that a batch is written into, as {@link #outputs} takes them: the same storage, perhaps in other shapes. Made once for each batch shape. */
    default BertInputs arranged(BertInputs written) {
        return written;
    }

    /**
     * What the model says of a batch.
     *
     * @param inputs    as {@link #arranged}
     * @param positions I32 [slots]: the tokens that it is to be about; null where {@link #slots} is 0
     */
    default Variable outputs(BertInputs inputs, @Nullable Tensor positions) {
        return model().forward(inputs);
    }

    /**
     * What scoring keeps of the outputs for some tokens, each row having as many of them: less than these, if they are many.
     *
     * @param targets of the same batch
     */
    default Variable kept(Variable outputs, Tensor targets) {
        return outputs;
    }

    /** The weights of all parts of a batch that {@link #loss} is the mean over, by which batches of one step, and losses in the log, are averaged. */
    default double weight(Batch batch) {
        return batch.weight();
    }

    /** Names of the classes that texts or words are put into by cross entropy, in the order of their indices; empty where there are none. */
    default List<String> classNames() {
        return List.of();
    }

    /** This task with another form of its loss; a {@link UsageException} where its loss has no such forms. */
    default Task<P> with(LossForm form) {
        if (form.isPlain()) {
            return this;
        }
        throw new UsageException("--label-smoothing and --class-weights are for the cross entropy of classes, tags or words, which this task is not trained by;"
                + " leave them out.");
    }

    /** Names of the scores that a run follows, as {@link dev.mixed.train.metrics.Scores#followed} has them. */
    List<String> followed();

    /** Names of all scores that {@link #evaluate} may give, by any of which the best model may be chosen. */
    default List<String> scores() {
        return followed();
    }

    /**
     * Why a score of {@link #scores} can be no number on these texts, whatever a model says of them, such as for want of a class; as the end of a sentence.
     *
     * @param validation the targets that are scored
     */
    default Optional<String> missing(String score, List<Target> validation) {
        return Optional.empty();
    }

    /**
     * Sets what is found from the validation texts of a run, such as the probability above which a label is given: after each epoch, before it is scored on
     * them. What is set belongs in the model's configuration, so that it is saved with the weights.
     *
     * @param outputs as in {@link #evaluate}
     */
    default void tune(TokenizedDataset validation, float[][] outputs) {
        // Nothing, unless a task has such.
    }

    /**
     * What the model achieves on texts whose targets are known.
     *
     * @param outputs of the model for each text, those for padding at the end included
     */
    Evaluation evaluate(TokenizedDataset data, float[][] outputs);

    /**
     * What the model says of one text.
     *
     * @param index   of the text in {@code data}
     * @param outputs of the model for it
     */
    P prediction(TokenizedDataset data, int index, float[] outputs);
}
