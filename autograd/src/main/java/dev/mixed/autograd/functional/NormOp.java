// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.PointwiseMath;
import java.util.List;

/** The L2 norm of all elements, an F32 scalar: dx = dy x / norm, and 0 where the norm is 0, as in PyTorch. */
final class NormOp {
    private NormOp() {
    }

    static Variable apply(Variable x) {
        Tensor y = Optim.norm(List.of(x.data()));
        return Variable.result("norm", y, (dy, grads) -> grads.add(0, Elementwise.scaleBy(x.data(), PointwiseMath.ratio(dy, y))), x);
    }
}
