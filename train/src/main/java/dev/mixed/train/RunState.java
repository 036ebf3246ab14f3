// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.train.checkpoint.TrainingState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Where a run stands between two steps: with the tensors, all that decides how it goes on. */
final class RunState {
    private static final String BEST = "best_";
    private static final String BEST_EPOCH = "best_epoch";
    private static final String BEST_STEP = "best_step";
    private static final String SCORED_STEP = "scored_step";
    private static final String WITHOUT_GAIN = "scored_without_gain";

    private static final List<String> NO_SCORE = List.of(BEST_EPOCH, BEST_STEP);

    private long step;
    private int epoch;
    private int batch;
    private double lossSum;
    private double lossCount;
    private double windowSum;
    private double windowCount;
    private long scoredStep;
    private int bestEpoch;
    private long bestStep;
    private int withoutGain;
    private double bestScore = Double.NEGATIVE_INFINITY;
    private String scoreName = "";

    static RunState start() {
        return new RunState();
    }

    /** @param epochSteps steps of an epoch: at the ends of all of them, a run was scored that does not say when */
    static RunState from(TrainingState saved, int epochSteps) {
        RunState state = new RunState();
        state.step = saved.step();
        state.epoch = saved.epoch();
        state.batch = Math.toIntExact(saved.batch());
        state.lossSum = saved.extra().path("epoch_loss_sum").asDouble();
        state.lossCount = saved.extra().path("epoch_loss_count").asDouble();
        state.windowSum = saved.extra().path("window_loss_sum").asDouble();
        state.windowCount = saved.extra().path("window_loss_count").asDouble();
        state.scoredStep = saved.extra().path(SCORED_STEP).asLong((long) saved.epoch() * epochSteps);
        state.withoutGain = saved.extra().path(WITHOUT_GAIN).asInt();
        state.bestEpoch = saved.extra().path(BEST_EPOCH).asInt();
        if (state.bestEpoch > 0) {
            state.bestStep = saved.extra().path(BEST_STEP).asLong((long) state.bestEpoch * epochSteps);
            saved.extra().properties().stream().filter(e -> e.getKey().startsWith(BEST) && !NO_SCORE.contains(e.getKey())).findFirst().ifPresent(e -> {
                state.scoreName = e.getKey().substring(BEST.length());
                state.bestScore = e.getValue().asDouble();
            });
        }
        return state;
    }

    /** @param extra what else resuming needs, such as the scaler's state; completed by this one */
    TrainingState toTrainingState(RandomState random, ObjectNode extra) {
        SequencedMap<String, Long> numbers = new LinkedHashMap<>();
        numbers.put("seed", random.seed());
        numbers.put("counter", random.counter());
        extra.put("epoch_loss_sum", lossSum);
        extra.put("epoch_loss_count", lossCount);
        extra.put("window_loss_sum", windowSum);
        extra.put("window_loss_count", windowCount);
        extra.put(SCORED_STEP, scoredStep);
        extra.put(WITHOUT_GAIN, withoutGain);
        extra.put(BEST_EPOCH, bestEpoch);
        if (bestEpoch > 0) {
            extra.put(BEST_STEP, bestStep);
            extra.put(BEST + scoreName, bestScore);
        }
        return new TrainingState(step, epoch, batch, numbers, extra);
    }

    /** Counts a step over so many batches. */
    void stepDone(int batches) {
        step++;
        batch += batches;
    }

    /** Counts a mean loss over parts of these weights together: the number of texts, for example. */
    void addLoss(double loss, double parts) {
        lossSum += loss * parts;
        lossCount += parts;
        windowSum += loss * parts;
        windowCount += parts;
    }

    /** Mean loss since the last call, or since the start of the run. */
    double takeWindowLoss() {
        double mean = windowSum / windowCount;
        windowSum = 0;
        windowCount = 0;
        return mean;
    }

    /**
     * Takes down what scoring the model as it is has come to.
     *
     * @param name      of the score
     * @param score     of which greater is better
     * @param threshold by how much it has to be better than the best before to count as a gain
     * @return whether it is the best so far
     */
    boolean scored(String name, double score, double threshold) {
        lossSum = 0;
        lossCount = 0;
        scoredStep = step;
        withoutGain = bestEpoch == 0 || score - bestScore > threshold ? 0 : withoutGain + 1;
        if (score <= bestScore) {
            return false;
        }
        bestScore = score;
        scoreName = name;
        // An epoch that is not over counts as the one that it will be.
        bestEpoch = batch > 0 ? epoch + 1 : epoch;
        bestStep = step;
        return true;
    }

    /** Ends the epoch. */
    void epochDone() {
        epoch++;
        batch = 0;
    }

    /** Steps done, those included whose update was left out. */
    long step() {
        return step;
    }

    /** Epochs completed. */
    int epoch() {
        return epoch;
    }

    /** Batches of the current epoch done. */
    int batch() {
        return batch;
    }

    /** Mean loss since the model was scored last. */
    double meanLoss() {
        return lossSum / lossCount;
    }

    /** Steps done when the model was scored last; 0 before that. */
    long scoredStep() {
        return scoredStep;
    }

    /** Scorings since the last gain. */
    int withoutGain() {
        return withoutGain;
    }

    /** The epoch with the best score, 1 for the first; 0 before the first score. */
    int bestEpoch() {
        return bestEpoch;
    }

    /** Steps done when the model had the best score; 0 before the first. */
    long bestStep() {
        return bestStep;
    }
}
