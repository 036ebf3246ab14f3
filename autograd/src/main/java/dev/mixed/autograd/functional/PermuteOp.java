// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.shape.Permute;

/** Reorders dims, as torch.permute; the gradient is permuted back. */
final class PermuteOp {
    private PermuteOp() {
    }

    static Variable apply(Variable x, int... axes) {
        int[] inverse = new int[axes.length];
        Tensor y = Permute.permute(x.data(), axes);
        for (int i = 0; i < axes.length; i++) {
            inverse[axes[i]] = i;
        }
        return Variable.result("permute", y, (dy, grads) -> grads.add(0, Permute.permute(dy, inverse)), x);
    }
}
