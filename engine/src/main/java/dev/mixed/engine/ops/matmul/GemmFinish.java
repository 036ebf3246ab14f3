package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.gelu.Gelu;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What follows a product in F32 scratch c: the sum over the parts of k, a bias, what the result held before, GELU, and the cast.
 *
 * <p>Two neighbouring elements a thread, a row along y, a batch entry along z. {@code sizes}: m, n, elements of c to the next row, batch entry and
 * part of k, the parts, whether to add what the result holds, rows in the grid, whether to apply GELU, whether c is tiled.
 */
final class GemmFinish {
    private static final Kernel TO_FLOAT = Kernel.grid("gemm_finish.f32", GemmFinish::toFloat);
    private static final Kernel TO_HALF = Kernel.grid("gemm_finish.f16", GemmFinish::toHalf);
    private static final Kernel BIAS = Kernel.grid("gemm_finish_bias.f16", GemmFinish::addBias);
    private static final Kernel BIAS_GELU = Kernel.grid("gemm_finish_bias_gelu.f16", GemmFinish::addBiasGelu);
    private static final int MOST_THREADS = 128;
    private static final int WARP = 32;
    private static final int MOST_ROWS = 65_535;

    private GemmFinish() {
    }

    /** Where a product lies: {@code batch} of [m, n], in parts of k that are to be summed; tiled: in the order of {@link HalfTileFinish}. */
    record Scratch(Buffer buffer, int batch, int m, int n, int ld, int batchStride, int splits, int splitStride, boolean tiled) {
    }

    /** dst = c, or dst += c; F32 or F16 [batch, m, n]. */
    static void cast(LoweredLaunches out, Scratch c, Buffer dst, boolean accumulate) {
        var launch = out.launch(dst.dtype() == DType.F32 ? TO_FLOAT : TO_HALF).read(c.buffer);
        (accumulate ? launch.update(dst) : launch.write(dst)).read(sizes(out, c, accumulate, false)).over(grid(c));
    }

    /** dst = c + bias, or GELU of that; all F16, bias [n]. */
    static void bias(LoweredLaunches out, Scratch c, Buffer bias, Buffer dst, boolean gelu) {
        out.launch(BIAS).read(c.buffer).read(bias).write(dst).read(sizes(out, c, false, gelu)).over(grid(c));
    }

    /** dst = c + bias and activated = GELU(dst); all F16, bias [n]. */
    static void biasGelu(LoweredLaunches out, Scratch c, Buffer bias, Buffer dst, Buffer activated) {
        out.launch(BIAS_GELU).read(c.buffer).read(bias).write(dst).write(activated).read(sizes(out, c, false, true)).over(grid(c));
    }

    private static Buffer sizes(LoweredLaunches out, Scratch c, boolean accumulate, boolean gelu) {
        return out.ints(c.m, c.n, c.ld, c.batchStride, c.splitStride, c.splits, accumulate ? 1 : 0, grid(c).blocksY(), gelu ? 1 : 0, c.tiled ? 1 : 0);
    }

    private static Grid grid(Scratch c) {
        int pairs = Math.ceilDiv(c.n, 2);
        int threads = Math.min(MOST_THREADS, Math.ceilDiv(pairs, WARP) * WARP);
        return new Grid(Math.ceilDiv(pairs, threads), Math.min(c.m, MOST_ROWS), c.batch, threads);
    }

    private static int from(int row, int column, IntArray sizes) {
        return sizes.get(9) != 0 ? HalfTileFinish.at(row, column, sizes.get(2)) : row * sizes.get(2) + column;
    }

    /** dst = c, or dst += c where sizes say so: the parts of F32 c added up, to F32 [batch, m, n]. */
    public static void toFloat(KernelContext context, FloatArray c, FloatArray dst, IntArray sizes) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int toPart = sizes.get(4);
        int parts = sizes.get(5);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            for (int row = context.groupIdy; row < m; row += sizes.get(7)) {
                int from = context.groupIdz * sizes.get(3) + from(row, column, sizes);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                if (sizes.get(6) != 0) {
                    first += dst.get(to);
                    second += dst.get(to + next);
                }
                dst.set(to, first);
                dst.set(to + next, second);
            }
        }
    }

    /** {@link #toFloat} to F16 [batch, m, n]. */
    public static void toHalf(KernelContext context, FloatArray c, HalfFloatArray dst, IntArray sizes) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int toPart = sizes.get(4);
        int parts = sizes.get(5);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            for (int row = context.groupIdy; row < m; row += sizes.get(7)) {
                int from = context.groupIdz * sizes.get(3) + from(row, column, sizes);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                if (sizes.get(6) != 0) {
                    first += dst.get(to).getFloat32();
                    second += dst.get(to + next).getFloat32();
                }
                HalfFloat firstHalf = new HalfFloat(first);
                HalfFloat secondHalf = new HalfFloat(second);
                dst.set(to, firstHalf);
                dst.set(to + next, secondHalf);
            }
        }
    }

    /** dst = c + bias, or GELU of that where sizes say so; F16 [batch, m, n], bias [n]. */
    public static void addBias(KernelContext context, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, IntArray sizes) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int toPart = sizes.get(4);
        int parts = sizes.get(5);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            float firstBias = bias.get(column).getFloat32();
            float secondBias = bias.get(column + next).getFloat32();
            for (int row = context.groupIdy; row < m; row += sizes.get(7)) {
                int from = context.groupIdz * sizes.get(3) + from(row, column, sizes);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                first += firstBias;
                second += secondBias;
                if (sizes.get(8) != 0) {
                    first = Gelu.value(first);
                    second = Gelu.value(second);
                }
                HalfFloat firstHalf = new HalfFloat(first);
                HalfFloat secondHalf = new HalfFloat(second);
                dst.set(to, firstHalf);
                dst.set(to + next, secondHalf);
            }
        }
    }

    /** dst = c + bias and activated = GELU(dst); F16 [batch, m, n], bias [n]. */
    public static void addBiasGelu(KernelContext context, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated, IntArray sizes) {
        int m = sizes.get(0);
        int n = sizes.get(1);
        int toPart = sizes.get(4);
        int parts = sizes.get(5);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            float firstBias = bias.get(column).getFloat32();
            float secondBias = bias.get(column + next).getFloat32();
            for (int row = context.groupIdy; row < m; row += sizes.get(7)) {
                int from = context.groupIdz * sizes.get(3) + from(row, column, sizes);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                first += firstBias;
                second += secondBias;
                HalfFloat firstHalf = new HalfFloat(first);
                HalfFloat secondHalf = new HalfFloat(second);
                dst.set(to, firstHalf);
                dst.set(to + next, secondHalf);
                float firstActivated = Gelu.value(first);
                float secondActivated = Gelu.value(second);
                HalfFloat firstActivatedHalf = new HalfFloat(firstActivated);
                HalfFloat secondActivatedHalf = new HalfFloat(secondActivated);
                activated.set(to, firstActivatedHalf);
                activated.set(to + next, secondActivatedHalf);
            }
        }
    }
}
