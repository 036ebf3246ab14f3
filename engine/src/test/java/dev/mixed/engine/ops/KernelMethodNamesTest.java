// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** TornadoVM gives a kernel its method's name, as a C function: one that CUDA or OpenCL has taken does not compile, or calls itself. */
class KernelMethodNamesTest {
    private static final Set<String> TAKEN = Set.of("abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clamp", "copysign",
            "cos", "cosh", "cross", "degrees", "distance", "div", "dot", "erf", "erfc", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax",
            "fmin", "fmod", "frexp", "hypot", "isfinite", "isinf", "isnan", "labs", "ldexp", "length", "lerp", "lgamma", "log", "log10", "log1p", "log2",
            "logb",
            "mad", "max", "min", "mix", "modf", "nan", "norm", "normalize", "pow", "printf", "radians", "remainder", "rhypot", "rint", "round", "rsqrt",
            "select",
            "sign", "signbit", "sin", "sinh", "smoothstep", "sqrt", "step", "tan", "tanh", "tgamma", "trunc");

    @Test
    void noKernelHasAFunctionsName() {
        List<String> kernels = KernelCode.kernels();
        assertTrue(kernels.size() > 150, kernels.toString());
        assertEquals(List.of(), kernels.stream().filter(name -> TAKEN.contains(name.substring(name.indexOf('.') + 1, name.indexOf('(')))).toList());
    }
}
