package dev.mixed.bert.train;

/**
 * One finished epoch.
 *
 * @param epoch     1 for the first
 * @param step      optimizer steps taken since the start of the run
 * @param trainLoss mean loss over the epoch's texts, dropout on
 * @param loss      loss on the validation texts
 * @param accuracy  accuracy on them
 * @param macroF1   macro-averaged F1 on them
 * @param best      whether no earlier epoch has a higher macro-F1
 */
public record EpochResult(int epoch, long step, double trainLoss, double loss, double accuracy, double macroF1, boolean best) {
}
