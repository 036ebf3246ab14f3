// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.PointwiseMath;
import dev.mixed.engine.ops.reduce.Reduce;

/** Products and quotients that are added to something: addcmul, addcdiv and the dot product. */
final class CombineOp {
    private CombineOp() {
    }

    /** y = x + value a b. */
    static Variable addcmul(Variable x, Variable a, Variable b, float value) {
        return Variable.result("addcmul", PointwiseMath.addcmul(x.data(), a.data(), b.data(), value), (dy, grads) -> {
            grads.addShared(0, dy);
            if (grads.needs(1)) {
                grads.add(1, Elementwise.scale(Elementwise.mul(dy, b.data()), value));
            }
            if (grads.needs(2)) {
                grads.add(2, Elementwise.scale(Elementwise.mul(dy, a.data()), value));
            }
        }, x, a, b);
    }

    /** y = x + value a / b: da = value dy / b, db = -value dy a / b^2. */
    static Variable addcdiv(Variable x, Variable a, Variable b, float value) {
        return Variable.result("addcdiv", PointwiseMath.addcdiv(x.data(), a.data(), b.data(), value), (dy, grads) -> {
            grads.addShared(0, dy);
            Tensor inverse = PointwiseMath.reciprocal(b.data());
            Tensor da = Elementwise.mul(dy, inverse);
            if (grads.needs(2)) {
                grads.add(2, Elementwise.scale(Elementwise.mul(Elementwise.mul(da, a.data()), inverse), -value));
            }
            if (grads.needs(1)) {
                grads.add(1, Elementwise.scale(da, value));
            }
        }, x, a, b);
    }

    /** y = sum of a b, an F32 scalar: da = dy b, db = dy a. */
    static Variable dot(Variable a, Variable b) {
        if (a.shape().rank() != 1 || !a.shape().equals(b.shape()) || a.dtype() != b.dtype()) {
            throw new IllegalArgumentException("dot takes two vectors of one length and type, not " + a.data() + " and " + b.data());
        }
        Tensor y = Reduce.sum(Elementwise.mul(Cast.to(a.data(), DType.F32), Cast.to(b.data(), DType.F32)));
        return Variable.result("dot", y, (dy, grads) -> {
            if (grads.needs(0)) {
                grads.add(0, Elementwise.scaleBy(b.data(), dy));
            }
            if (grads.needs(1)) {
                grads.add(1, Elementwise.scaleBy(a.data(), dy));
            }
        }, a, b);
    }
}
