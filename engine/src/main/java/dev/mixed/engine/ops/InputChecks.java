// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.InputCheck;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * What ops ask of ids, labels and weights that the host writes, see {@link Tensor#check}: an {@link IllegalArgumentException} names the op, the index of
 * the first number that is out of range, and the range.
 */
public final class InputChecks {
    /** The label of a row that counts for nothing, PyTorch's {@code ignore_index}. */
    public static final int IGNORED = -100;

    private InputChecks() {
    }

    /**
     * Ids of rows in a table, or of positions along a dim.
     *
     * @param what  one of them, in words
     * @param ids   I32 of any shape
     * @param size  all are from 0 to size - 1
     */
    public static void indices(String op, String what, Tensor ids, int size) {
        Tensor.check(List.of(ids), () -> {
            int count = ids.shape().elements();
            for (int i = 0; i < count; i++) {
                int id = ids.hostInt(i);
                if (id < 0 || id >= size) {
                    throw outside(op, what, ids.shape(), i, id, "from 0 to " + (size - 1));
                }
            }
        });
    }

    /**
     * Where texts start in a row of tokens, I32 [texts + 1]: from 0, never falling, up to {@code tokens} at most, and none longer than {@code maxLength}.
     */
    public static void textStarts(String op, Tensor starts, int tokens, int maxLength) {
        Tensor.check(List.of(starts), () -> {
            int before = 0;
            for (int i = 0; i < starts.shape().elements(); i++) {
                int start = starts.hostInt(i);
                int least = i == 0 ? 0 : before;
                int most = i == 0 ? 0 : (int) Math.min(tokens, (long) before + maxLength);
                if (start < least || start > most) {
                    throw outside(op, "start", starts.shape(), i, start,
                            "from " + least + " to " + most + ": starts begin with 0 and never fall, and a text has up to "
                                    + maxLength + " of the " + tokens + " tokens");
                }
                before = start;
            }
        });
    }

    /**
     * Class labels and their weights, I32 and F32 [batch]: labels from 0 to classes - 1 or {@link #IGNORED}, but for rows of weight 0, which may hold
     * anything; and at least one row that counts, for a mean over none is no number.
     */
    public static void classLabels(String op, Tensor labels, Tensor weights, int classes) {
        checked(op, labels, weights, row -> {
            int label = labels.hostInt(row);
            if (label != IGNORED && (label < 0 || label >= classes)) {
                throw outside(op, "label", labels.shape(), row, label, "from 0 to " + (classes - 1) + ", or " + IGNORED + " for a row to be ignored");
            }
            return label != IGNORED;
        });
    }

    /** Weights of classes, F32 [classes]: each a finite number above 0. */
    public static void classWeights(String op, Tensor weights) {
        if (weights.hostKnown()) {
            Tensor.check(List.of(weights), () -> {
                for (int c = 0; c < weights.shape().elements(); c++) {
                    float weight = weights.hostFloat(c);
                    if (!(weight > 0f) || Float.isInfinite(weight)) {
                        throw outside(op, "class weight", weights.shape(), c, weight, "a finite number above 0");
                    }
                }
            });
        }
    }

    /** Labels of binary cross entropy and their weights, F32 [batch]: from 0 to 1, but for rows of weight 0; and at least one row that counts. */
    public static void binaryLabels(String op, Tensor labels, Tensor weights) {
        checked(op, labels, weights, row -> {
            float label = labels.hostFloat(row);
            if (!(label >= 0f && label <= 1f)) {
                throw outside(op, "label", labels.shape(), row, label, "from 0 to 1");
            }
            return true;
        });
    }

    /** Looks at the label of one row. */
    @FunctionalInterface
    private interface RowCheck {
        /** Refuses a wrong label; says whether the row counts. */
        boolean counts(int row);
    }

    private static void checked(String op, Tensor labels, Tensor weights, RowCheck check) {
        boolean weighted = weights.hostKnown();
        InputCheck rows = () -> {
            boolean any = false;
            for (int row = 0; row < labels.shape().elements(); row++) {
                float weight = weighted ? weights.hostFloat(row) : 1f;
                if (!(weight >= 0f) || Float.isInfinite(weight)) {
                    throw outside(op, "weight", weights.shape(), row, weight, "0 or a finite number above it");
                }
                any |= weight != 0f && check.counts(row);
            }
            if (!any) {
                throw new IllegalArgumentException(op + " got no row that counts: each of the " + labels.shape().elements() + " has the weight 0 or the label "
                        + IGNORED + ", and the mean over none is no number; leave such a batch out");
            }
        };
        Tensor.check(weighted ? List.of(labels, weights) : List.of(labels), rows);
    }

    private static IllegalArgumentException outside(String op, String what, Shape shape, int element, Number value, String range) {
        int[] index = new int[shape.rank()];
        int rest = element;
        for (int d = index.length - 1; d >= 0; d--) {
            index[d] = rest % shape.dim(d);
            rest /= shape.dim(d);
        }
        return new IllegalArgumentException(op + ": the " + what + " at index " + (index.length == 1 ? String.valueOf(element) : Arrays.toString(index))
                + " is " + value + ", but must be " + range);
    }
}
