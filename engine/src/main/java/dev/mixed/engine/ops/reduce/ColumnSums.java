package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;
import dev.mixed.engine.ops.pointwise.Broadcast;
import java.util.List;

/** Lowers sums over rows: the gradients of biases, of repeated tensors, and of tables of few rows. */
public final class ColumnSums {
    static final KernelPair SUM = new KernelPair(Kernel.grid("gpu.sum_columns.f32", ColumnKernels::sumColumnsFloat),
            Kernel.grid("gpu.sum_columns.f16", ColumnKernels::sumColumnsHalf)).named(Columns.class);
    private static final Kernel BY_ID_F32 = Kernel.grid("gpu.sum_columns_by_id.f32", ColumnKernels::sumColumnsByIdFloat);
    private static final Kernel BY_ID_F16 = Kernel.grid("gpu.sum_columns_by_id.f16", ColumnKernels::sumColumnsByIdHalf);
    /** Rows to a chunk: 16 for each warp. [8192, 768] then keeps 768 blocks busy. */
    private static final int CHUNK = 16 * ColumnKernels.WARPS;

    private ColumnSums() {
    }

    /** The arguments of {@link #SUM}; size = {rows, n, rows to a chunk, 1}. */
    record Columns(Buffer dy, Buffer partials, Buffer size) {
    }

    public static Lowering lowering() {
        return new LaunchByLaunch().with(Broadcast.SUM_ROWS, (launch, out) -> {
            sumRows(launch.arguments(Broadcast.SumRows.class), out);
            return true;
        });
    }

    private static void sumRows(Broadcast.SumRows sum, LoweredLaunches out) {
        int chunks = chunks(sum.rows());
        boolean once = chunks == 1 && !sum.accumulate();
        Buffer partials = once ? sum.dst() : partials(sum.rows(), sum.n(), out);
        out.launch(SUM.of(sum.dy().dtype())).read(sum.dy()).write(partials).read(size(sum.rows(), sum.n(), out)).over(grid(sum.rows(), sum.n()));
        if (!once) {
            ChunkSums.emit(List.of(ChunkSums.Sum.of(partials, chunks, sum.n(), sum.dst(), sum.accumulate())), out);
        }
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
        out.launch(dy.dtype() == DType.F16 ? BY_ID_F16 : BY_ID_F32).read(dy).read(ids).write(partials).read(out.ints(rows, n, CHUNK, vocabulary))
                .over(grid(n, chunks, vocabulary));
        ChunkSums.emit(List.of(ChunkSums.Sum.of(partials, chunks, vocabulary * n, table, true)), out);
    }

    /** How many columns a matrix has whose rows are summed further on in the program; 0 if they are not. */
    public static int columnsSummedLater(RecordedLaunches program, int at, Buffer rows) {
        for (int i = at + 1; i < program.size(); i++) {
            if (program.is(i, Broadcast.SUM_ROWS)) {
                Broadcast.SumRows sum = program.get(i).arguments(Broadcast.SumRows.class);
                if (sum.dy() == rows) {
                    return sum.n();
                }
            }
        }
        return 0;
    }

    private static Grid grid(int n, int chunks, int ids) {
        return new Grid(Math.ceilDiv(n, ColumnKernels.COLUMNS), chunks, ids, ColumnKernels.THREADS);
    }
}
