package dev.mixed.engine.gpu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.gpu.GpuGemm.Operand;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products of F32 matrices in 16x16 tiles of local memory, one result a thread. */
final class FloatGemm {
    private static final Kernel KERNEL = Kernel.grid("gemm.f32", FloatGemm::multiply);
    private static final int TILE = 16;

    private FloatGemm() {
    }

    /** As {@link GpuGemm#product}, for F32 operands. */
    static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride) {
        Buffer sizes = HalfGemmPlain.sizes(out, inner, m, n, k, a, b, ldc, cOuterStride, cInnerStride);
        out.launch(KERNEL).read(a.buffer()).read(b.buffer()).write(c).read(sizes)
                .over(new Grid(Math.ceilDiv(n, TILE), Math.ceilDiv(m, TILE), outer * inner, TILE * TILE));
    }

    /** c = a b; {@code sizes} as {@link HalfGemmPlain#sizes} gives them. */
    public static void multiply(KernelContext context, FloatArray a, FloatArray b, FloatArray c, IntArray sizes) {
        float[] left = context.allocateFloatLocalArray(TILE * TILE);
        float[] right = context.allocateFloatLocalArray(TILE * TILE);
        int m = sizes.get(0);
        int n = sizes.get(1);
        int k = sizes.get(2);
        int outer = context.groupIdz / sizes.get(3);
        int inner = context.groupIdz - outer * sizes.get(3);
        int x = context.localIdx % TILE;
        int y = context.localIdx / TILE;
        int row = context.groupIdy * TILE + y;
        int column = context.groupIdx * TILE + x;
        int aAt = outer * sizes.get(6) + inner * sizes.get(7) + row * sizes.get(4);
        int bAt = outer * sizes.get(10) + inner * sizes.get(11) + column * sizes.get(9);
        float sum = 0f;
        for (int start = 0; start < k; start += TILE) {
            float l = 0f;
            if (row < m && start + x < k) {
                l = a.get(aAt + (start + x) * sizes.get(5));
            }
            float r = 0f;
            if (column < n && start + y < k) {
                r = b.get(bAt + (start + y) * sizes.get(8));
            }
            left[y * TILE + x] = l;
            right[y * TILE + x] = r;
            context.localBarrier();
            for (int p = 0; p < TILE; p++) {
                sum += left[y * TILE + p] * right[p * TILE + x];
            }
            context.localBarrier();
        }
        if (row < m && column < n) {
            c.set(outer * sizes.get(13) + inner * sizes.get(14) + row * sizes.get(12) + column, sum);
        }
    }
}
