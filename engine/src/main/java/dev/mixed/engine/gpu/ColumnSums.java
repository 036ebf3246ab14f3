package dev.mixed.engine.gpu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;

/** Lowers sums over rows (the gradients of biases and repeated tensors), and serves others with the second step of such sums. */
final class ColumnSums {
    private static final Kernel SUM_F32 = Kernel.grid("gpu.sum_columns.f32", ColumnKernels::sumColumnsFloat);
    private static final Kernel SUM_F16 = Kernel.grid("gpu.sum_columns.f16", ColumnKernels::sumColumnsHalf);
    private static final Kernel BY_ID_F32 = Kernel.grid("gpu.sum_columns_by_id.f32", ColumnKernels::sumColumnsByIdFloat);
    private static final Kernel BY_ID_F16 = Kernel.grid("gpu.sum_columns_by_id.f16", ColumnKernels::sumColumnsByIdHalf);
    private static final Kernel CHUNKS = Kernel.grid("gpu.sum_chunks", ColumnKernels::sumChunks);
    /** Rows to a chunk: 16 for each warp. [8192, 768] then keeps 768 blocks busy. */
    private static final int CHUNK = 16 * ColumnKernels.WARPS;

    private ColumnSums() {
    }

    static Lowering lowering() {
        return new EachAlone().with("sum_rows.f32", (launch, out) -> sumRows(SUM_F32, launch, out))
                .with("sum_rows.f16", (launch, out) -> sumRows(SUM_F16, launch, out));
    }

    private static boolean sumRows(Kernel kernel, Launch launch, LoweredLaunches out) {
        Buffer dst = launch.buffer(1);
        int rows = launch.intAt(2);
        int n = launch.intAt(3);
        boolean accumulate = launch.intAt(4) != 0;
        int chunks = Math.ceilDiv(rows, CHUNK);
        boolean once = chunks == 1 && !accumulate;
        Buffer partials = once ? dst : out.scratch(DType.F32, chunks * n);
        out.launch(kernel).read(launch.buffer(0)).write(partials).read(out.ints(rows, n, CHUNK, 1)).over(grid(n, chunks, 1));
        if (!once) {
            addChunks(partials, chunks, n, dst, accumulate, out);
        }
        return true;
    }

    /** table [ids, n] += the sum of the rows of dy [rows, n] with each id: for a table of few rows, each of which many rows of dy go to. */
    static void addById(Buffer table, Buffer ids, Buffer dy, int rows, int vocabulary, int n, LoweredLaunches out) {
        int chunks = Math.ceilDiv(rows, CHUNK);
        Buffer partials = out.scratch(DType.F32, chunks * vocabulary * n);
        out.launch(dy.dtype() == DType.F16 ? BY_ID_F16 : BY_ID_F32).read(dy).read(ids).write(partials).read(out.ints(rows, n, CHUNK, vocabulary))
                .over(grid(n, chunks, vocabulary));
        addChunks(partials, chunks, vocabulary * n, table, true, out);
    }

    /** dst (+)= the sum of partials [chunks, n] over the chunks. */
    private static void addChunks(Buffer partials, int chunks, int n, Buffer dst, boolean accumulate, LoweredLaunches out) {
        addChunks(partials, chunks, n, n, dst, accumulate, out.scratch(DType.F32, 1), false, out);
    }

    /** The sums of partials [chunks, n] over the chunks: those of the first {@code split} columns to {@code first}, the others to {@code second}. */
    static void addChunks(Buffer partials, int chunks, int n, int split, Buffer first, boolean addFirst, Buffer second, boolean addSecond,
            LoweredLaunches out) {
        Launch.Builder launch = out.launch(CHUNKS).read(partials);
        write(launch, first, addFirst);
        write(launch, second, addSecond);
        launch.read(out.ints(chunks, n, split, addFirst ? 1 : 0, addSecond ? 1 : 0))
                .over(Grid.of(Math.ceilDiv(n, ColumnKernels.FINAL_COLUMNS), ColumnKernels.FINAL_COLUMNS * ColumnKernels.FINAL_GROUPS));
    }

    private static void write(Launch.Builder launch, Buffer buffer, boolean add) {
        if (add) {
            launch.update(buffer);
        } else {
            launch.write(buffer);
        }
    }

    private static Grid grid(int n, int chunks, int ids) {
        return new Grid(Math.ceilDiv(n, ColumnKernels.COLUMNS), chunks, ids, ColumnKernels.THREADS);
    }
}
