// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.InputGradients;
import dev.mixed.autograd.Variable;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.reduce.SumRows;
import org.jspecify.annotations.Nullable;

/** y = x W^T + bias with x [.., in], W [out, in], bias [out] or null: dx = dy W, dW = dy^T x, dbias = column sums of dy. */
final class LinearOp {
    private LinearOp() {
    }

    static Variable apply(Variable x, Variable weight, @Nullable Variable bias) {
        if (bias != null && (weight.shape().rank() != 2 || !bias.shape().equals(Shape.of(weight.shape().dim(0))))) {
            throw new IllegalArgumentException("linear takes a weight [out, in] and a bias [out], not " + weight.shape() + " and " + bias.shape());
        }
        Tensor y = Matmul.matmul(x.data(), weight.data(), false, true);
        if (bias == null) {
            return Variable.result("linear", y, (dy, grads) -> products(x, weight, dy, grads), x, weight);
        }
        Broadcast.addInto(y, bias.data());
        return Variable.result("linear", y, (dy, grads) -> {
            products(x, weight, dy, grads);
            grads.into(2, (target, accumulate) -> SumRows.into(target, dy, accumulate));
        }, x, weight, bias);
    }

    private static void products(Variable x, Variable weight, Tensor dy, InputGradients grads) {
        grads.into(0, (target, accumulate) -> Matmul.matmulInto(target, dy, weight.data(), false, false, accumulate));
        grads.into(1, (target, accumulate) -> Matmul.matmulInto(target, dy, x.data(), true, false, accumulate));
    }
}
