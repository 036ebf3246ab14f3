package dev.mixed.engine.ops.optimizer;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.random.RandomStateGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Lowers small launches that are strewn over a program but depend on nothing in it: the half copies of parameters, and the draws of random snapshots.
 * Where the first stands, one launch does the work of many.
 */
public final class Ahead {
    private static final Kernel ROUND = Kernel.grid("gpu.half_copies", ParameterKernels::toHalves);
    private static final Kernel DRAW = Kernel.grid("gpu.random_next", RandomStateGrid::draw);
    private static final String CAST_NAME = "cast.f32.f16";
    private static final String DRAW_NAME = "random_next";

    private Ahead() {
    }

    /** Half copies of persistent tensors. */
    public static Lowering halfCopies() {
        return (program, at, out) -> {
            if (!isCopy(program, at)) {
                return 0;
            }
            int first = 0;
            while (!isCopy(program, first)) {
                first++;
            }
            return lower(program, first, at, Ahead::copyCanMove, Ahead::emitCopies, out);
        };
    }

    /** Snapshots of one random state. */
    public static Lowering draws() {
        return (program, at, out) -> {
            if (!program.is(at, DRAW_NAME)) {
                return 0;
            }
            int first = 0;
            while (!program.is(first, DRAW_NAME) || program.get(first).buffer(0) != program.get(at).buffer(0)) {
                first++;
            }
            return lower(program, first, at, Ahead::drawCanMove, Ahead::emitDraws, out);
        };
    }

    /** Whether launch {@code at} may run at {@code first} instead. */
    @FunctionalInterface
    private interface CanMove {
        boolean test(RecordedLaunches program, int first, int at);
    }

    private static int lower(RecordedLaunches program, int first, int at, CanMove canMove, BiFunction<List<Launch>, LoweredLaunches, Integer> emit,
            LoweredLaunches out) {
        if (at > first) {
            // If it can move, it was emitted with the first.
            return canMove.test(program, first, at) ? 1 : 0;
        }
        List<Launch> moved = new ArrayList<>();
        for (int i = first; i < program.size(); i++) {
            if (canMove.test(program, first, i)) {
                moved.add(program.get(i));
            }
        }
        return emit.apply(moved, out);
    }

    private static boolean isCopy(RecordedLaunches program, int at) {
        return program.is(at, CAST_NAME) && program.get(at).buffer(0).persistent();
    }

    private static boolean copyCanMove(RecordedLaunches program, int first, int at) {
        if (!isCopy(program, at)) {
            return false;
        }
        Buffer source = program.get(at).buffer(0);
        Buffer copy = program.get(at).buffer(1);
        for (int i = first; i < at; i++) {
            Launch launch = program.get(i);
            for (int a = 0; a < launch.argumentCount(); a++) {
                if (launch.argument(a) == copy || launch.argument(a) == source && launch.access(a) != Launch.Access.READ) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean drawCanMove(RecordedLaunches program, int first, int at) {
        if (!program.is(at, DRAW_NAME) || program.get(at).buffer(0) != program.get(first).buffer(0)) {
            return false;
        }
        Buffer state = program.get(at).buffer(0);
        Buffer snapshot = program.get(at).buffer(1);
        for (int i = first; i < at; i++) {
            Launch launch = program.get(i);
            for (int a = 0; a < launch.argumentCount(); a++) {
                if (launch.argument(a) == snapshot || launch.argument(a) == state && !program.is(i, DRAW_NAME)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static int emitCopies(List<Launch> copies, LoweredLaunches out) {
        for (List<Launch> group : Parameters.groups(copies, ParameterKernels.ROUNDED)) {
            Launch.Builder lowered = out.launch(ROUND).read(Parameters.layout(group, ParameterKernels.ROUNDED, i -> group.get(i).range(), _ -> 0, out));
            for (int k = 0; k < ParameterKernels.ROUNDED; k++) {
                boolean there = k < group.size();
                lowered.read(group.get(there ? k : 0).buffer(0)).write(there ? group.get(k).buffer(1) : out.scratch(DType.F16, 1));
            }
            lowered.over(Parameters.blocks(group, i -> group.get(i).range()));
        }
        return 1;
    }

    private static int emitDraws(List<Launch> draws, LoweredLaunches out) {
        for (List<Launch> group : Parameters.groups(draws, RandomStateGrid.MOST)) {
            Launch.Builder lowered = out.launch(DRAW).update(group.getFirst().buffer(0)).read(out.ints(group.size()));
            for (int k = 0; k < RandomStateGrid.MOST; k++) {
                lowered.write(k < group.size() ? group.get(k).buffer(1) : out.scratch(DType.I32, 4));
            }
            lowered.over(Grid.of(1, 32));
        }
        return 1;
    }
}
