// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.intrinsics.Capability;
import java.util.Objects;

/**
 * Products of F16 matrices: by {@link MmaGrid} where rows of both operands begin at multiples of 16 bytes and the GPU copies asynchronously, by {@link
 * MmaPlainGrid} on others that take intrinsics, otherwise by {@link PlainGrid}.
 */
final class HalfProducts {
    private static final KernelPair ASYNC = new KernelPair(Kernel.grid("mma.f16_f32", MmaGrid::mmaToFloat), Kernel.grid("mma.f16", MmaGrid::mmaToHalf));
    private static final KernelPair PLAIN = new KernelPair(Kernel.grid("mma_plain.f16_f32", MmaPlainGrid::mmaPlainToFloat),
            Kernel.grid("mma_plain.f16", MmaPlainGrid::mmaPlainToHalf));
    private static final Kernel FALLBACK = Kernel.grid("gemm_plain.f16", PlainGridHalf::plainProduct);
    /** Halves in 16 bytes. */
    private static final int LOAD = 8;

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

        static Plan of(Product p) {
            return of(p.batch(), p.m(), p.n(), p.k());
        }

        /** The plan for {@code batch} products of depth k with results of {@code rows} x {@code columns}. */
        static Plan of(int batch, int rows, int columns, int k) {
            Plan best = null;
            double least = Double.MAX_VALUE;
            for (int edge : new int[] {MmaTile.LARGE, MmaTile.SMALL}) {
                double tiles = (double) batch * Math.ceilDiv(rows, edge) * Math.ceilDiv(columns, edge);
                for (int parts : PARTS) {
                    int steps = Math.ceilDiv(Math.ceilDiv(k, MmaTile.DEPTH), parts);
                    if (parts > 1 && (steps < LEAST_STEPS || !ProductParts.fits(batch, rows, columns, parts))) {
                        break;
                    }
                    double time = time(tiles * parts, steps + OVERHEAD, edge == MmaTile.LARGE) + (parts - 1) * ((double) batch * rows * columns) / ELEMENTS;
                    if (time < least) {
                        least = time;
                        best = new Plan(edge, parts);
                    }
                }
            }
            return Objects.requireNonNull(best, "one part is always possible");
        }

        /** Microseconds of so many blocks, in waves of as many as the GPU holds. */
        private static double time(double blocks, int steps, boolean large) {
            int room = large ? LARGE_BLOCKS : SMALL_BLOCKS;
            double step = large ? LARGE_STEP : SMALL_STEP;
            double waves = Math.floor(blocks / (room * PROCESSORS));
            double left = Math.ceil((blocks - waves * room * PROCESSORS) / PROCESSORS);
            double last = left == 0 ? 0 : step * (LATENCY + (1 - LATENCY) * left / room);
            return steps * (waves * step + last);
        }

        int partDepth(int k) {
            return Math.ceilDiv(Math.ceilDiv(k, parts), MmaTile.DEPTH) * MmaTile.DEPTH;
        }
    }

    /** Emits products with their epilogue. */
    static void emit(Product p, Plan plan, GpuTarget target, LoweredLaunches out) {
        boolean intrinsics = target.has(Capability.SM_75);
        int depth = plan.partDepth(p.k());
        int parts = Math.ceilDiv(p.k(), depth);
        if (parts == 1 && (intrinsics || p.c().buffer().dtype() == DType.F32 && p.epilogue().isNone())) {
            sums(p, plan.edge, 1, Layout.of(p), target, out);
        } else {
            Result scratch = ProductParts.scratch(p, parts, out);
            Product sums = p.into(scratch).with(Product.Epilogue.NONE);
            sums(sums, plan.edge, parts, Layout.of(sums).parts(parts, depth, ProductParts.stride(p)), target, out);
            ProductParts.emit(p, scratch, Layout.of(p).parts(parts, depth, ProductParts.stride(p)), out);
        }
    }

    private static void sums(Product p, int edge, int parts, Layout layout, GpuTarget target, LoweredLaunches out) {
        boolean alongA = !p.a().transposed();
        boolean alongB = p.b().transposed();
        if (!target.has(Capability.SM_75)) {
            out.launch(FALLBACK).read(p.a().buffer()).read(p.b().buffer()).write(p.c().buffer()).read(layout.buffer(out)).flag(alongA).flag(alongB)
                    .over(Grid.of(p.tiles(PlainGrid.EDGE) * parts, PlainGrid.THREADS));
            return;
        }
        DType type = p.c().buffer().dtype();
        boolean wholeA = p.a().inLoads(LOAD);
        boolean wholeB = p.b().inLoads(LOAD);
        boolean async = wholeA && wholeB && target.has(Capability.SM_80);
        Launch.Builder launch = out.launch((async ? ASYNC : PLAIN).of(type)).read(p.a().buffer()).read(p.b().buffer());
        ProductParts.arguments(launch, p, type, out);
        launch.read(layout.buffer(out)).flag(alongA).flag(alongB);
        if (!async) {
            launch.flag(wholeA).flag(wholeB);
        }
        launch.ints(edge).over(Grid.of(p.tiles(edge) * parts, MmaTile.THREADS));
    }
}
