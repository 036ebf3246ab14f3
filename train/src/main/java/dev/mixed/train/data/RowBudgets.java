// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.util.Arrays;

/**
 * The few row lengths that packed batches are given: each is the shape of one recorded program, so fewer of them record less and more of them leave fewer
 * tokens dead.
 *
 * <p>Batches hold texts of similar length, and so from a twentieth of the largest one's tokens to all of them: one budget for all would leave three
 * quarters of every row dead. The best few for a data set are found from the batches of its first epoch, whatever the number of epochs, so that a resumed
 * run finds the same ones. A later batch that is larger than all of these has the length that no batch of these texts can exceed.
 */
final class RowBudgets {
    /** All are multiples of it, which tensor cores and blocks of threads divide. */
    static final int STEP = 64;

    private final int[] tokens;

    private RowBudgets(int[] tokens) {
        this.tokens = tokens;
    }

    /** The {@code count} budgets that leave the fewest tokens dead in the first epoch. */
    static RowBudgets best(TokenizedDataset data, BatchSampler sampler, int count) {
        int[] sums = Arrays.stream(sampler.epoch(0)).mapToInt(batch -> rounded(Arrays.stream(batch).map(data::length).sum())).sorted().toArray();
        int[] sizes = Arrays.stream(sums).distinct().toArray();
        int[] best = sums.length == 0 ? new int[0] : best(sizes, sums, Math.min(count, sizes.length));
        int[] longest = data.lengths();
        Arrays.sort(longest);
        int most = rounded(Arrays.stream(longest, Math.max(0, longest.length - sampler.batchSize()), longest.length).sum());
        return new RowBudgets(with(best, most));
    }

    /** 64, 128, 192, 256, 384, 512, 768, ... and {@code most} last: for texts that are not known beforehand. */
    static RowBudgets anyTexts(int most) {
        int[] tokens = new int[2 * Integer.SIZE];
        int count = 0;
        for (long power = STEP; power < most; power *= 2) {
            tokens[count++] = (int) power;
            if (power > STEP && power * 3 / 2 < most) {
                tokens[count++] = (int) (power * 3 / 2);
            }
        }
        tokens[count++] = rounded(most);
        return new RowBudgets(Arrays.copyOf(tokens, count));
    }

    /**
     * Splits sizes, ascending, into runs that share their largest, so that the sum over all batches is least: cost[j] of the first j sizes in k runs is the
     * least over i of the cost of i sizes in k - 1 runs, and sizes i to j - 1 all counted as size j - 1.
     */
    private static int[] best(int[] sizes, int[] sums, int count) {
        int n = sizes.length;
        // Batches of the first i sizes.
        int[] batches = new int[n + 1];
        for (int i = 0, at = 0; i < n; i++) {
            while (at < sums.length && sums[at] == sizes[i]) {
                at++;
            }
            batches[i + 1] = at;
        }
        long[] cost = new long[n + 1];
        Arrays.fill(cost, 1, n + 1, Long.MAX_VALUE);
        int[][] from = new int[count + 1][n + 1];
        for (int k = 1; k <= count; k++) {
            long[] next = new long[n + 1];
            Arrays.fill(next, Long.MAX_VALUE);
            for (int j = k; j <= n; j++) {
                for (int i = k - 1; i < j; i++) {
                    long here = cost[i] == Long.MAX_VALUE ? Long.MAX_VALUE : cost[i] + (long) (batches[j] - batches[i]) * sizes[j - 1];
                    if (here < next[j]) {
                        next[j] = here;
                        from[k][j] = i;
                    }
                }
            }
            cost = next;
        }
        int[] best = new int[count];
        for (int k = count, j = n; k > 0; j = from[k][j], k--) {
            best[k - 1] = sizes[j - 1];
        }
        return best;
    }

    private static int[] with(int[] budgets, int most) {
        if (budgets.length > 0 && budgets[budgets.length - 1] >= most) {
            return budgets;
        }
        int[] more = Arrays.copyOf(budgets, budgets.length + 1);
        more[budgets.length] = most;
        return more;
    }

    /** Whole steps, one at least. */
    static int rounded(int tokens) {
        return Math.max(1, Math.ceilDiv(tokens, STEP)) * STEP;
    }

    /** The smallest budget for so many tokens. */
    int of(int needed) {
        for (int budget : tokens) {
            if (needed <= budget) {
                return budget;
            }
        }
        throw new IllegalArgumentException(needed + " tokens are more than a row of " + (tokens.length == 0 ? 0 : tokens[tokens.length - 1]));
    }

    /** All, ascending. */
    int[] tokens() {
        return tokens.clone();
    }
}
