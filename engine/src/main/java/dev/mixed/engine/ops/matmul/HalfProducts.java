// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Epilogue;
import dev.mixed.engine.ops.matmul.Product.Result;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Products of F16 matrices: on tensor cores where their rows can be loaded {@link Layout#LOAD} halves at a time, otherwise on ordinary cores. */
final class HalfProducts {
    private static final Kernel LARGE = Kernel.grid("gemm_128.f16", MatmulGridMma128::multiply);
    private static final Kernel LARGE_EARLY = Kernel.grid("gemm_128_early.f16", MatmulGridMma128Early::multiply);
    private static final Kernel SMALL = Kernel.grid("gemm_64.f16", MatmulGridMma64::multiply);
    private static final Kernel PLAIN = Kernel.grid("gemm_plain.f16", MatmulGrid::plain);
    private static final KernelPair CAST = new KernelPair(Kernel.grid("gemm_finish.f32", MatmulGridEpilogue::cast),
            Kernel.grid("gemm_finish.f16", MatmulGridEpilogueHalf::cast));
    private static final Kernel BIAS = Kernel.grid("gemm_finish_bias.f16", MatmulGridEpilogue::bias);
    private static final Kernel BIAS_GELU = Kernel.grid("gemm_finish_bias_gelu.f16", MatmulGridEpilogue::biasGelu);
    private static final int WARP = 32;
    private static final int MOST_EPILOGUE_THREADS = 128;

    private HalfProducts() {
    }

    /**
     * The edge of a product's tiles of c, and in how many parts of k it is computed.
     *
     * <p>Few tiles leave a GPU idle; then smaller ones, or several sums over parts of k, pay. The plan of the least estimated time is taken; the
     * estimate stands for a GPU with the figures of NVIDIA's H100 and H200.
     */
    record Plan(int edge, int parts) {
        private static final int PROCESSORS = 132;
        /** Microseconds of a step along k where a processor holds as many blocks as it can, in large and in small tiles. */
        private static final double LARGE_STEP = 0.95;
        private static final double SMALL_STEP = 0.8;
        /** What part of a step's time remains where a processor holds hardly any blocks. */
        private static final double LATENCY = 0.4;
        private static final int LARGE_BLOCKS = 2;
        private static final int SMALL_BLOCKS = 4;
        /** Steps that a block's start and end cost. */
        private static final int OVERHEAD = 4;
        /** Steps that a part of k has at least. */
        private static final int LEAST_STEPS = 8;
        /** F32 elements of partial sums that are written and read again in a microsecond. */
        private static final double ELEMENTS = 400_000;
        private static final int[] PARTS = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32};

        /** The plan for a product whose parts are summed up afterwards. */
        static Plan of(Product p) {
            return of(p, Integer.MAX_VALUE);
        }

        private static Plan of(Product p, int mostParts) {
            return of(p.batch(), Product.padded(p.m()), Product.padded(p.n()), p.k(), mostParts);
        }

        /**
         * The plan for {@code batch} products of depth k with results of {@code rows} x {@code columns}, padding included.
         *
         * @param mostParts the most parts of k; 1 where the result is not summed up afterwards
         */
        static Plan of(int batch, int rows, int columns, int k, int mostParts) {
            Plan best = null;
            double least = Double.MAX_VALUE;
            for (int edge : new int[] {MatmulGridMma128.EDGE, MatmulGridMma64.EDGE}) {
                if (rows % edge != 0 || columns % edge != 0) {
                    continue;
                }
                long tiles = (long) batch * (rows / edge) * (columns / edge);
                for (int parts : PARTS) {
                    int steps = Math.ceilDiv(Math.ceilDiv(k, MatmulGridMmaTiles.DEPTH), parts);
                    if (parts > 1 && (parts > mostParts || steps < LEAST_STEPS || batch * parts > Grid.MAX_BLOCKS_YZ)) {
                        break;
                    }
                    double time = time(tiles * parts, steps + OVERHEAD, edge == MatmulGridMma128.EDGE)
                            + (parts - 1) * ((double) batch * rows * columns) / ELEMENTS;
                    if (time < least) {
                        least = time;
                        best = new Plan(edge, parts);
                    }
                }
            }
            return Objects.requireNonNull(best, "padded results are whole small tiles");
        }

        /** Microseconds of so many blocks, in waves of as many as the GPU holds. */
        private static double time(long blocks, int steps, boolean large) {
            int room = large ? LARGE_BLOCKS : SMALL_BLOCKS;
            double step = large ? LARGE_STEP : SMALL_STEP;
            long waves = blocks / ((long) room * PROCESSORS);
            long left = Math.ceilDiv(blocks - waves * room * PROCESSORS, (long) PROCESSORS);
            double last = left == 0 ? 0 : step * (LATENCY + (1 - LATENCY) * left / room);
            return steps * (waves * step + last);
        }

        private boolean large() {
            return edge == MatmulGridMma128.EDGE;
        }

        int partDepth(int k) {
            return Math.ceilDiv(Math.ceilDiv(k, parts), MatmulGridMmaTiles.DEPTH) * MatmulGridMmaTiles.DEPTH;
        }
    }

    /** Whether an array holds all that is padded, and a grid has blocks for it; a plan of null is that of ordinary cores. */
    static boolean fits(Product p, @Nullable Plan plan) {
        long results = (long) p.batch() * (plan == null ? 1 : plan.parts);
        return results <= Grid.MAX_BLOCKS_YZ && Product.padded(p.m()) / Product.SMALL_TILE <= Grid.MAX_BLOCKS_YZ
                && (double) results * Product.padded(p.m()) * Product.padded(p.n()) <= Integer.MAX_VALUE;
    }

    /** Emits products whose results lie one after the other, with their epilogue, by a plan that {@link #fits}. */
    static void emit(Product p, @Nullable Plan plan, LoweredLaunches out) {
        if (plan == null) {
            int entry = p.m() * p.n();
            Result sums = new Result(out.scratch(DType.F32, p.batch() * entry), p.n(), p.inner() * entry, entry);
            Layout layout = Layout.of(p).through(sums);
            plain(p, sums.buffer(), layout.buffer(out), out);
            epilogue(p, sums, layout, false, out);
        } else if (plan.parts == 1 && p.c().buffer().dtype() == DType.F16) {
            withEpilogue(p, plan, out);
        } else if (plan.parts == 1 && !p.epilogue().accumulate() && Product.padded(p.m()) == p.m() && Product.padded(p.n()) == p.n()) {
            inTiles(p, plan, 0, out);
        } else {
            inParts(p, plan, out);
        }
    }

    /** Emits products into F32 that has room for padding. */
    static void emitPadded(Product p, LoweredLaunches out) {
        if (p.onTensorCores()) {
            inTiles(p, Plan.of(p, 1), 0, out);
        } else {
            plain(p, p.c().buffer(), Layout.of(p).buffer(out), out);
        }
    }

    /** Emits products into F16 rows that may lie apart, such as those of a head: small tiles alone know where a row begins. */
    static void emitInSmallTiles(Product p, LoweredLaunches out) {
        withEpilogue(p, new Plan(MatmulGridMma64.EDGE, 1), out);
    }

    /** Sums as they are, the parts of each {@code toPart} elements of c apart. */
    static void inTiles(Product p, Plan plan, int toPart, LoweredLaunches out) {
        Buffer layout = Layout.inLoads(p).parts(plan.parts, plan.partDepth(p.k()), toPart).buffer(out);
        sums(p, plan, p.c().buffer(), MatmulGridEpilogue.NONE, layout, out);
    }

    /** Sums over parts of k, and then the epilogue. */
    private static void inParts(Product p, Plan plan, LoweredLaunches out) {
        int part = Product.padded(p.m()) * Product.padded(p.n());
        Result parts = scratch(p, plan, out);
        Layout layout = Layout.inLoads(p).through(parts).parts(plan.parts, plan.partDepth(p.k()), part);
        sums(p, plan, parts.buffer(), plan.large() ? MatmulGridEpilogue.PARTS : MatmulGridEpilogue.NONE, layout.buffer(out), out);
        epilogue(p, parts, layout, plan.large(), out);
    }

    private static void sums(Product p, Plan plan, Buffer c, int kind, Buffer layout, LoweredLaunches out) {
        Launch.Builder launch = plan.large() && p.a().transposed() ? tiles(LARGE_EARLY, p, c, out)
                : tiles(plan.large() ? LARGE : SMALL, p, c, out).write(unused(out)).write(unused(out)).write(unused(out));
        over(launch, p, plan, kind, layout);
    }

    /** Sums and their epilogue in one kernel. */
    private static void withEpilogue(Product p, Plan plan, LoweredLaunches out) {
        Epilogue epilogue = p.epilogue();
        int kind = epilogue.bias() == null ? MatmulGridEpilogue.CAST : epilogue.activated() == null ? MatmulGridEpilogue.BIAS : MatmulGridEpilogue.BIAS_GELU;
        Result sums = scratch(p, plan, out);
        Launch.Builder launch = tiles(plan.large() ? LARGE : SMALL, p, sums.buffer(), out);
        launch = epilogue.bias() == null ? launch.write(unused(out)) : launch.read(epilogue.bias());
        launch = store(launch, p).write(epilogue.activated() == null ? unused(out) : epilogue.activated());
        over(launch, p, plan, kind, Layout.inLoads(p).through(sums).parts(1, plan.partDepth(p.k()), 0).buffer(out));
    }

    private static Launch.Builder tiles(Kernel kernel, Product p, Buffer c, LoweredLaunches out) {
        return out.launch(kernel).readLongs(p.a().buffer()).readLongs(p.b().buffer()).write(c);
    }

    private static void over(Launch.Builder launch, Product p, Plan plan, int kind, Buffer layout) {
        launch.read(layout).flag(!p.a().transposed()).flag(p.b().transposed()).ints(kind).over(new Grid(Product.padded(p.n()) / plan.edge,
                Product.padded(p.m()) / plan.edge, p.batch() * plan.parts, MatmulGridMmaTiles.THREADS));
    }

    private static void plain(Product p, Buffer c, Buffer layout, LoweredLaunches out) {
        out.launch(PLAIN).read(p.a().buffer()).read(p.b().buffer()).write(c).read(layout)
                .over(new Grid(Math.ceilDiv(p.m() * p.n(), MatmulGrid.PLAIN_WARPS), 1, p.batch(), MatmulGrid.PLAIN_WARPS * WARP));
    }

    /** The epilogue as a kernel of its own, of sums in scratch; tiled: in the order of {@link MatmulGridEpilogue}. */
    private static void epilogue(Product p, Result sums, Layout layout, boolean tiled, LoweredLaunches out) {
        int pairs = Math.ceilDiv(p.n(), 2);
        int threads = Math.min(MOST_EPILOGUE_THREADS, Math.ceilDiv(pairs, WARP) * WARP);
        Grid grid = new Grid(Math.ceilDiv(pairs, threads), Math.min(p.m(), Grid.MAX_BLOCKS_YZ), p.batch(), threads);
        Epilogue epilogue = p.epilogue();
        Kernel kernel = epilogue.bias() == null ? CAST.of(p.c().buffer().dtype()) : epilogue.activated() == null ? BIAS : BIAS_GELU;
        Launch.Builder launch = out.launch(kernel).read(sums.buffer());
        if (epilogue.bias() != null) {
            launch.read(epilogue.bias());
        }
        store(launch, p);
        if (epilogue.activated() != null) {
            launch.write(epilogue.activated());
        }
        launch.read(layout.epilogue(grid.blocksY(), tiled).buffer(out)).over(grid);
    }

    private static Launch.Builder store(Launch.Builder launch, Product p) {
        return p.epilogue().accumulate() ? launch.update(p.c().buffer()) : launch.write(p.c().buffer());
    }

    /** F32 scratch for padded results in parts. */
    private static Result scratch(Product p, Plan plan, LoweredLaunches out) {
        int row = Product.padded(p.n());
        int entry = plan.parts * Product.padded(p.m()) * row;
        return new Result(out.scratch(DType.F32, Math.toIntExact((long) p.batch() * entry)), row, p.inner() * entry, entry);
    }

    /** Stands for an argument without use; each is one of its own, as TornadoVM can't order a task that gets a written array twice. */
    private static Buffer unused(LoweredLaunches out) {
        return out.scratch(DType.F16, Layout.LOAD);
    }
}
