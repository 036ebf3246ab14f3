// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.shape.Slice;
import java.util.Arrays;

/** Positions along one dim, and tensors end to end along one: of each, the other is the gradient. */
final class SliceOp {
    private SliceOp() {
    }

    /** Python's {@code x[start:end]} along a dim, but never empty. */
    static Variable slice(Variable x, int dim, int start, int end) {
        int d = dim("slice", x.shape(), dim);
        int n = x.shape().dim(d);
        int first = position(start, n);
        int length = position(end, n) - first;
        if (length < 1) {
            throw new IllegalArgumentException("slice of positions " + start + " to " + end + " is empty along dim " + dim + " of shape " + x.shape());
        }
        return narrow(x, d, first, length);
    }

    /** {@code length} positions from {@code start} on along dim d, which is not negative. */
    static Variable narrow(Variable x, int d, int start, int length) {
        int n = x.shape().dim(d);
        return Variable.result("slice", Slice.forward(x.data(), d, start, length), (dy, grads) -> grads.add(0, Slice.backward(dy, d, start, n)), x);
    }

    static Variable cat(Variable[] parts, int dim) {
        int d = dim("cat", parts[0].shape(), dim);
        for (Variable part : parts) {
            OpCheck.rank("cat", part.data(), parts[0].shape().rank());
        }
        Tensor y = Slice.cat(d, Arrays.stream(parts).map(Variable::data).toArray(Tensor[]::new));
        return Variable.result("cat", y, (dy, grads) -> {
            int start = 0;
            for (int i = 0; i < parts.length; i++) {
                int length = parts[i].shape().dim(d);
                if (grads.needs(i)) {
                    grads.add(i, Slice.forward(dy, d, start, length));
                }
                start += length;
            }
        }, parts);
    }

    /** A dim that may be counted from the end, counted from the start. */
    static int dim(String op, Shape shape, int dim) {
        int d = dim < 0 ? dim + shape.rank() : dim;
        if (d < 0 || d >= shape.rank()) {
            throw new IllegalArgumentException(op + " can't take dim " + dim + " of a tensor of shape " + shape);
        }
        return d;
    }

    /** A position that may be counted from the end and lie outside, within 0 to n. */
    private static int position(int at, int n) {
        return Math.clamp(at < 0 ? at + (long) n : at, 0, n);
    }
}
