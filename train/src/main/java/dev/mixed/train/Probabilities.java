// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

/** From logits to class probabilities and losses, in double on the host. */
public final class Probabilities {
    private Probabilities() {
    }

    /**
     * Class probabilities of one row.
     *
     * @param logits one logit for two classes (sigmoid), or one a class (softmax)
     */
    public static double[] of(float[] logits) {
        if (logits.length == 1) {
            double positive = 1 / (1 + Math.exp(-logits[0]));
            return new double[] {1 - positive, positive};
        }
        double max = Double.NEGATIVE_INFINITY;
        for (float l : logits) {
            max = Math.max(max, l);
        }
        double[] p = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(logits[i] - max);
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return p;
    }

    /** Cross entropy of one row, from logits so that certain predictions do not overflow. */
    public static double loss(float[] logits, int label) {
        if (logits.length == 1) {
            double x = logits[0];
            return Math.max(x, 0) - x * label + Math.log1p(Math.exp(-Math.abs(x)));
        }
        double max = Double.NEGATIVE_INFINITY;
        for (float l : logits) {
            max = Math.max(max, l);
        }
        double sum = 0;
        for (float l : logits) {
            sum += Math.exp(l - max);
        }
        return max + Math.log(sum) - logits[label];
    }

    /** Index of the largest probability. */
    public static int argmax(double[] probabilities) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            if (probabilities[i] > probabilities[best]) {
                best = i;
            }
        }
        return best;
    }
}
