package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;

/** Products of F16 matrices: on tensor cores where their rows can be loaded 8 bytes at a time. */
public final class HalfGemm {
    private static final Kernel LARGE = Kernel.grid("gemm_128.f16", HalfGemm128::multiply);
    private static final Kernel LARGE_EARLY = Kernel.grid("gemm_128_early.f16", HalfGemm128Early::multiply);
    private static final Kernel SMALL = Kernel.grid("gemm_64.f16", HalfGemm64::multiply);
    /** Halves in a load. */
    private static final int LOAD = 4;

    private HalfGemm() {
    }

    /** As {@link GpuGemm#product}, for F16 operands. */
    public static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride) {
        if (fits(m, n, k, a, b)) {
            GemmPlan plan = GemmPlan.of(outer * inner, GpuGemm.paddedRows(m), GpuGemm.paddedColumns(n), k, 1);
            tiled(out, plan, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride, 0);
        } else {
            HalfGemmPlain.product(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride);
        }
    }

    /** Whether the operands' rows can be loaded 4 halves at a time. */
    public static boolean fits(int m, int n, int k, Operand a, Operand b) {
        return fits(a, a.transposed() ? m : k) && fits(b, b.transposed() ? k : n);
    }

    private static boolean fits(Operand operand, int row) {
        return row % LOAD == 0 && operand.ld() % LOAD == 0 && operand.outerStride() % LOAD == 0 && operand.innerStride() % LOAD == 0
                && operand.buffer().elements() % LOAD == 0;
    }

    /** The product by a plan whose parts of k lie {@code splitStride} elements of c apart; their sum is the result. */
    public static void tiled(LoweredLaunches out, GemmPlan plan, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride, int splitStride) {
        sum(out, plan, outer * inner, m, n, a, b, c, HalfTileFinish.NONE,
                sizes(out, plan, inner, m, n, k, a, b, ldc, cOuterStride, cInnerStride, splitStride, false, false, 0, 0, 0));
    }

    /**
     * As {@link #tiled}, for {@link GemmFinish}: c is scratch of {@code batch} padded results in parts, in the order of {@link HalfTileFinish} where
     * the plan's tiles are large.
     */
    public static void parts(LoweredLaunches out, GemmPlan plan, int batch, int m, int n, int k, Operand a, Operand b, Buffer c) {
        int ldc = GpuGemm.paddedColumns(n);
        int stride = GpuGemm.paddedRows(m) * ldc;
        sum(out, plan, batch, m, n, a, b, c, plan.large() ? HalfTileFinish.PARTS : HalfTileFinish.NONE,
                sizes(out, plan, 1, m, n, k, a, b, ldc, plan.splits() * stride, 0, stride, false, false, 0, 0, 0));
    }

    private static void sum(LoweredLaunches out, GemmPlan plan, int batch, int m, int n, Operand a, Operand b, Buffer c, int finish, Buffer sizes) {
        Launch.Builder launch = plan.large() && a.transposed()
                ? out.launch(LARGE_EARLY).readLongs(a.buffer()).readLongs(b.buffer()).write(c)
                : start(out, plan, a, b, c).write(unused(out)).write(unused(out)).write(unused(out));
        launch.read(sizes).flag(!a.transposed()).flag(b.transposed()).ints(finish).over(grid(plan, batch, m, n));
    }

    /** dst = a b in F16, or dst += a b; dst is [batch, m, n], c F32 scratch of one padded result per batch entry. */
    public static void toHalf(LoweredLaunches out, GemmPlan plan, int batch, int m, int n, int k, Operand a, Operand b, Buffer c, Buffer dst, boolean accumulate) {
        var launch = start(out, plan, a, b, c).write(unused(out));
        (accumulate ? launch.update(dst) : launch.write(dst)).write(unused(out)).read(sizes(out, plan, m, n, k, a, b, accumulate, false))
                .flag(!a.transposed()).flag(b.transposed()).ints(HalfTileFinish.CAST).over(grid(plan, batch, m, n));
    }

    /**
     * {@link GpuGemm#product} into F16 dst, of which it writes m rows of n halves for each result, {@code dstRow} apart; for operands that fit. In small
     * tiles, which are those of a head's columns; large ones only finish results that lie one after the other.
     */
    public static void toHalf(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer dst, int dstRow, int dstOuterStride,
            int dstInnerStride) {
        int rows = GpuGemm.paddedRows(m);
        int columns = GpuGemm.paddedColumns(n);
        GemmPlan plan = new GemmPlan(HalfGemm64.EDGE, 1);
        Buffer c = out.scratch(DType.F32, Math.toIntExact((long) outer * inner * rows * columns));
        Buffer sizes = sizes(out, plan, inner, m, n, k, a, b, columns, inner * rows * columns, rows * columns, 0, false, false, dstOuterStride,
                dstInnerStride, dstRow);
        start(out, plan, a, b, c).write(unused(out)).write(dst).write(unused(out)).read(sizes).flag(!a.transposed()).flag(b.transposed())
                .ints(HalfTileFinish.CAST).over(grid(plan, outer * inner, m, n));
    }

    /** dst = a b + bias in F16, or GELU of that; otherwise as {@link #toHalf}. */
    public static void toHalfWithBias(LoweredLaunches out, GemmPlan plan, int batch, int m, int n, int k, Operand a, Operand b, Buffer c, Buffer bias, Buffer dst,
            boolean gelu) {
        start(out, plan, a, b, c).read(bias).write(dst).write(unused(out)).read(sizes(out, plan, m, n, k, a, b, false, gelu))
                .flag(!a.transposed()).flag(b.transposed()).ints(HalfTileFinish.BIAS).over(grid(plan, batch, m, n));
    }

    /** dst = a b + bias and activated = GELU(dst) in F16; otherwise as {@link #toHalf}. */
    public static void toHalfWithBiasAndGelu(LoweredLaunches out, GemmPlan plan, int batch, int m, int n, int k, Operand a, Operand b, Buffer c, Buffer bias,
            Buffer dst, Buffer activated) {
        start(out, plan, a, b, c).read(bias).write(dst).write(activated).read(sizes(out, plan, m, n, k, a, b, false, true))
                .flag(!a.transposed()).flag(b.transposed()).ints(HalfTileFinish.BIAS_GELU).over(grid(plan, batch, m, n));
    }

    private static Launch.Builder start(LoweredLaunches out, GemmPlan plan, Operand a, Operand b, Buffer c) {
        return out.launch(plan.large() ? LARGE : SMALL).readLongs(a.buffer()).readLongs(b.buffer()).write(c);
    }

    /** Stands for an argument without use; each is one of its own, as TornadoVM can't order a task that gets a written array twice. */
    private static Buffer unused(LoweredLaunches out) {
        return out.scratch(DType.F16, LOAD);
    }

    private static Grid grid(GemmPlan plan, int batch, int m, int n) {
        return new Grid(GpuGemm.paddedColumns(n) / plan.edge(), GpuGemm.paddedRows(m) / plan.edge(), batch * plan.splits(), HalfTiles.THREADS);
    }

    private static Buffer sizes(LoweredLaunches out, GemmPlan plan, int m, int n, int k, Operand a, Operand b, boolean accumulate, boolean gelu) {
        int ldc = GpuGemm.paddedColumns(n);
        return sizes(out, plan, 1, m, n, k, a, b, ldc, GpuGemm.paddedRows(m) * ldc, 0, 0, accumulate, gelu, m * n, 0, n);
    }

    /**
     * The kernels' sizes: m, n, k; longs from row to row of a and b, elements of c; inner; longs to the next outer and inner batch entry of a and
     * b, elements of c; parts of k, their depth, elements of c from one to the next; whether to accumulate; whether to apply GELU; halves to dst's next outer and inner
     * batch entry and its next row, for small tiles.
     */
    private static Buffer sizes(LoweredLaunches out, GemmPlan plan, int inner, int m, int n, int k, Operand a, Operand b, int ldc,
            int cOuterStride, int cInnerStride, int splitStride, boolean accumulate, boolean gelu, int dstOuterStride,
            int dstInnerStride, int dstRow) {
        int perSplit = Math.ceilDiv(Math.ceilDiv(k, plan.splits()), HalfTiles.DEPTH) * HalfTiles.DEPTH;
        return out.ints(m, n, k, a.ld() / LOAD, b.ld() / LOAD, ldc, inner, loads(a.outerStride()), loads(a.innerStride()), loads(b.outerStride()),
                loads(b.innerStride()), cOuterStride, cInnerStride, plan.splits(), perSplit, splitStride, accumulate ? 1 : 0, gelu ? 1 : 0,
                dstOuterStride, dstInnerStride, dstRow);
    }

    private static int loads(long elements) {
        return Math.toIntExact(elements / LOAD);
    }
}
