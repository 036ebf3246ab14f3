// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Result;
import java.util.Objects;

/**
 * Products of F32 matrices with F32 arithmetic, on the GPU's ordinary cores.
 *
 * <p>One kernel serves each layout and tile size. Where tiles are too few to fill the device, the depth is cut into parts whose sums a second kernel
 * adds in order: the same sizes give the same bits.
 */
final class FloatProducts {
    private static final Kernel PRODUCT = Kernel.grid("gpu_matmul.f32", MatmulGrid::product);
    private static final Kernel SUM_PARTS = Kernel.grid("gpu_matmul_parts.f32", MatmulGridEpilogue::sumParts);
    private static final int SUM_THREADS = 256;
    /** Multiprocessors of the GPU that parts are planned for (H100, H200); another number costs time, not correctness. */
    private static final int PROCESSORS = 132;
    private static final int MAX_PARTS = 64;
    private static final int MIN_PART_DEPTH = 64;
    private static final long MAX_PARTS_BYTES = 256L << 20;

    private FloatProducts() {
    }

    /** A size of tile and the block that computes one. */
    enum Tile {
        LARGE(MatmulGrid.LARGE, MatmulGrid.LARGE_DEPTH, MatmulGrid.LARGE_PITCH, 1, 0.7),
        SMALL(MatmulGrid.SMALL, MatmulGrid.SMALL_DEPTH, MatmulGrid.SMALL_PITCH, 0.8, 0.2);

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
            return side / MatmulGrid.PER_THREAD * (side / MatmulGrid.PER_THREAD);
        }

        long tiles(int m, int n) {
            return (long) Math.ceilDiv(m, side) * Math.ceilDiv(n, side);
        }
    }

    /** A tile size and a number of parts of the depth. */
    record Plan(Tile tile, int parts, int partDepth) {
        static Plan of(Product p) {
            return of(p.batch(), p.m(), p.n(), p.k());
        }

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
            return Objects.requireNonNull(best, "one part is always possible");
        }

        /** 30 TFLOP/s when full; parts are written and read at 2 TB/s, after a launch of 3 microseconds. */
        private static double seconds(Tile tile, long blocks, int depth, long partBytes) {
            double block = 2.0 * tile.side * tile.side * depth / (30e12 / PROCESSORS);
            double products = Math.max(Math.ceilDiv(blocks, PROCESSORS) * block / tile.full, block / tile.alone);
            return products + (partBytes == 0 ? 0 : 3e-6 + 2 * partBytes / 2e12);
        }
    }

    /** Whether blocks and elements can be numbered by int. */
    static boolean fits(int batch, int m, int n) {
        return (long) batch * m * n <= Integer.MAX_VALUE - SUM_THREADS && batch * Tile.SMALL.tiles(m, n) * MAX_PARTS * 64 <= Integer.MAX_VALUE;
    }

    /** Emits a product, whose epilogue may add to what c held and add a bias. */
    static void emit(Product p, Plan plan, LoweredLaunches out) {
        if (plan.parts == 1) {
            product(p, plan, out);
            return;
        }
        int entry = p.m() * p.n();
        int all = p.batch() * entry;
        Result parts = new Result(out.scratch(DType.F32, plan.parts * all), p.n(), p.inner() * entry, entry);
        product(p.into(parts), plan, out);
        sumParts(p, parts, plan.parts, out);
    }

    /** Emits the sum of parts that lie one after the other, each the results of {@code p} alone, and p's epilogue. */
    static void sumParts(Product p, Result parts, int count, LoweredLaunches out) {
        int all = p.batch() * p.m() * p.n();
        store(out.launch(SUM_PARTS).read(parts.buffer()).read(bias(p, out)), p).read(Layout.of(p).parts(count, 0, all).buffer(out))
                .over(Grid.perElement(all, SUM_THREADS));
    }

    private static void product(Product p, Plan plan, LoweredLaunches out) {
        Tile tile = plan.tile;
        store(out.launch(PRODUCT).read(p.a().buffer()).read(p.b().buffer()).read(bias(p, out)), p).read(layout(p, plan, out))
                .flag(p.a().transposed()).flag(p.b().transposed()).ints(tile.side, tile.depth, tile.pitch)
                .over(Grid.of(Math.toIntExact(p.batch() * tile.tiles(p.m(), p.n()) * plan.parts), tile.threads()));
    }

    private static Buffer layout(Product p, Plan plan, LoweredLaunches out) {
        return Layout.of(p).parts(plan.parts, plan.partDepth, p.batch() * p.m() * p.n()).buffer(out);
    }

    private static Buffer bias(Product p, LoweredLaunches out) {
        return p.epilogue().bias() == null ? out.floats(0f) : p.epilogue().bias();
    }

    private static Launch.Builder store(Launch.Builder launch, Product p) {
        return p.epilogue().accumulate() ? launch.update(p.c().buffer()) : launch.write(p.c().buffer());
    }
}
