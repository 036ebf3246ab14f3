// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.intrinsics.Capability;

/** Lowers sums over rows: the gradients of biases, of other tensors that were broadcast, and of tables of few rows. */
public final class SumRowsLowering implements Lowering {
    static final KernelPair FIRST_STEP = new KernelPair(Kernel.grid("gpu.sum_columns.f32", SumRowsGrid::sumRows),
            Kernel.grid("gpu.sum_columns.f16", SumRowsGridHalf::sumRows)).named(FirstStep.class);
    static final Kernel FIRST_STEP_WIDE = Kernel.grid("wide.sum_columns.f16", SumRowsWide::sumRows).named(FirstStep.class);
    private static final KernelPair BY_ID = new KernelPair(Kernel.grid("gpu.sum_columns_by_id.f32", SumRowsGrid::sumRowsById),
            Kernel.grid("gpu.sum_columns_by_id.f16", SumRowsGridHalf::sumRowsById));
    /** Rows to a chunk: 16 for each warp. [8192, 768] then keeps 768 blocks busy. */
    private static final int CHUNK = 16 * SumRowsGrid.WARPS;

    private final boolean intrinsics;

    /** For the kernels that a GPU can be given. */
    public SumRowsLowering(GpuTarget target) {
        intrinsics = target.has(Capability.SM_75);
    }

    /** The arguments of {@link #FIRST_STEP} and {@link #FIRST_STEP_WIDE}. */
    record FirstStep(Buffer dy, Buffer partials, Buffer size) {
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!program.is(at, SumRows.SUM)) {
            return 0;
        }
        SumRows.Arguments sum = program.get(at).arguments(SumRows.Arguments.class);
        boolean wide = intrinsics && sum.dy().dtype() == DType.F16 && sum.n() % SumRowsWide.UNIT == 0;
        int chunk = wide ? SumRowsWide.CHUNK : CHUNK;
        int chunks = Math.ceilDiv(sum.rows(), chunk);
        boolean once = chunks == 1 && !sum.accumulate();
        Buffer partials = once ? sum.dst() : out.scratch(DType.F32, chunks * sum.n());
        out.launch(wide ? FIRST_STEP_WIDE : FIRST_STEP.of(sum.dy().dtype())).read(sum.dy()).write(partials).read(out.ints(sum.rows(), sum.n(), chunk, 1))
                .over(wide ? new Grid(Math.ceilDiv(sum.n(), SumRowsWide.SPAN), chunks, 1, SumRowsWide.SPAN) : grid(sum.rows(), sum.n()));
        if (!once) {
            ChunkSumsLowering.emit(ChunkSumsLowering.Sum.of(partials, chunks, sum.n(), sum.dst(), sum.accumulate()), out);
        }
        return 1;
    }

    /** Into how many chunks of rows these kernels share a matrix out. */
    public static int chunks(int rows) {
        return Math.ceilDiv(rows, CHUNK);
    }

    /** Scratch for the sums of each chunk, F32 [chunks, n]. */
    public static Buffer partials(int rows, int n, LoweredLaunches out) {
        return out.scratch(DType.F32, chunks(rows) * n);
    }

    /** What a kernel that sums over chunks of rows takes as its size. */
    public static Buffer size(int rows, int n, LoweredLaunches out) {
        return out.ints(rows, n, CHUNK, 1);
    }

    /** The blocks of such a kernel. */
    public static Grid grid(int rows, int n) {
        return grid(n, chunks(rows), 1);
    }

    /** table [ids, n] += the sum of the rows of dy [rows, n] with each id: for a table of few rows, each of which many rows of dy go to. */
    public static void addById(Buffer table, Buffer ids, Buffer dy, int rows, int vocabulary, int n, LoweredLaunches out) {
        int chunks = Math.ceilDiv(rows, CHUNK);
        Buffer partials = out.scratch(DType.F32, chunks * vocabulary * n);
        out.launch(BY_ID.of(dy.dtype())).read(dy).read(ids).write(partials).read(out.ints(rows, n, CHUNK, vocabulary))
                .over(grid(n, chunks, vocabulary));
        ChunkSumsLowering.emit(ChunkSumsLowering.Sum.of(partials, chunks, vocabulary * n, table, true), out);
    }

    /** How many columns a matrix has whose rows are summed further on in the program; 0 if they are not. */
    public static int columnsSummedLater(RecordedLaunches program, int at, Buffer rows) {
        for (int i = at + 1; i < program.size(); i++) {
            if (program.is(i, SumRows.SUM)) {
                SumRows.Arguments sum = program.get(i).arguments(SumRows.Arguments.class);
                if (sum.dy() == rows) {
                    return sum.n();
                }
            }
        }
        return 0;
    }

    private static Grid grid(int n, int chunks, int ids) {
        return new Grid(Math.ceilDiv(n, SumRowsGrid.COLUMNS), chunks, ids, SumRowsGrid.THREADS);
    }
}
