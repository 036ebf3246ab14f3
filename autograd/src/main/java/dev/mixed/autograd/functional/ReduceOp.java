// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.reduce.Reduce;

/** Sum, mean and maximum, over everything or over the last dim. A maximum's gradient goes to the first of equal elements. */
final class ReduceOp {
    private ReduceOp() {
    }

    static Variable sum(Variable x) {
        return Variable.result("sum", Reduce.sum(x.data()), (dy, grads) -> grads.add(0, Reduce.expandScalar(dy, x.data(), 1f)), x);
    }

    static Variable mean(Variable x) {
        float each = 1f / x.shape().elements();
        return Variable.result("mean", Reduce.mean(x.data()), (dy, grads) -> grads.add(0, Reduce.expandScalar(dy, x.data(), each)), x);
    }

    static Variable max(Variable x) {
        Tensor y = Reduce.max(x.data());
        return Variable.result("max", y, (dy, grads) -> grads.add(0, Reduce.maxBackward(x.data(), y, dy)), x);
    }

    static Variable sumLast(Variable x) {
        return Variable.result("sum", Reduce.sumLast(x.data()), (dy, grads) -> grads.add(0, Reduce.expandLast(dy, x.data(), 1f)), x);
    }

    static Variable meanLast(Variable x) {
        float each = 1f / x.shape().last();
        return Variable.result("mean", Reduce.meanLast(x.data()), (dy, grads) -> grads.add(0, Reduce.expandLast(dy, x.data(), each)), x);
    }

    static Variable maxLast(Variable x) {
        Tensor y = Reduce.maxLast(x.data());
        return Variable.result("max", y, (dy, grads) -> grads.add(0, Reduce.maxLastBackward(x.data(), y, dy)), x);
    }
}
