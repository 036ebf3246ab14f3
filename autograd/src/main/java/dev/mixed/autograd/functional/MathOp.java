// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.PointwiseMath;

/** Elementary functions, element by element, each beside its derivative. */
final class MathOp {
    private MathOp() {
    }

    /** exp' = exp. */
    static Variable exp(Variable x) {
        Tensor y = PointwiseMath.exp(x.data());
        return Variable.result("exp", y, (dy, grads) -> grads.add(0, Elementwise.mul(dy, y)), x);
    }

    /** log'(x) = 1 / x. */
    static Variable log(Variable x) {
        return Variable.result("log", PointwiseMath.log(x.data()), (dy, grads) -> grads.add(0, Elementwise.mul(dy, PointwiseMath.reciprocal(x.data()))), x);
    }

    /** d(x^p) = p x^(p-1) dx. */
    static Variable pow(Variable x, float p) {
        return Variable.result("pow", PointwiseMath.pow(x.data(), p),
                (dy, grads) -> grads.add(0, Elementwise.scale(Elementwise.mul(dy, PointwiseMath.pow(x.data(), p - 1)), p)), x);
    }

    /** d(x^-1/2) = -1/2 x^(-3/2) dx. */
    static Variable rsqrt(Variable x) {
        return Variable.result("rsqrt", PointwiseMath.rsqrt(x.data()),
                (dy, grads) -> grads.add(0, Elementwise.scale(Elementwise.mul(dy, PointwiseMath.pow(x.data(), -1.5f)), -0.5f)), x);
    }

    /** y = 1 / x, dy = -y^2 dx. */
    static Variable reciprocal(Variable x) {
        Tensor y = PointwiseMath.reciprocal(x.data());
        return Variable.result("reciprocal", y, (dy, grads) -> grads.add(0, Elementwise.scale(Elementwise.mul(dy, Elementwise.mul(y, y)), -1f)), x);
    }
}
