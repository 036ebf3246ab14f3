package dev.mixed.engine.gpu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.gpu.GpuGemm.Operand;

/** Products of F16 matrices. */
final class HalfGemm {
    private HalfGemm() {
    }

    /** As {@link GpuGemm#product}, for F16 operands. */
    static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride) {
        HalfGemmPlain.product(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride);
    }
}
