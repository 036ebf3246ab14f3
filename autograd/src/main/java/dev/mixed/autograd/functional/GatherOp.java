// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.shape.Gather;

/** Elements by their index along one dim; the gradient adds each back to where it came from. */
final class GatherOp {
    private GatherOp() {
    }

    static Variable apply(Variable x, int dim, Tensor index) {
        int d = SliceOp.dim("gather", x.shape(), dim);
        OpCheck.rank("gather", index.require("gather", DType.I32), x.shape().rank());
        InputChecks.indices("gather", "index", index, x.shape().dim(d));
        Variable whole = x;
        for (int other = 0; other < x.shape().rank(); other++) {
            // An index that is smaller in another dim reaches only the first positions there.
            if (other != d && index.shape().dim(other) < x.shape().dim(other)) {
                whole = SliceOp.narrow(whole, other, 0, index.shape().dim(other));
            }
        }
        Shape shape = whole.shape();
        return Variable.result("gather", Gather.forward(whole.data(), d, index),
                (dy, grads) -> grads.add(0, Gather.backward(dy, d, index, shape)), whole);
    }
}
