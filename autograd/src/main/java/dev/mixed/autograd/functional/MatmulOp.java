// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.matmul.Matmul;

/** y = op(a) op(b), op being a transpose of the last two dims or nothing, batched over equal leading dims. */
final class MatmulOp {
    private MatmulOp() {
    }

    static Variable apply(Variable a, Variable b, boolean transposeA, boolean transposeB) {
        Tensor y = Matmul.matmul(a.data(), b.data(), transposeA, transposeB);
        return Variable.result("matmul", y, (dy, grads) -> {
            // With A = op(a), B = op(b): dA = dy B^T and dB = A^T dy; a transposed operand takes the transpose of that.
            grads.into(0, (target, accumulate) -> {
                if (transposeA) {
                    Matmul.matmulInto(target, b.data(), dy, transposeB, true, accumulate);
                } else {
                    Matmul.matmulInto(target, dy, b.data(), false, !transposeB, accumulate);
                }
            });
            grads.into(1, (target, accumulate) -> {
                if (transposeB) {
                    Matmul.matmulInto(target, dy, a.data(), true, transposeA, accumulate);
                } else {
                    Matmul.matmulInto(target, a.data(), dy, !transposeA, false, accumulate);
                }
            });
        }, a, b);
    }
}
