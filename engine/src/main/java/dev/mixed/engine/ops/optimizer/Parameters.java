package dev.mixed.engine.ops.optimizer;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/** Lowers runs of launches that do the same to one parameter (or its gradient) after another: one launch for as many as a kernel has arguments for. */
public final class Parameters {
    private static final Kernel UNSCALE = Kernel.grid("gpu.unscale.f32", ParameterKernels::unscale);
    private static final Kernel SQUARES = Kernel.grid("gpu.sum_of_squares.f32", ParameterKernels::sumSquares);
    private static final Kernel PREPARE_ADAMW = Kernel.grid("gpu.prepare_adamw", ParameterKernels::prepareAdamw);
    private static final Kernel ADAMW = Kernel.grid("gpu.adamw.f32", ParameterKernels::adamw);

    private Parameters() {
    }

    public static Lowering lowering() {
        return Parameters::lower;
    }

    private static int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        return switch (program.get(at).kernel().name()) {
            case "unscale.f32" -> unscale(run(program, at, 1, 3), out);
            case "sum_of_squares.f32" -> squares(run(program, at, 1, 2), out);
            case "adamw.f32" -> adamw(run(program, at, 4, program.get(at).argumentCount()), out);
            default -> 0;
        };
    }

    /** The launches from {@code at} on of one kernel whose arguments from {@code from} up to {@code to} are the same, and whose others belong to them alone. */
    private static List<Launch> run(RecordedLaunches program, int at, int from, int to) {
        Launch first = program.get(at);
        Set<Buffer> own = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Launch> run = new ArrayList<>();
        for (int i = at; program.is(i, first.kernel().name()); i++) {
            Launch launch = program.get(i);
            for (int a = 0; a < launch.argumentCount(); a++) {
                boolean shared = a >= from && a < to;
                if (shared ? !launch.argument(a).equals(first.argument(a)) : launch.argument(a) instanceof Buffer buffer && !own.add(buffer)) {
                    return run;
                }
            }
            run.add(launch);
        }
        return run;
    }

    private static int unscale(List<Launch> run, LoweredLaunches out) {
        for (List<Launch> group : groups(run, ParameterKernels.UNSCALED)) {
            Launch first = group.getFirst();
            float[] limits = new float[ParameterKernels.UNSCALED];
            for (int k = 0; k < group.size(); k++) {
                limits[k] = group.get(k).floatAt(3);
            }
            Launch.Builder lowered = out.launch(UNSCALE).read(layout(group, ParameterKernels.UNSCALED, i -> group.get(i).intAt(4), i -> group.get(i).intAt(5), out))
                    .read(out.floats(limits)).read(first.buffer(1)).update(first.buffer(2));
            for (int k = 0; k < ParameterKernels.UNSCALED; k++) {
                lowered.update(group.get(k < group.size() ? k : 0).buffer(0));
            }
            lowered.over(blocks(group, i -> group.get(i).intAt(4)));
        }
        return run.size();
    }

    private static int squares(List<Launch> run, LoweredLaunches out) {
        for (List<Launch> group : groups(run, ParameterKernels.SQUARED)) {
            Launch.Builder lowered = out.launch(SQUARES)
                    .read(layout(group, ParameterKernels.SQUARED, i -> group.get(i).intAt(2), i -> group.get(i).intAt(3), out)).update(group.getFirst().buffer(1));
            for (int k = 0; k < ParameterKernels.SQUARED; k++) {
                lowered.read(group.get(k < group.size() ? k : 0).buffer(0));
            }
            lowered.over(blocks(group, i -> group.get(i).intAt(2)));
        }
        return run.size();
    }

    private static int adamw(List<Launch> run, LoweredLaunches out) {
        if (run.isEmpty()) {
            return 0;
        }
        Launch any = run.getFirst();
        float[] constants = new float[9];
        for (int i = 0; i < 7; i++) {
            constants[i] = any.floatAt(10 + i);
        }
        constants[7] = any.intAt(7);
        constants[8] = any.intAt(9);
        Buffer numbers = out.scratch(DType.F32, ParameterKernels.ADAMW_NUMBERS);
        out.launch(PREPARE_ADAMW).write(numbers).read(any.buffer(4)).read(any.buffer(5)).read(any.buffer(6)).read(any.buffer(8)).read(out.floats(constants))
                .over(Grid.of(1, 32));
        for (List<Launch> group : groups(run, ParameterKernels.UPDATED)) {
            Launch.Builder lowered = out.launch(ADAMW).read(layout(group, ParameterKernels.UPDATED, i -> group.get(i).range(), _ -> 0, out)).read(numbers);
            for (int k = 0; k < ParameterKernels.UPDATED; k++) {
                Launch launch = group.get(k < group.size() ? k : 0);
                lowered.update(launch.buffer(0)).read(launch.buffer(1)).update(launch.buffer(2)).update(launch.buffer(3));
            }
            lowered.over(blocks(group, i -> group.get(i).range()));
        }
        return run.size();
    }

    /** Consecutive groups of at most {@code most}. */
    static <T> List<List<T>> groups(List<T> all, int most) {
        List<List<T>> groups = new ArrayList<>();
        for (int i = 0; i < all.size(); i += most) {
            groups.add(all.subList(i, Math.min(i + most, all.size())));
        }
        return groups;
    }

    /** First blocks, elements and offsets of a group's tensors, for a kernel of {@code k} of them; what is not there starts beyond all blocks. */
    static Buffer layout(List<?> group, int k, IntUnaryOperator elements, IntUnaryOperator offset, LoweredLaunches out) {
        int[] layout = new int[3 * k];
        int block = 0;
        for (int i = 0; i < k; i++) {
            boolean there = i < group.size();
            layout[i] = there ? block : Integer.MAX_VALUE;
            layout[k + i] = there ? elements.applyAsInt(i) : 0;
            layout[2 * k + i] = there ? offset.applyAsInt(i) : 0;
            block += Math.ceilDiv(layout[k + i], ParameterKernels.CHUNK);
        }
        return out.ints(layout);
    }

    /** One block for each chunk of the group's tensors. */
    static Grid blocks(List<?> group, IntUnaryOperator elements) {
        int blocks = 0;
        for (int i = 0; i < group.size(); i++) {
            blocks += Math.ceilDiv(elements.applyAsInt(i), ParameterKernels.CHUNK);
        }
        return Grid.of(blocks, ParameterKernels.THREADS);
    }
}
