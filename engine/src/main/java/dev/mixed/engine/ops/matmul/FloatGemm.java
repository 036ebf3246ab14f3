package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.Tile;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;

/**
 * Products of F32 matrices with F32 arithmetic, on the GPU's ordinary cores: c = op(a) op(b), batched.
 *
 * <p>Sizes, strides and what is added come from a constant buffer, so there is one kernel for each layout and tile size. Where tiles are too
 * few to fill the device, the depth is cut into parts whose sums a second kernel adds in order: the same sizes give the same bits.
 */
public final class FloatGemm {
    private static final Kernel PRODUCT = Kernel.grid("gpu_matmul.f32", FloatGemmKernels::product);
    private static final Kernel SUM_PARTS = Kernel.grid("gpu_matmul_parts.f32", FloatGemmKernels::sumParts);
    private static final int SUM_THREADS = 256;
    /** Multiprocessors of the GPU that parts are planned for (H100, H200); another number costs time, not correctness. */
    private static final int PROCESSORS = 132;
    private static final int MAX_PARTS = 64;
    private static final int MIN_PART_DEPTH = 64;
    private static final long MAX_PARTS_BYTES = 256L << 20;

    private FloatGemm() {
    }

    /** Where results go: c[o, i] at {@code o * outerStride + i * innerStride} is the product, plus c if accumulate, plus bias [n] if not null. */
    record Result(Buffer buffer, int ld, int outerStride, int innerStride, boolean accumulate, Buffer bias) {
    }

    /** A size of tile and the block that computes one. */
    enum Tile {
        LARGE(FloatGemmKernels.LARGE, FloatGemmKernels.LARGE_DEPTH, FloatGemmKernels.LARGE_PITCH, 1, 0.7),
        SMALL(FloatGemmKernels.SMALL, FloatGemmKernels.SMALL_DEPTH, FloatGemmKernels.SMALL_PITCH, 0.8, 0.2);

        final int side;
        final int depth;
        final int pitch;
        /** Speed of a multiprocessor that is full of such blocks, the large tile's being 1. */
        final double full;
        /** Speed that a block reaches alone. */
        final double alone;

        Tile(int side, int depth, int pitch, double full, double alone) {
            this.side = side;
            this.depth = depth;
            this.pitch = pitch;
            this.full = full;
            this.alone = alone;
        }

        int threads() {
            return side / FloatGemmKernels.PER_THREAD * (side / FloatGemmKernels.PER_THREAD);
        }

        long tiles(int m, int n) {
            return (long) Math.ceilDiv(m, side) * Math.ceilDiv(n, side);
        }
    }

    /** A tile size and a number of parts of the depth. */
    record Plan(Tile tile, int parts, int partDepth) {
        /** The cheapest by a rough model of the device's time. */
        static Plan of(int batch, int m, int n, int k) {
            Plan best = null;
            double least = Double.POSITIVE_INFINITY;
            for (Tile tile : Tile.values()) {
                for (int parts = 1; parts <= MAX_PARTS; parts++) {
                    int partDepth = Math.ceilDiv(Math.ceilDiv(k, parts), tile.depth) * tile.depth;
                    long bytes = (long) parts * batch * m * n * Float.BYTES;
                    if (parts > 1 && (partDepth < MIN_PART_DEPTH || bytes > MAX_PARTS_BYTES || (long) (parts - 1) * partDepth >= k)) {
                        continue;
                    }
                    double seconds = seconds(tile, batch * tile.tiles(m, n) * parts, partDepth, parts == 1 ? 0 : bytes);
                    if (seconds < least) {
                        least = seconds;
                        best = new Plan(tile, parts, partDepth);
                    }
                }
            }
            return best;
        }

        /** 30 TFLOP/s when full; parts are written and read at 2 TB/s, after a launch of 3 microseconds. */
        private static double seconds(Tile tile, long blocks, int depth, long partBytes) {
            double block = 2.0 * tile.side * tile.side * depth / (30e12 / PROCESSORS);
            double products = Math.max(Math.ceilDiv(blocks, PROCESSORS) * block / tile.full, block / tile.alone);
            return products + (partBytes == 0 ? 0 : 3e-6 + 2 * partBytes / 2e12);
        }
    }

    /** Whether the sizes fit: blocks and elements are numbered by int. */
    public static boolean fits(int outer, int inner, int m, int n) {
        return (long) outer * inner * m * n <= Integer.MAX_VALUE - SUM_THREADS
                && (long) outer * inner * Tile.SMALL.tiles(m, n) * MAX_PARTS * 64 <= Integer.MAX_VALUE;
    }

    /** As {@link GpuGemm#product}, for F32 operands; c needs no padding. */
    static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
                        int cOuterStride, int cInnerStride) {
        product(out, outer, inner, m, n, k, a, b, new Result(c, ldc, cOuterStride, cInnerStride, false, null));
    }

    /** Emits c = op(a) op(b) for outer x inner products of [m, k] and [k, n], all at least 1. */
    static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Result c) {
        product(out, Plan.of(outer * inner, m, n, k), outer, inner, m, n, k, a, b, c);
    }

    /** The same by a given plan. */
    static void product(LoweredLaunches out, Plan plan, int outer, int inner, int m, int n, int k, Operand a, Operand b, Result c) {
        if (plan.parts == 1) {
            emit(out, plan, outer, inner, m, n, k, a, b, c);
            return;
        }
        int entry = m * n;
        int total = outer * inner * entry;
        Result parts = new Result(out.scratch(DType.F32, plan.parts * total), n, inner * entry, entry, false, null);
        emit(out, plan, outer, inner, m, n, k, a, b, parts);
        Buffer constants = out.ints(constants(plan, outer, inner, m, n, k, a, b, c));
        Launch.Builder sum = out.launch(SUM_PARTS).read(parts.buffer).read(bias(out, c));
        (c.accumulate ? sum.update(c.buffer) : sum.write(c.buffer)).read(constants)
                .over(Grid.perElement(total, SUM_THREADS));
    }

    private static void emit(LoweredLaunches out, Plan plan, int outer, int inner, int m, int n, int k, Operand a, Operand b, Result c) {
        Tile tile = plan.tile;
        Launch.Builder launch = out.launch(PRODUCT).read(a.buffer()).read(b.buffer()).read(bias(out, c));
        (c.accumulate ? launch.update(c.buffer) : launch.write(c.buffer)).read(out.ints(constants(plan, outer, inner, m, n, k, a, b, c)))
                .flag(a.transposed()).flag(b.transposed()).ints(tile.side, tile.depth, tile.pitch)
                .over(Grid.of(Math.toIntExact(outer * inner * tile.tiles(m, n) * plan.parts), tile.threads()));
    }

    private static Buffer bias(LoweredLaunches out, Result c) {
        return c.bias == null ? out.floats(0f) : c.bias;
    }

    private static int[] constants(Plan plan, int outer, int inner, int m, int n, int k, Operand a, Operand b, Result c) {
        int[] s = new int[FloatGemmKernels.CONSTANTS];
        s[FloatGemmKernels.M] = m;
        s[FloatGemmKernels.N] = n;
        s[FloatGemmKernels.K] = k;
        s[FloatGemmKernels.LDA] = a.ld();
        s[FloatGemmKernels.LDB] = b.ld();
        s[FloatGemmKernels.LDC] = c.ld();
        s[FloatGemmKernels.INNER] = inner;
        s[FloatGemmKernels.A_OUTER] = Math.toIntExact(a.outerStride());
        s[FloatGemmKernels.A_INNER] = Math.toIntExact(a.innerStride());
        s[FloatGemmKernels.B_OUTER] = Math.toIntExact(b.outerStride());
        s[FloatGemmKernels.B_INNER] = Math.toIntExact(b.innerStride());
        s[FloatGemmKernels.C_OUTER] = c.outerStride;
        s[FloatGemmKernels.C_INNER] = c.innerStride;
        s[FloatGemmKernels.SPLITS] = plan.parts;
        s[FloatGemmKernels.SPLIT_DEPTH] = plan.partDepth;
        s[FloatGemmKernels.C_SPLIT] = outer * inner * m * n;
        s[FloatGemmKernels.ACCUMULATE] = c.accumulate ? 1 : 0;
        s[FloatGemmKernels.BIAS] = c.bias == null ? 0 : 1;
        return s;
    }
}
