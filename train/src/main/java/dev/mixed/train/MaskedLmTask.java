// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.GuessMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Guesses words that were taken out of texts (Devlin et al., 2019): of each text 15 % of the tokens, one at least, of which 80 % become [MASK], 10 % another
 * token, and 10 % stay. Which ones follows from seed, epoch and text alone; in scoring they are always the same.
 */
public final class MaskedLmTask implements Task<List<GuessPrediction>> {
    private static final double SHARE = 0.15;
    private static final int MASKED_OF_TEN = 8;
    private static final int GUESSES = 5;

    private final BertForMaskedLM model;
    private final BertTokenizer tokenizer;
    private final long seed;
    private final ClassLoss loss;

    /**
     * The task of a model.
     *
     * @param tokenizer with a token for words to be guessed
     * @param seed      of the choice of tokens in training
     */
    public MaskedLmTask(BertForMaskedLM model, BertTokenizer tokenizer, long seed) {
        this(model, tokenizer, seed, ClassLoss.PLAIN);
    }

    private MaskedLmTask(BertForMaskedLM model, BertTokenizer tokenizer, long seed, ClassLoss loss) {
        this.loss = loss;
        if (tokenizer.maskId() < 0) {
            throw new IllegalArgumentException("the tokenizer has no [MASK], which stands for a word to be guessed");
        }
        this.model = model;
        this.tokenizer = tokenizer;
        this.seed = seed;
    }

    @Override
    public BertForMaskedLM model() {
        return model;
    }

    @Override
    public void requireTargets(TokenizedDataset data) {
        // Every text is its own target.
    }

    private static int inRow(int tokens) {
        return Math.max(1, (int) Math.round(SHARE * tokens));
    }

    /** Tokens of a text that are guessed, of so many that may be. */
    private static int guesses(int candidates) {
        return Math.max(1, (int) Math.round(SHARE * candidates));
    }

    /** Places of the tokens of a text that may be guessed: all but the special ones, which stand around a text, and anywhere in a block of several. */
    private int[] candidates(TokenizedDataset data, int index) {
        if (!data.isOfBlocks()) {
            return IntStream.range(1, 1 + Math.max(0, data.length(index) - special())).toArray();
        }
        int[] ids = data.ids(index);
        return IntStream.range(0, ids.length).filter(i -> ids[i] != tokenizer.clsId() && ids[i] != tokenizer.sepId()).toArray();
    }

    /** Tokens around each text. */
    private int special() {
        return tokenizer.sepId() < 0 ? 1 : 2;
    }

    @Override
    public int slots(int batch, int seq) {
        return batch * inRow(seq);
    }

    @Override
    public Batch batch(TokenizedDataset data, int[] indices, int batchSize, int seqLength, int epoch) {
        Batch texts = Batch.texts(data, indices, batchSize, seqLength);
        int each = inRow(seqLength);
        int[] ids = texts.inputIds();
        int[] labels = new int[batchSize * each];
        float[] weights = new float[labels.length];
        int[] positions = new int[labels.length];
        for (int row = 0; row < batchSize; row++) {
            Arrays.fill(positions, row * each, (row + 1) * each, row * seqLength);
            if (row >= indices.length) {
                continue;
            }
            SplittableRandom random = new SplittableRandom(mixed(epoch == 0 ? 0 : seed, epoch, indices[row]));
            int[] candidates = candidates(data, indices[row]);
            int[] chosen = chosen(candidates.length, guesses(candidates.length), random);
            if (chosen.length == 0) {
                // A text of which no token is left guesses its own end, so that no batch is without a part.
                int end = row * seqLength + data.length(indices[row]) - 1;
                labels[row * each] = ids[end];
                weights[row * each] = 1f;
                positions[row * each] = end;
            }
            for (int slot = 0; slot < chosen.length; slot++) {
                int position = row * seqLength + candidates[chosen[slot]];
                labels[row * each + slot] = ids[position];
                weights[row * each + slot] = 1f;
                positions[row * each + slot] = position;
                int draw = random.nextInt(10);
                ids[position] = draw < MASKED_OF_TEN ? tokenizer.maskId() : draw == MASKED_OF_TEN ? random.nextInt(words()) : ids[position];
            }
        }
        return texts.withGuesses(ids, labels, weights, positions);
    }

    /** Tokens that another may be replaced by: those of the vocabulary that the model has rows for. */
    private int words() {
        return Math.min(tokenizer.vocabSize(), model.config().vocabSize());
    }

    private static long mixed(long seed, int epoch, int index) {
        return new SplittableRandom(new SplittableRandom(seed ^ 0x9E3779B97F4A7C15L * epoch).nextLong() + index).nextLong();
    }

    /** Some of the numbers below {@code n} in ascending order, each set of them as likely as another; none where n is 0. */
    private static int[] chosen(int n, int count, SplittableRandom random) {
        int[] order = IntStream.range(0, Math.max(0, n)).toArray();
        int taken = Math.min(count, order.length);
        for (int i = 0; i < taken; i++) {
            int other = i + random.nextInt(order.length - i);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        int[] result = Arrays.copyOf(order, taken);
        Arrays.sort(result);
        return result;
    }

    @Override
    public Tensor targets(Device device, int batch, int seq) {
        return Tensor.zeros(device, Shape.of(slots(batch, seq)), DType.I32);
    }

    @Override
    public Variable outputs(BertInputs inputs, @Nullable Tensor positions) {
        return positions == null ? model.forward(inputs) : model.forward(inputs, positions);
    }

    @Override
    public Variable loss(Variable outputs, Tensor targets, Tensor weights) {
        return loss.of(F.reshape(outputs, targets.shape().dim(0), model.config().vocabSize()), targets, weights);
    }

    /** The logarithm of the right token's probability, and by how much its logit is below the largest: [slots, 2]. */
    @Override
    public Variable kept(Variable outputs, Tensor targets) {
        int slots = targets.shape().dim(0);
        Variable logits = F.cast(outputs, DType.F32);
        Tensor index = targets.reshape(slots, 1);
        Variable below = F.sub(F.gather(logits, 1, index), F.reshape(F.maxLast(logits), slots, 1));
        return F.cat(List.of(F.gather(F.logSoftmax(logits), 1, index), below), 1);
    }

    @Override
    public MaskedLmTask with(LossForm form) {
        return new MaskedLmTask(model, tokenizer, seed, ClassLoss.of(form, model));
    }

    @Override
    public List<String> followed() {
        return GuessMetrics.FOLLOWED;
    }

    @Override
    public Evaluation evaluate(TokenizedDataset data, float[][] outputs) {
        double loss = 0;
        long right = 0;
        long all = 0;
        for (int i = 0; i < outputs.length; i++) {
            int candidates = candidates(data, i).length;
            int count = Math.min(guesses(candidates), candidates);
            for (int slot = 0; slot < count; slot++) {
                loss -= outputs[i][2 * slot];
                right += outputs[i][2 * slot + 1] >= 0 ? 1 : 0;
                all++;
            }
        }
        GuessMetrics metrics = GuessMetrics.of(data.textCount(), loss, right, all);
        return new Evaluation(metrics.loss(), metrics);
    }

    /** The likeliest tokens in place of each [MASK] of a text; of outputs for all of its tokens. */
    @Override
    public List<GuessPrediction> prediction(TokenizedDataset data, int index, float[] outputs) {
        int[] ids = data.ids(index);
        List<GuessPrediction> guesses = new ArrayList<>();
        for (int position = 0; position < ids.length; position++) {
            if (ids[position] == tokenizer.maskId()) {
                int words = model.config().vocabSize();
                double[] probabilities = Probabilities.of(Arrays.copyOfRange(outputs, position * words, (position + 1) * words));
                guesses.add(guess(probabilities));
            }
        }
        return guesses;
    }

    private GuessPrediction guess(double[] probabilities) {
        int[] best = IntStream.range(0, Math.min(words(), probabilities.length)).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -probabilities[i])).limit(GUESSES).mapToInt(Integer::intValue).toArray();
        return new GuessPrediction(IntStream.of(best).mapToObj(tokenizer.vocabulary()::token).toList(),
                IntStream.of(best).mapToObj(i -> probabilities[i]).toList());
    }
}
