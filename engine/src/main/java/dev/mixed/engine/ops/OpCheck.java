// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.Arrays;

/** Checks of arguments that ops share; each error names the op and what it was given. */
public final class OpCheck {
    private OpCheck() {
    }

    /** Refuses I32. */
    public static void floating(String op, Tensor x) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(op + " takes a tensor of type F32 or F16, not " + x.dtype());
        }
    }

    /** Refuses tensors of two floating types or of two shapes. */
    public static void alike(String op, Tensor a, Tensor b) {
        floating(op, a);
        sameShape(op, a, b);
        b.require(op, a.dtype());
    }

    public static void sameShape(String op, Tensor a, Tensor b) {
        if (!a.shape().equals(b.shape())) {
            throw new IllegalArgumentException(op + " takes tensors of one shape, not " + a.shape() + " and " + b.shape());
        }
    }

    /** Refuses a second shape that is no suffix of the first. */
    public static void suffix(String op, Shape whole, Shape part) {
        if (!isSuffix(whole, part)) {
            throw new IllegalArgumentException(op + " takes a second shape that the first one ends in, not " + whole + " and " + part);
        }
    }

    /** Whether the first shape ends in the second. */
    public static boolean isSuffix(Shape whole, Shape part) {
        int[] w = whole.toArray();
        int[] p = part.toArray();
        return p.length <= w.length && Arrays.equals(p, Arrays.copyOfRange(w, w.length - p.length, w.length));
    }

    /** Refuses all but one F32 element. */
    public static void scalar(String op, Tensor x) {
        x.require(op, DType.F32);
        if (x.shape().elements() != 1) {
            throw new IllegalArgumentException(op + " takes an F32 tensor of one element here, not one of shape " + x.shape());
        }
    }

    public static void rank(String op, Tensor x, int rank) {
        if (x.shape().rank() != rank) {
            throw new IllegalArgumentException(op + " takes a tensor of rank " + rank + ", not one of shape " + x.shape());
        }
    }
}
