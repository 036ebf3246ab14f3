// SPDX-License-Identifier: Apache-2.0
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The second step of sums over rows. In a backward pass they are many, small, and not needed before its end: in a second pass, this lowering joins
 * those of several sums in one launch, where the last of them stands. It also drops first steps whose sums the kernel that wrote the rows has left.
 */
public final class ChunkSumsLowering implements Lowering {
    private static final Kernel KERNEL = Kernel.grid("gpu.sum_chunks", SumRowsGrid::sumChunks);

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

        private Sum from(PartialSums source) {
            return new Sum(source.partials(), source.chunks(), source.stride(), source.offset(), n, dst, add);
        }
    }

    /** Emits one sum. */
    public static void emit(Sum sum, LoweredLaunches out) {
        emit(List.of(sum), out);
    }

    /** Emits at most {@link SumRowsGrid#SUMS} sums. */
    private static void emit(List<Sum> sums, LoweredLaunches out) {
        int[] layout = new int[SumRowsGrid.SUMS * SumRowsGrid.NUMBERS];
        int blocks = 0;
        for (int i = 0; i < SumRowsGrid.SUMS; i++) {
            int at = i * SumRowsGrid.NUMBERS;
            if (i >= sums.size()) {
                layout[at + SumRowsGrid.FIRST_BLOCK] = Integer.MAX_VALUE;
                continue;
            }
            Sum sum = sums.get(i);
            layout[at + SumRowsGrid.FIRST_BLOCK] = blocks;
            layout[at + SumRowsGrid.CHUNKS] = sum.chunks;
            layout[at + SumRowsGrid.STRIDE] = sum.stride;
            layout[at + SumRowsGrid.OFFSET] = sum.offset;
            layout[at + SumRowsGrid.LENGTH] = sum.n;
            layout[at + SumRowsGrid.ADD] = sum.add ? 1 : 0;
            blocks += Math.ceilDiv(sum.n, SumRowsGrid.FINAL_COLUMNS);
        }
        Launch.Builder launch = out.launch(KERNEL).read(out.ints(layout));
        for (int i = 0; i < SumRowsGrid.SUMS; i++) {
            Sum sum = sums.get(i < sums.size() ? i : 0);
            launch.read(sum.partials);
            if (sum.add) {
                launch.update(sum.dst);
            } else {
                launch.write(sum.dst);
            }
        }
        // The second pass reads the sum of a launch that the first one emitted, which has one.
        launch.note(sums.getFirst()).over(Grid.of(blocks, SumRowsGrid.FINAL_COLUMNS * SumRowsGrid.FINAL_GROUPS));
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

    private static Sum noted(RecordedLaunches program, int at) {
        return Objects.requireNonNull(program.get(at).note(Sum.class), "each launch of sums that the first pass emits has a note of its sum");
    }

    /** The one sum that the first pass emitted as launch {@code at}. */
    private static Sum sum(RecordedLaunches program, int at) {
        Sum sum = noted(program, at);
        PartialSums source = at > 0 ? source(program, at - 1) : null;
        return source == null ? sum : sum.from(source);
    }

    /** The sums that are emitted with that at {@code at}: neighbours among sums, unless a launch between them uses one of their results. */
    private static List<Integer> groupOf(RecordedLaunches program, int at) {
        List<Integer> group = new ArrayList<>();
        List<Sum> sums = new ArrayList<>();
        for (int i = 0; i < program.size(); i++) {
            if (group.size() == SumRowsGrid.SUMS || uses(program.get(i), sums)) {
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
            for (Sum sum : sums) {
                if (sum.dst == argument) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Where the sums of the first step at {@code at}, whose second step follows, are already; null if nowhere. */
    private static @Nullable PartialSums source(RecordedLaunches program, int at) {
        if (!program.is(at, SumRowsLowering.FIRST_STEP) && !program.is(at, SumRowsLowering.FIRST_STEP_WIDE)) {
            return null;
        }
        SumRowsLowering.FirstStep step = program.get(at).arguments(SumRowsLowering.FirstStep.class);
        Sum sum = noted(program, at + 1);
        if (sum.partials != step.partials()) {
            return null;
        }
        for (int i = at - 1; i >= 0; i--) {
            Launch launch = program.get(i);
            if (launch.writes(step.dy())) {
                PartialSums sums = launch.note(PartialSums.class);
                return sums != null && sums.rows() == step.dy() && sums.n() == sum.n ? sums : null;
            }
        }
        return null;
    }
}
