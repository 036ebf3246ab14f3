package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.EachAlone;
import dev.mixed.engine.ops.gelu.GeluSums;
import java.util.List;

/** Lowers sums over rows: the gradients of biases, of repeated tensors, and of tables of few rows. */
public final class ColumnSums {
    private static final Kernel SUM_F32 = Kernel.grid("gpu.sum_columns.f32", ColumnKernels::sumColumnsFloat);
    private static final Kernel SUM_F16 = Kernel.grid("gpu.sum_columns.f16", ColumnKernels::sumColumnsHalf);
    private static final Kernel BY_ID_F32 = Kernel.grid("gpu.sum_columns_by_id.f32", ColumnKernels::sumColumnsByIdFloat);
    private static final Kernel BY_ID_F16 = Kernel.grid("gpu.sum_columns_by_id.f16", ColumnKernels::sumColumnsByIdHalf);
    private static final Kernel GELU_F32 = Kernel.grid("gpu.gelu_backward_sums.f32", GeluSums::geluBackwardFloat);
    private static final Kernel GELU_F16 = Kernel.grid("gpu.gelu_backward_sums.f16", GeluSums::geluBackwardHalf);
    /** Rows to a chunk: 16 for each warp. [8192, 768] then keeps 768 blocks busy. */
    private static final int CHUNK = 16 * ColumnKernels.WARPS;

    private ColumnSums() {
    }

    public static Lowering lowering() {
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
            ChunkSums.emit(List.of(ChunkSums.Sum.of(partials, chunks, n, dst, accumulate)), out);
        }
        return true;
    }

    /** table [ids, n] += the sum of the rows of dy [rows, n] with each id: for a table of few rows, each of which many rows of dy go to. */
    public static void addById(Buffer table, Buffer ids, Buffer dy, int rows, int vocabulary, int n, LoweredLaunches out) {
        int chunks = Math.ceilDiv(rows, CHUNK);
        Buffer partials = out.scratch(DType.F32, chunks * vocabulary * n);
        out.launch(dy.dtype() == DType.F16 ? BY_ID_F16 : BY_ID_F32).read(dy).read(ids).write(partials).read(out.ints(rows, n, CHUNK, vocabulary))
                .over(grid(n, chunks, vocabulary));
        ChunkSums.emit(List.of(ChunkSums.Sum.of(partials, chunks, vocabulary * n, table, true)), out);
    }

    /** The gradient of GELU whose rows are summed later: it leaves the first step of these sums, which {@link ChunkSums} finds. */
    public static Lowering geluBackward() {
        return (program, at, out) -> {
            boolean half = program.is(at, "gelu_backward.f16");
            if (!half && !program.is(at, "gelu_backward.f32")) {
                return 0;
            }
            Launch gelu = program.get(at);
            int n = columnsSummedLater(program, at, gelu.buffer(2));
            if (n == 0) {
                return 0;
            }
            int rows = gelu.range() / n;
            int chunks = Math.ceilDiv(rows, CHUNK);
            out.launch(half ? GELU_F16 : GELU_F32).read(gelu.buffer(0)).read(gelu.buffer(1)).write(gelu.buffer(2)).write(out.scratch(DType.F32, chunks * n))
                    .read(out.ints(rows, n, CHUNK, 1)).over(grid(n, chunks, 1));
            return 1;
        };
    }

    private static int columnsSummedLater(RecordedLaunches program, int at, Buffer rows) {
        for (int i = at + 1; i < program.size(); i++) {
            Launch launch = program.get(i);
            if ((program.is(i, "sum_rows.f16") || program.is(i, "sum_rows.f32")) && launch.buffer(0) == rows) {
                return launch.intAt(3);
            }
        }
        return 0;
    }

    private static Grid grid(int n, int chunks, int ids) {
        return new Grid(Math.ceilDiv(n, ColumnKernels.COLUMNS), chunks, ids, ColumnKernels.THREADS);
    }
}
