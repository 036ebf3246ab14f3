// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.train.checkpoint.TrainingState;
import dev.mixed.train.metrics.Scores;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Where a run stands between two steps: with the tensors, all that decides how it goes on. */
final class RunState {
    private static final String BEST = "best_";
    private static final String BEST_EPOCH = "best_epoch";

    private long step;
    private int epoch;
    private int batch;
    private double lossSum;
    private long lossCount;
    private double windowSum;
    private long windowCount;
    private int bestEpoch;
    private double bestScore = Double.NEGATIVE_INFINITY;
    private String scoreName = "";

    static RunState start() {
        return new RunState();
    }

    static RunState from(TrainingState saved) {
        RunState state = new RunState();
        state.step = saved.step();
        state.epoch = saved.epoch();
        state.batch = Math.toIntExact(saved.batch());
        state.lossSum = saved.extra().path("epoch_loss_sum").asDouble();
        state.lossCount = saved.extra().path("epoch_loss_count").asLong();
        state.windowSum = saved.extra().path("window_loss_sum").asDouble();
        state.windowCount = saved.extra().path("window_loss_count").asLong();
        state.bestEpoch = saved.extra().path(BEST_EPOCH).asInt();
        if (state.bestEpoch > 0) {
            saved.extra().properties().stream().filter(e -> e.getKey().startsWith(BEST) && !e.getKey().equals(BEST_EPOCH)).findFirst().ifPresent(e -> {
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
        extra.put(BEST_EPOCH, bestEpoch);
        if (bestEpoch > 0) {
            extra.put(BEST + scoreName, bestScore);
        }
        return new TrainingState(step, epoch, batch, numbers, extra);
    }

    /** Counts a step over so many batches. */
    void stepDone(int batches) {
        step++;
        batch += batches;
    }

    /** Counts the mean loss of {@code parts} texts, or whatever parts of them the loss counts. */
    void addLoss(double loss, long parts) {
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

    /** Ends the epoch; returns whether its score is the best so far. */
    boolean epochDone(Scores scores) {
        double score = scores.score();
        epoch++;
        batch = 0;
        lossSum = 0;
        lossCount = 0;
        if (score <= bestScore) {
            return false;
        }
        bestScore = score;
        scoreName = scores.main();
        bestEpoch = epoch;
        return true;
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

    /** Mean loss of the current epoch so far. */
    double meanLoss() {
        return lossSum / lossCount;
    }

    /** The epoch with the best score, 1 for the first; 0 before the first ends. */
    int bestEpoch() {
        return bestEpoch;
    }
}
