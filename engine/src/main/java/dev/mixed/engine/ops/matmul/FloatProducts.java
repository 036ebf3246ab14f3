// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.intrinsics.Capability;
import java.util.Objects;

/**
 * Products of F32 matrices: on the GPU's ordinary cores, in F32, by {@link FloatGrid} where kernels take intrinsics and otherwise by {@link PlainGrid};
 * or, where that is wanted, on tensor cores, which round operands to tf32, by {@link Tf32Grid}.
 *
 * <p>Where tiles are too few to fill the device, the depth is cut into parts whose sums a second kernel adds in order: the same sizes give the same bits.
 */
final class FloatProducts {
    private static final Kernel CORES = Kernel.grid("gemm.f32", FloatGrid::floatProduct);
    private static final Kernel TENSOR_CORES = Kernel.grid("mma.tf32", Tf32Grid::tf32Product);
    private static final Kernel FALLBACK = Kernel.grid("gemm_plain.f32", PlainGrid::plainProduct);
    /** Multiprocessors of the GPU that parts are planned for (H100, H200); another number costs time, not correctness. */
    private static final int PROCESSORS = 132;
    private static final int MAX_PARTS = 64;
    private static final int MIN_PART_DEPTH = 64;
    private static final long MAX_PARTS_BYTES = 256L << 20;
    /** Floats in 16 bytes. */
    private static final int LOAD = 4;

    private FloatProducts() {
    }

    /** A size of tile and the block that computes one. */
    enum Tile {
        LARGE(128, 2, 1, 0.6), SMALL(64, 8, 0.8, 0.2);

        final int edge;
        /** Blocks of ordinary cores that a multiprocessor has registers for. */
        final int blocks;
        /** Speed of a multiprocessor that is full of such blocks, the large tile's being 1. */
        final double full;
        /** Speed that a block reaches alone. */
        final double alone;

        Tile(int edge, int blocks, double full, double alone) {
            this.edge = edge;
            this.blocks = blocks;
            this.full = full;
            this.alone = alone;
        }

        double tiles(int m, int n) {
            return (double) Math.ceilDiv(m, edge) * Math.ceilDiv(n, edge);
        }
    }

    /** A tile size and a number of parts of the depth. */
    record Plan(Tile tile, int parts, int partDepth) {
        /** FLOP/s of a full GPU, on ordinary cores and on tensor cores. */
        private static final double CORES_RATE = 45e12;
        private static final double TENSOR_CORES_RATE = 130e12;

        static Plan of(Product p, GpuTarget target) {
            return of(p.batch(), p.m(), p.n(), p.k(), onTensorCores(p, target) ? TENSOR_CORES_RATE : CORES_RATE);
        }

        /** The cheapest by a rough model of the device's time. */
        static Plan of(int batch, int m, int n, int k, double rate) {
            Plan best = null;
            double least = Double.POSITIVE_INFINITY;
            for (Tile tile : Tile.values()) {
                for (int parts = 1; parts <= MAX_PARTS; parts++) {
                    int partDepth = Math.ceilDiv(Math.ceilDiv(k, parts), FloatGrid.DEPTH) * FloatGrid.DEPTH;
                    long bytes = (long) parts * batch * m * n * Float.BYTES;
                    if (parts > 1 && (partDepth < MIN_PART_DEPTH || bytes > MAX_PARTS_BYTES || (long) (parts - 1) * partDepth >= k)) {
                        continue;
                    }
                    double seconds = seconds(tile, batch * tile.tiles(m, n) * parts, partDepth, parts == 1 ? 0 : bytes, rate);
                    if (seconds < least) {
                        least = seconds;
                        best = new Plan(tile, parts, partDepth);
                    }
                }
            }
            return Objects.requireNonNull(best, "one part is always possible");
        }

        /** Parts are written and read at 2 TB/s, after a launch of 3 microseconds. */
        private static double seconds(Tile tile, double blocks, int depth, long partBytes, double rate) {
            double block = 2.0 * tile.edge * tile.edge * depth / (rate / PROCESSORS);
            double products = Math.max(Math.ceil(blocks / PROCESSORS) * block / tile.full, block / tile.alone);
            return products + (partBytes == 0 ? 0 : 3e-6 + 2 * partBytes / 2e12);
        }
    }

    private static boolean onTensorCores(Product p, GpuTarget target) {
        return target.roundsToTf32() && p.a().inLoads(LOAD) && p.b().inLoads(LOAD);
    }

    /** Emits products with their epilogue. */
    static void emit(Product p, Plan plan, GpuTarget target, LoweredLaunches out) {
        if (plan.parts == 1 && (target.has(Capability.SM_80) || p.epilogue().isNone())) {
            sums(p, plan, Layout.of(p), target, out);
        } else {
            Result scratch = ProductParts.scratch(p, plan.parts, out);
            Product sums = p.into(scratch).with(Product.Epilogue.NONE);
            sums(sums, plan, Layout.of(sums).parts(plan.parts, plan.partDepth, ProductParts.stride(p)), target, out);
            ProductParts.emit(p, scratch, Layout.of(p).parts(plan.parts, plan.partDepth, ProductParts.stride(p)), out);
        }
    }

    private static void sums(Product p, Plan plan, Layout layout, GpuTarget target, LoweredLaunches out) {
        boolean alongA = !p.a().transposed();
        boolean alongB = p.b().transposed();
        if (!target.has(Capability.SM_80)) {
            out.launch(FALLBACK).read(p.a().buffer()).read(p.b().buffer()).write(p.c().buffer()).read(layout.buffer(out)).flag(alongA).flag(alongB)
                    .over(Grid.of(p.tiles(PlainGrid.EDGE) * plan.parts, PlainGrid.THREADS));
            return;
        }
        Tile tile = plan.tile;
        boolean tensorCores = onTensorCores(p, target);
        Launch.Builder launch = out.launch(tensorCores ? TENSOR_CORES : CORES).read(p.a().buffer()).read(p.b().buffer());
        ProductParts.arguments(launch, p, DType.F32, out);
        launch.read(layout.buffer(out)).flag(alongA).flag(alongB);
        if (tensorCores) {
            launch.ints(tile.edge).over(Grid.of(p.tiles(tile.edge) * plan.parts, MmaTile.THREADS));
        } else {
            launch.ints(load(p.a(), alongA), load(p.b(), alongB), tile.edge).blocksPerProcessor(tile.blocks)
                    .over(Grid.of(p.tiles(tile.edge) * plan.parts, FloatGrid.threads(tile.edge)));
        }
    }

    private static int load(Product.Operand operand, boolean along) {
        return !along && operand.inLoads(LOAD) ? LOAD : 1;
    }
}
