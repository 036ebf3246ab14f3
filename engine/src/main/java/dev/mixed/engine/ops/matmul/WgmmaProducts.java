// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.matmul.Product.Epilogue;
import dev.mixed.engine.ops.matmul.Product.Operand;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.reduce.PartialSums;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Products of F16 matrices on Hopper's tensor cores, by {@link WgmmaGrid}. */
final class WgmmaProducts {
    /** The ints that the kernels read from their layout: sizes, elements from one row of c to the next, tiles from left to right, tiles times parts. */
    static final int M = 0, N = 1, LDC = 2, ACROSS = 3, ITEMS = 4;
    /** Steps of {@link WgmmaTile#DEPTH} along k, parts of k, steps of a part, elements from one part's results to the next. */
    static final int STEPS = 5, PARTS = 6, PART_STEPS = 7, C_PART = 8;
    /** Dropout's keep threshold, or the number of joined products. */
    static final int THRESHOLD = 9, MEMBERS = 9;

    static final Kernel STORE = Kernel.grid("wgmma.f16", WgmmaGrid::store);
    static final Kernel ADD = Kernel.grid("wgmma_add.f16", WgmmaGridInput::add);
    static final Kernel BIAS = Kernel.grid("wgmma_bias.f16", WgmmaGrid::bias);
    private static final Kernel GELU = Kernel.grid("wgmma_gelu.f16", WgmmaGrid::gelu);
    private static final Kernel BIAS_GELU = Kernel.grid("wgmma_bias_gelu.f16", WgmmaGrid::biasGelu);
    private static final Kernel GELU_BACKWARD = Kernel.grid("wgmma_gelu_backward.f16", WgmmaGridInput::geluBackward);
    private static final Kernel GELU_BACKWARD_SUMS = Kernel.grid("wgmma_gelu_backward_sums.f16", WgmmaGridInput::geluBackwardSums);
    private static final Kernel RESIDUAL = Kernel.grid("wgmma_residual.f16", WgmmaGridResidual::add);
    private static final Kernel DROPOUT_RESIDUAL = Kernel.grid("wgmma_dropout_residual.f16", WgmmaGridResidual::dropoutAdd);
    private static final Kernel PARTS_SUM = Kernel.grid("wgmma_parts.f32", WgmmaParts::sum);
    static final Kernel FLOATS = Kernel.grid("wgmma.f32", WgmmaGrid::floats);
    private static final Kernel ALIGN = Kernel.grid("wide.align_rows.f16", AlignedRows::copy);
    static final int BOX_EDGE = 64;

    private WgmmaProducts() {
    }

    /**
     * How a product is cut.
     *
     * @param rows   of a tile that each of two warpgroups multiplies, 64 or 128
     * @param width  columns of a tile, 64, 128, 192 or 256
     * @param parts  of k that are summed apart
     * @param blocks of a launch at most, each of which takes tiles in turns
     */
    record Plan(int rows, int width, int parts, int blocks) {
        /** Multiprocessors that plans are made for (H100, H200); another number costs time, not correctness. */
        private static final int PROCESSORS = 132;
        private static final int SHARED_BYTES = 227 * 1024;
        private static final int MOST_STAGES = 6;
        private static final int[][] TILES = {{128, 192}, {128, 128}, {64, 256}, {64, 192}, {64, 128}, {64, 64}};
        private static final int MOST_PARTS = 32;
        /** Steps that a part has at least. */
        private static final int LEAST_STEPS = 4;

        /** With a block to each multiprocessor. */
        Plan(int rows, int width, int parts) {
            this(rows, width, parts, PROCESSORS);
        }

        /** The plan of the least estimated time. */
        static Plan of(Product p) {
            return of(p, 1, 1, p.c().buffer().dtype() == DType.F32 ? MOST_PARTS : 1);
        }

        /** {@link #of} the sum of so many products of one shape. */
        static Plan ofSum(Product p, int products) {
            int k = Math.ceilDiv(p.k(), WgmmaTile.DEPTH) * WgmmaTile.DEPTH * products;
            return of(new Product(p.outer(), p.inner(), p.m(), p.n(), k, p.a(), p.b(), p.c()));
        }

        /** The plan of the least estimated time for so many products of one shape in a launch, in the same parts as this: the order of sums is that of parts. */
        Plan joined(Product p, int products) {
            return of(p, products, parts, parts);
        }

        private static Plan of(Product p, int products, int leastParts, int mostParts) {
            int steps = Math.ceilDiv(p.k(), WgmmaTile.DEPTH);
            Plan best = null;
            double least = Double.MAX_VALUE;
            for (int[] tile : TILES) {
                for (int parts = leastParts; parts <= mostParts; parts++) {
                    int depth = Math.ceilDiv(steps, parts);
                    if (parts > leastParts && (depth < LEAST_STEPS || Math.ceilDiv(steps, depth) != parts)) {
                        continue;
                    }
                    Plan plan = new Plan(tile[0], tile[1], parts);
                    double time = plan.nanoseconds(products, p.m(), p.n(), depth);
                    if (time < least) {
                        least = time;
                        best = plan;
                    }
                }
            }
            return Objects.requireNonNull(best, "one part is always possible, and so is what was planned");
        }

        /** A model of an H200: a step takes its products' or its copies' time, whichever is longer; then a tile is stored; parts are summed. */
        private double nanoseconds(int products, int m, int n, int steps) {
            long tiles = (long) products * Math.ceilDiv(m, 2 * rows) * Math.ceilDiv(n, width) * parts;
            double multiplied = 2.0 * rows * width * WgmmaTile.DEPTH / 2900;
            double copies = WgmmaTile.stageBytes(rows, width) / 45.0;
            double stored = 2.0 * rows * width / 60;
            double summed = parts == 1 ? 0 : 3000 + 8.0 * products * parts * m * n / 4000;
            return Math.ceilDiv(tiles, PROCESSORS) * (steps * Math.max(multiplied, copies) + stored + 500) + summed;
        }

        /** Stages of the ring beside {@code stores} boxes a warpgroup for results and {@code more} bytes. */
        int stages(int stores, int more) {
            int stages = MOST_STAGES;
            while (WgmmaTile.sharedBytes(rows, width, stages, stores) + more > SHARED_BYTES) {
                stages--;
            }
            return stages;
        }
    }

    /**
     * What a launch multiplies into halves or floats, for {@link WgmmaJoinLowering}.
     *
     * @param parts where parts of k are summed apart; null for none. The next launch sums these
     */
    record Planned(Product product, Plan plan, @Nullable Buffer parts) {
    }

    /** Whether tensor maps can describe a product's matrices, each a single one, and a kernel has its epilogue: none adds a bias to a sum. */
    static boolean fits(Product p) {
        if (p.epilogue().accumulate() && p.epilogue().bias() != null) {
            return false;
        }
        boolean halves = p.c().buffer().dtype() == DType.F16;
        return p.batch() == 1 && p.k() >= 1 && p.n() % (halves ? 2 : WgmmaParts.ELEMENTS) == 0 && p.a().ld() % AlignedRows.UNIT == 0
                && p.b().ld() % AlignedRows.UNIT == 0
                && p.c().ld() % (halves ? AlignedRows.UNIT : WgmmaParts.ELEMENTS) == 0
                && p.m() >= 1 && (long) p.m() * p.c().ld() <= Integer.MAX_VALUE;
    }

    /** The recorded product of halves at an index, if it {@link #fits}, adds to nothing, and has an F16 result whose rows follow each other; else null. */
    static @Nullable Product plain(RecordedLaunches program, int at) {
        if (!program.is(at, Matmul.PRODUCT.f16())) {
            return null;
        }
        Product p = MatmulLowering.product(program.get(at));
        return fits(p) && !p.epilogue().accumulate() && p.c().buffer().dtype() == DType.F16 && p.c().ld() == p.n() ? p : null;
    }

    /** Whether a product would {@linkplain #fits fit} if the rows of its operands began at multiples of 16 bytes, and copies of them are not too large. */
    static boolean fitsAligned(Product p) {
        return rows(p.a(), p.m(), p.k()) * AlignedRows.stride(p.a().ld()) <= Integer.MAX_VALUE
                && rows(p.b(), p.k(), p.n()) * AlignedRows.stride(p.b().ld()) <= Integer.MAX_VALUE
                && fits(p.of(stretched(p.a(), p.a().buffer()), stretched(p.b(), p.b().buffer())));
    }

    /** The product of copies, which this emits, of those operands whose rows begin elsewhere than at multiples of 16 bytes. */
    static Product aligned(Product p, LoweredLaunches out) {
        return p.of(aligned(p.a(), (int) rows(p.a(), p.m(), p.k()), out), aligned(p.b(), (int) rows(p.b(), p.k(), p.n()), out));
    }

    private static Operand aligned(Operand operand, int rows, LoweredLaunches out) {
        if (operand.ld() % AlignedRows.UNIT == 0) {
            return operand;
        }
        int stride = AlignedRows.stride(operand.ld());
        Operand copy = stretched(operand, out.scratch(DType.F16, rows * stride));
        out.launch(ALIGN).read(operand.buffer()).write(copy.buffer()).read(out.ints(AlignedRows.layout(rows, operand.ld())))
                .over(Grid.perElement(rows * stride / AlignedRows.UNIT, AlignedRows.THREADS));
        return copy;
    }

    private static Operand stretched(Operand operand, Buffer buffer) {
        return new Operand(buffer, operand.transposed(), AlignedRows.stride(operand.ld()), 0, 0);
    }

    /** The rows that an operand [rows, columns] is stored in. */
    private static long rows(Operand operand, int rows, int columns) {
        return operand.transposed() ? columns : rows;
    }

    /** Emits a product that {@link #fits}, with its epilogue. */
    static void emit(Product p, Plan plan, LoweredLaunches out) {
        if (p.c().buffer().dtype() == DType.F16) {
            halves(p, plan, out);
        } else if (plan.parts == 1) {
            floats(p, plan, p.c(), 0, p.epilogue().accumulate(), new Planned(p, plan, null), out);
        } else {
            int part = p.m() * p.n();
            Result parts = new Result(out.scratch(DType.F32, Math.multiplyExact(plan.parts, part)), p.n(), 0, 0);
            floats(p, plan, parts, part, false, new Planned(p, plan, parts.buffer()), out);
            boolean add = p.epilogue().accumulate();
            Launch.Builder launch = out.launch(PARTS_SUM).read(parts.buffer());
            (add ? launch.update(p.c().buffer()) : launch.write(p.c().buffer())).read(out.ints(WgmmaParts.layout(p.m(), p.n(), p.c().ld(), plan.parts)))
                    .flag(add)
                    .over(Grid.perElement(part / WgmmaParts.ELEMENTS, WgmmaParts.THREADS));
        }
    }

    /**
     * Emits dx = p's sums times GELU'(x), element by element; p has no epilogue and an F16 result, which is laid out as x and dx are and not stored.
     *
     * @param sums whether sums over dx's rows are wanted: they are left as {@link PartialSums}
     */
    static void emitGeluBackward(Product p, Buffer x, Buffer dx, boolean sums, Plan plan, LoweredLaunches out) {
        Launch.Builder launch = operands(p, plan, out.launch(sums ? GELU_BACKWARD_SUMS : GELU_BACKWARD));
        // The kernel takes x before dx, and its maps the other way round.
        int ld = p.c().ld();
        launch.read(x).write(dx).mapped(p.m(), p.n(), ld, BOX_EDGE, BOX_EDGE).mapped(launch.position() - 1, p.m(), p.n(), ld, BOX_EDGE, BOX_EDGE);
        if (sums) {
            int chunks = Math.ceilDiv(p.m(), 2 * plan.rows) * (2 * plan.rows / WgmmaColumns.ROWS);
            Buffer partials = out.scratch(DType.F32, Math.multiplyExact(chunks, p.n()));
            launch.write(partials).note(new PartialSums(dx, p.n(), partials, chunks, p.n(), 0));
        }
        over(p, plan, layout(p, plan, p.c(), 0, out), WgmmaGridInput.BOXES, sums ? WgmmaColumns.BYTES : 0, launch).over(grid(p, plan));
    }

    /**
     * Emits sum = dropout(p's sums + bias) + residual; p has no epilogue and an F16 result, which is laid out as residual and sum are and not stored.
     *
     * @param dropout null for none; c's columns are then a multiple of 4
     */
    static void emitResidual(Product p, Buffer bias, Dropout.@Nullable Arguments dropout, Buffer residual, Buffer sum, Plan plan, LoweredLaunches out) {
        Launch.Builder launch = operands(p, plan, out.launch(dropout == null ? RESIDUAL : DROPOUT_RESIDUAL)).read(bias);
        int ld = p.c().ld();
        launch.read(residual).write(sum).mapped(p.m(), p.n(), ld, BOX_EDGE, BOX_EDGE).mapped(launch.position() - 1, p.m(), p.n(), ld, BOX_EDGE, BOX_EDGE);
        if (dropout != null) {
            launch.read(dropout.snapshot()).read(out.floats(dropout.scale()));
        }
        int[] ints = Arrays.copyOf(ints(p, plan, p.c(), 0), THRESHOLD + 1);
        ints[THRESHOLD] = dropout == null ? 0 : dropout.threshold();
        over(p, plan, out.ints(ints), WgmmaGridInput.BOXES, WgmmaAside.bytes(plan.rows, plan.width, dropout == null ? 0 : 1), launch).over(grid(p, plan));
    }

    private static void halves(Product p, Plan plan, LoweredLaunches out) {
        Epilogue epilogue = p.epilogue();
        if (epilogue.accumulate()) {
            Launch.Builder launch = operands(p, plan, out.launch(ADD)).update(p.c().buffer()).mapped(p.m(), p.n(), p.c().ld(), BOX_EDGE, BOX_EDGE)
                    .note(new Planned(p, plan, null));
            over(p, plan, layout(p, plan, p.c(), 0, out), WgmmaGridInput.BOXES, 0, launch).over(grid(p, plan));
            return;
        }
        Launch.Builder launch = operands(p, plan, out.launch(kernel(epilogue))).note(new Planned(p, plan, null));
        if (epilogue.bias() != null) {
            launch.read(epilogue.bias());
        }
        launch.write(p.c().buffer()).mapped(p.m(), p.n(), p.c().ld(), BOX_EDGE, BOX_EDGE);
        if (epilogue.activated() != null) {
            launch.write(epilogue.activated()).mapped(p.m(), p.n(), p.c().ld(), BOX_EDGE, BOX_EDGE);
        }
        over(p, plan, layout(p, plan, p.c(), 0, out), WgmmaGrid.STORES, 0, launch).over(grid(p, plan));
    }

    private static Kernel kernel(Epilogue epilogue) {
        if (epilogue.bias() == null) {
            return STORE;
        }
        return epilogue.activated() != null ? BIAS_GELU : epilogue.gelu() ? GELU : BIAS;
    }

    private static void floats(Product p, Plan plan, Result c, int part, boolean add, Planned note, LoweredLaunches out) {
        Launch.Builder launch = operands(p, plan, out.launch(FLOATS)).note(note);
        if (add) {
            launch.update(c.buffer());
        } else {
            launch.write(c.buffer());
        }
        over(p, plan, layout(p, plan, c, part, out), 0, 0, launch).flag(add).over(grid(p, plan));
    }

    static Launch.Builder operands(Product p, Plan plan, Launch.Builder launch) {
        return right(p, plan, left(p, plan, launch));
    }

    static Launch.Builder left(Product p, Plan plan, Launch.Builder launch) {
        return mapped(launch.read(p.a().buffer()), p.a(), p.m(), p.k(), 2 * plan.rows, p.a().transposed());
    }

    static Launch.Builder right(Product p, Plan plan, Launch.Builder launch) {
        return mapped(launch.read(p.b().buffer()), p.b(), p.n(), p.k(), plan.width, !p.b().transposed());
    }

    /** The map of an operand with {@code edge} rows of a, or columns of b, to a tile: {@code apart} where these, and not k, lie along its stored rows. */
    private static Launch.Builder mapped(Launch.Builder launch, Operand operand, int size, int k, int edge, boolean apart) {
        return apart ? launch.mapped(k, size, operand.ld(), WgmmaTile.DEPTH, BOX_EDGE) : launch.mapped(size, k, operand.ld(), edge, WgmmaTile.DEPTH);
    }

    static Launch.Builder over(Product p, Plan plan, Buffer layout, int stores, int more, Launch.Builder launch) {
        int stages = plan.stages(stores, more);
        return launch.read(layout).ints(plan.rows, plan.width, stages).flag(!p.a().transposed()).flag(p.b().transposed())
                .sharedBytes(WgmmaTile.sharedBytes(plan.rows, plan.width, stages, stores) + more);
    }

    private static Grid grid(Product p, Plan plan) {
        return grid(ints(p, plan, p.c(), 0)[ITEMS], plan);
    }

    static Grid grid(int items, Plan plan) {
        return Grid.of(Math.min(items, plan.blocks), WgmmaTile.THREADS);
    }

    private static Buffer layout(Product p, Plan plan, Result c, int part, LoweredLaunches out) {
        return out.ints(ints(p, plan, c, part));
    }

    static int[] ints(Product p, Plan plan, Result c, int part) {
        int across = Math.ceilDiv(p.n(), plan.width);
        int steps = Math.ceilDiv(p.k(), WgmmaTile.DEPTH);
        return new int[] {p.m(), p.n(), c.ld(), across, across * Math.ceilDiv(p.m(), 2 * plan.rows) * plan.parts, steps, plan.parts,
            Math.ceilDiv(steps, plan.parts), part};
    }
}
