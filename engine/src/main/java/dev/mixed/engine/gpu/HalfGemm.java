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
        if (fits(m, n, k, a, b)) {
            GemmPlan plan = GemmPlan.of(outer * inner, GpuGemm.paddedRows(m), GpuGemm.paddedColumns(n), k, 1);
            tiled(out, plan, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride, 0);
        } else {
            HalfGemmPlain.product(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride);
        }
    }

    /** Whether the operands' rows can be loaded 4 halves at a time. */
    static boolean fits(int m, int n, int k, Operand a, Operand b) {
        return fits(a, a.transposed() ? m : k) && fits(b, b.transposed() ? k : n);
    }

    private static boolean fits(Operand operand, int row) {
        return row % LOAD == 0 && operand.ld() % LOAD == 0 && operand.outerStride() % LOAD == 0 && operand.innerStride() % LOAD == 0
                && operand.buffer().elements() % LOAD == 0;
    }

    /**
     * The product by a plan whose parts of k lie {@code splitStride} elements of c apart; their sum is the result.
     *
     * <p>The kernels' sizes: m, n, k; longs from row to row of a and b, elements of c; inner; longs to the next outer and inner batch entry of
     * a and b, elements of c; parts of k, their depth, elements of c from one to the next.
     */
    static void tiled(LoweredLaunches out, GemmPlan plan, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride, int splitStride) {
        int perSplit = Math.ceilDiv(Math.ceilDiv(k, plan.splits()), HalfTiles.DEPTH) * HalfTiles.DEPTH;
        Buffer sizes = out.ints(m, n, k, a.ld() / LOAD, b.ld() / LOAD, ldc, inner, loads(a.outerStride()), loads(a.innerStride()),
                loads(b.outerStride()), loads(b.innerStride()), cOuterStride, cInnerStride, plan.splits(), perSplit, splitStride);
        Grid grid = new Grid(GpuGemm.paddedColumns(n) / plan.edge(), GpuGemm.paddedRows(m) / plan.edge(), outer * inner * plan.splits(), HalfTiles.THREADS);
        out.launch(plan.edge() == HalfGemm128.EDGE ? LARGE : SMALL).readLongs(a.buffer()).readLongs(b.buffer()).write(c).read(sizes)
                .flag(!a.transposed()).flag(b.transposed()).over(grid);
    }

    private static int loads(long elements) {
        return Math.toIntExact(elements / LOAD);
    }
}
