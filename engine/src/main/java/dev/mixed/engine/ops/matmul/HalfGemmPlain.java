package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products of F16 matrices of any shape, a warp per result: for those whose rows tensor cores can't load, such as a classifier's. */
final class HalfGemmPlain {
    private static final Kernel KERNEL = Kernel.grid("gemm_plain.f16", HalfGemmPlain::multiply);
    private static final int WARPS = 4;

    private HalfGemmPlain() {
    }

    /** As {@link GpuGemm#product}, for F16 operands of any shape. */
    static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride) {
        Buffer sizes = sizes(out, inner, m, n, k, a, b, ldc, cOuterStride, cInnerStride);
        out.launch(KERNEL).read(a.buffer()).read(b.buffer()).write(c).read(sizes)
                .over(new Grid(Math.ceilDiv(m * n, WARPS), 1, outer * inner, WARPS * 32));
    }

    /** m, n, k, inner; of a and b: elements to the next row and column, and to the next outer and inner batch entry; the same of c, without column. */
    static Buffer sizes(LoweredLaunches out, int inner, int m, int n, int k, Operand a, Operand b, int ldc, int cOuterStride, int cInnerStride) {
        return out.ints(m, n, k, inner,
                a.transposed() ? 1 : a.ld(), a.transposed() ? a.ld() : 1, Math.toIntExact(a.outerStride()), Math.toIntExact(a.innerStride()),
                b.transposed() ? 1 : b.ld(), b.transposed() ? b.ld() : 1, Math.toIntExact(b.outerStride()), Math.toIntExact(b.innerStride()),
                ldc, cOuterStride, cInnerStride);
    }

    /** c = a b, a warp per result. */
    public static void multiply(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, IntArray sizes) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int k = sizes.get(2);
        int lane = context.localIdx & 31;
        int result = context.groupIdx * WARPS + (context.localIdx >> 5);
        // Warps past the end repeat the last result, so that none is missing where lanes meet.
        int row = Math.min(result / n, m - 1);
        int column = result % n;
        int outer = context.groupIdz / sizes.get(3);
        int inner = context.groupIdz - outer * sizes.get(3);
        int aAt = outer * sizes.get(6) + inner * sizes.get(7) + row * sizes.get(4);
        int aStep = sizes.get(5);
        int bAt = outer * sizes.get(10) + inner * sizes.get(11) + column * sizes.get(9);
        int bStep = sizes.get(8);
        float part = 0f;
        for (int p = lane; p < k; p += 32) {
            part += a.get(aAt + p * aStep).getFloat32() * b.get(bAt + p * bStep).getFloat32();
        }
        float sum = context.simdSum(part);
        if (lane == 0 && result < m * n) {
            c.set(outer * sizes.get(13) + inner * sizes.get(14) + row * sizes.get(12) + column, sum);
        }
    }
}
