package dev.mixed.engine.gpu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.gpu.GpuGemm.Operand;

/** Products of F16 matrices: on tensor cores where their rows can be loaded 8 bytes at a time. */
final class HalfGemm {
    private static final Kernel LARGE = Kernel.grid("gemm_128.f16", HalfGemm128::multiply);
    private static final Kernel SMALL = Kernel.grid("gemm_64.f16", HalfGemm64::multiply);
    /** Halves in a load. */
    private static final int LOAD = 4;

    private HalfGemm() {
    }

    /** As {@link GpuGemm#product}, for F16 operands. */
    static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride) {
        if (fits(a, a.transposed() ? m : k) && fits(b, b.transposed() ? k : n)) {
            tiled(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride, 1, 0);
        } else {
            HalfGemmPlain.product(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride);
        }
    }

    /** Whether tensor cores take this operand, whose rows have so many elements. */
    static boolean fits(Operand operand, int row) {
        return row % LOAD == 0 && operand.ld() % LOAD == 0 && operand.outerStride() % LOAD == 0 && operand.innerStride() % LOAD == 0
                && operand.buffer().elements() % LOAD == 0;
    }

    /** The product in {@code splits} parts of k, which lie {@code splitStride} elements of c apart and whose sum is the result. */
    static void tiled(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride, int splits, int splitStride) {
        int rows = GpuGemm.paddedRows(m);
        int columns = GpuGemm.paddedColumns(n);
        boolean large = rows % HalfGemm128.EDGE == 0 && columns % HalfGemm128.EDGE == 0;
        int edge = large ? HalfGemm128.EDGE : HalfGemm64.EDGE;
        int perSplit = Math.ceilDiv(Math.ceilDiv(k, splits), HalfTiles.DEPTH) * HalfTiles.DEPTH;
        Buffer sizes = out.ints(m, n, k, a.ld() / LOAD, b.ld() / LOAD, ldc, inner, loads(a.outerStride()), loads(a.innerStride()),
                loads(b.outerStride()), loads(b.innerStride()), cOuterStride, cInnerStride, splits, perSplit, splitStride);
        out.launch(large ? LARGE : SMALL).readLongs(a.buffer()).readLongs(b.buffer()).write(c).read(sizes).flag(!a.transposed()).flag(b.transposed())
                .over(new Grid(columns / edge, rows / edge, outer * inner * splits, HalfTiles.THREADS));
    }

    private static int loads(long elements) {
        return Math.toIntExact(elements / LOAD);
    }
}
