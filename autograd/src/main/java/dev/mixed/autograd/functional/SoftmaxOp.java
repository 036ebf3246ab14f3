// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.softmax.Softmax;

/** Softmax and log-softmax over the last dim. */
final class SoftmaxOp {
    private SoftmaxOp() {
    }

    static Variable softmax(Variable x) {
        Tensor y = Softmax.softmax(x.data());
        return Variable.result("softmax", y, (dy, grads) -> grads.add(0, Softmax.softmaxBackward(y, dy)), x);
    }

    static Variable logSoftmax(Variable x) {
        Tensor y = Softmax.logSoftmax(x.data());
        return Variable.result("log_softmax", y, (dy, grads) -> grads.add(0, Softmax.logSoftmaxBackward(y, dy)), x);
    }
}
