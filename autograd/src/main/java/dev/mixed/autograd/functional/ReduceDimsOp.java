// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.reduce.ReduceDims;
import java.util.Arrays;

/**
 * Sums, means and maxima over any dims, F32: one step, with a gradient of its own, for each run of neighbouring dims.
 *
 * <p>Of equal maxima, the first along the dims of a step gets the gradient; steps go from the last dims to the first.
 */
final class ReduceDimsOp {
    private ReduceDimsOp() {
    }

    /** Reduces dims first to last, which keep the size 1. */
    @FunctionalInterface
    private interface Step {
        Variable apply(Variable x, int first, int last);
    }

    static Variable sum(Variable x, int[] dims, boolean keepdim) {
        return reduce("sum", x, dims, keepdim, (in, first, last) -> sum("sum", in, first, last, 1f));
    }

    static Variable mean(Variable x, int[] dims, boolean keepdim) {
        return reduce("mean", x, dims, keepdim, (in, first, last) -> sum("mean", in, first, last, 1f / elements(in.shape(), first, last)));
    }

    static Variable max(Variable x, int[] dims, boolean keepdim) {
        return reduce("max", x, dims, keepdim, (in, first, last) -> {
            Tensor y = ReduceDims.max(in.data(), first, last);
            return Variable.result("max", y, (dy, grads) -> grads.add(0, ReduceDims.maxBackward(in.data(), y, dy, first, last)), in);
        });
    }

    private static Variable sum(String op, Variable x, int first, int last, float factor) {
        Shape shape = x.shape();
        return Variable.result(op, ReduceDims.sum(x.data(), first, last, factor),
                (dy, grads) -> grads.add(0, ReduceDims.repeat(dy, shape, x.dtype(), first, last, factor)), x);
    }

    private static Variable reduce(String op, Variable x, int[] dims, boolean keepdim, Step step) {
        int rank = x.shape().rank();
        boolean[] reduced = reduced(op, x.shape(), dims);
        if (rank == 0) {
            // The only dims that a scalar takes are none, 0 and -1: it is its own sum, as F32.
            return ReshapeOp.apply(step.apply(ReshapeOp.apply(x, 1), 0, 0));
        }
        Variable y = x;
        for (int last = rank - 1; last >= 0; last--) {
            if (reduced[last]) {
                int first = last;
                while (first > 0 && reduced[first - 1]) {
                    first--;
                }
                y = step.apply(y, first, last);
                last = first;
            }
        }
        return keepdim ? y : ReshapeOp.apply(y, kept(x.shape(), reduced));
    }

    /** Which dims are reduced: those that are named, from the end where negative; all if none is named, as in PyTorch. */
    private static boolean[] reduced(String op, Shape shape, int[] dims) {
        // As in PyTorch, a scalar has a dim 0 here.
        boolean[] reduced = new boolean[Math.max(1, shape.rank())];
        for (int dim : dims) {
            int d = dim < 0 ? dim + reduced.length : dim;
            if (d < 0 || d >= reduced.length) {
                throw new IllegalArgumentException(op + " can't reduce dim " + dim + " of a tensor of shape " + shape);
            }
            if (reduced[d]) {
                throw new IllegalArgumentException(op + " takes each dim once, not " + Arrays.toString(dims) + " for shape " + shape);
            }
            reduced[d] = true;
        }
        if (dims.length == 0) {
            Arrays.fill(reduced, true);
        }
        return reduced;
    }

    private static int[] kept(Shape shape, boolean[] reduced) {
        int[] kept = new int[shape.rank()];
        int n = 0;
        for (int d = 0; d < kept.length; d++) {
            if (!reduced[d]) {
                kept[n++] = shape.dim(d);
            }
        }
        return Arrays.copyOf(kept, n);
    }

    private static int elements(Shape shape, int first, int last) {
        int n = 1;
        for (int d = first; d <= last; d++) {
            n *= shape.dim(d);
        }
        return n;
    }
}
