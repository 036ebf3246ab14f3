package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The second step of sums over rows. In a backward pass they are many, small, and not needed before its end: in a second pass, this lowering joins
 * those of several sums in one launch, where the last of them stands. It also drops first steps whose sums the kernel that wrote the rows has left.
 */
public final class ChunkSums implements Lowering {
    private static final Kernel KERNEL = Kernel.grid("gpu.sum_chunks", ColumnKernels::sumChunks);

    /**
     * dst [n] (+)= the sum over chunks.
     *
     * @param stride numbers from a chunk to the next
     * @param offset the first number of the first chunk
     */
    public record Sum(Buffer partials, int chunks, int stride, int offset, int n, Buffer dst, boolean add) {
        /** Sums of partials [chunks, n]. */
        static Sum of(Buffer partials, int chunks, int n, Buffer dst, boolean add) {
            return new Sum(partials, chunks, n, 0, n, dst, add);
        }

        private Sum from(RowSums source) {
            return new Sum(source.partials(), source.chunks(), source.stride(), source.offset(), n, dst, add);
        }
    }

    /** Emits at most {@link ColumnKernels#SUMS} sums. */
    public static void emit(List<Sum> sums, LoweredLaunches out) {
        int[] layout = new int[ColumnKernels.SUMS * ColumnKernels.NUMBERS];
        int blocks = 0;
        for (int i = 0; i < ColumnKernels.SUMS; i++) {
            int at = i * ColumnKernels.NUMBERS;
            if (i >= sums.size()) {
                layout[at] = Integer.MAX_VALUE;
                continue;
            }
            Sum sum = sums.get(i);
            int[] numbers = {blocks, sum.chunks, sum.stride, sum.offset, sum.n, sum.add ? 1 : 0};
            System.arraycopy(numbers, 0, layout, at, numbers.length);
            blocks += Math.ceilDiv(sum.n, ColumnKernels.FINAL_COLUMNS);
        }
        Launch.Builder launch = out.launch(KERNEL).read(out.ints(layout));
        for (int i = 0; i < ColumnKernels.SUMS; i++) {
            Sum sum = sums.get(i < sums.size() ? i : 0);
            launch.read(sum.partials);
            if (sum.add) {
                launch.update(sum.dst);
            } else {
                launch.write(sum.dst);
            }
        }
        launch.over(Grid.of(blocks, ColumnKernels.FINAL_COLUMNS * ColumnKernels.FINAL_GROUPS));
    }

    @Override
    public boolean afterOthers() {
        return true;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (isSum(program, at)) {
            List<Integer> group = groupOf(program, at);
            if (group.getLast() == at) {
                emit(group.stream().map(i -> sum(program, i)).toList(), out);
            }
            return 1;
        }
        return isSum(program, at + 1) && source(program, at) != null ? 1 : 0;
    }

    private static boolean isSum(RecordedLaunches program, int at) {
        return program.is(at, KERNEL);
    }

    /** The one sum that the first pass emitted as launch {@code at}. */
    private static Sum sum(RecordedLaunches program, int at) {
        Launch launch = program.get(at);
        IntArray layout = (IntArray) launch.buffer(0).array();
        Sum sum = new Sum(launch.buffer(1), layout.get(1), layout.get(2), layout.get(3), layout.get(4), launch.buffer(2), layout.get(5) != 0);
        RowSums source = at > 0 ? source(program, at - 1) : null;
        return source == null ? sum : sum.from(source);
    }

    /** The sums that are emitted with that at {@code at}: neighbours among sums, unless a launch between them uses one of their results. */
    private static List<Integer> groupOf(RecordedLaunches program, int at) {
        List<Integer> group = new ArrayList<>();
        List<Sum> sums = new ArrayList<>();
        for (int i = 0; i < program.size(); i++) {
            if (group.size() == ColumnKernels.SUMS || uses(program.get(i), sums)) {
                if (group.contains(at)) {
                    return group;
                }
                group.clear();
                sums.clear();
            }
            if (isSum(program, i)) {
                group.add(i);
                sums.add(sum(program, i));
            }
        }
        return group;
    }

    private static boolean uses(Launch launch, List<Sum> sums) {
        for (int a = 0; a < launch.argumentCount(); a++) {
            Object argument = launch.argument(a);
            if (sums.stream().anyMatch(sum -> sum.dst == argument)) {
                return true;
            }
        }
        return false;
    }

    /** Where the sums of the first step at {@code at}, whose second step follows, are already; null if nowhere. */
    private static RowSums source(RecordedLaunches program, int at) {
        if (!program.is(at, ColumnSums.SUM)) {
            return null;
        }
        ColumnSums.Columns columns = program.get(at).arguments(ColumnSums.Columns.class);
        if (program.get(at + 1).buffer(1) != columns.partials()) {
            return null;
        }
        int n = ((IntArray) columns.size().array()).get(1);
        for (int i = at - 1; i >= 0; i--) {
            Launch launch = program.get(i);
            if (launch.writes(columns.dy())) {
                RowSums sums = launch.note(RowSums.class);
                return sums != null && sums.rows() == columns.dy() && sums.n() == n ? sums : null;
            }
        }
        return null;
    }
}
