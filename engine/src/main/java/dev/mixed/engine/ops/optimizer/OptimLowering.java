// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Launch.Access;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;
import dev.mixed.engine.ops.MultiTensor;
import dev.mixed.engine.ops.TensorTable;
import dev.mixed.engine.ops.TensorTable.Tables;
import dev.mixed.engine.ops.reduce.TotalsGrid;
import dev.mixed.intrinsics.Capability;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/**
 * Lowers runs of launches that do the same to one parameter (or its gradient) after another: one launch for as many as a kernel has arguments for. And
 * the last step of norms and checks, which the loop kernels take in one thread, by a block.
 */
public final class OptimLowering implements Lowering {
    private static final Kernel UNSCALE = Kernel.grid("gpu.unscale.f32", OptimGrid::unscale);
    private static final Kernel SQUARES = Kernel.grid("gpu.sum_of_squares.f32", OptimGrid::sumSquares);
    private static final Kernel PREPARE_ADAMW = Kernel.grid("gpu.prepare_adamw", OptimGrid::prepareAdamw);
    private static final Kernel ADAMW = Kernel.grid("gpu.adamw.f32", OptimGrid::adamw);
    private static final Kernel CHECK = Kernel.grid("gpu.check_gradients.f32", OptimGrid::check);
    private static final Kernel CHECK_WIDE = Kernel.grid("wide.check_gradients.f32", OptimWide::check);
    private static final Kernel ADAMW_WIDE = Kernel.grid("wide.adamw.f32", OptimWide::adamw);
    private static final Kernel ROOT_OF_SUM = Kernel.grid("gpu.root_of_sum", TotalsGrid::rootOfTotal);
    private static final Kernel ANY = Kernel.grid("gpu.any", TotalsGrid::anyFlag);

    private final LaunchByLaunch totals = new LaunchByLaunch().with(Optim.ROOT_OF_SUM, total(ROOT_OF_SUM)).with(Optim.ANY, total(ANY))
            .with(LossScaling.FOUND_INF, total(ANY));

    private final boolean intrinsics;

    /** For the kernels that a GPU can be given. */
    public OptimLowering(GpuTarget target) {
        intrinsics = target.has(Capability.SM_75);
    }

    private static LaunchByLaunch.Rule total(Kernel kernel) {
        return (launch, out) -> {
            Optim.Total total = launch.arguments(Optim.Total.class);
            out.launch(kernel).read(total.partials()).write(total.result()).read(out.ints(total.n())).over(TotalsGrid.GRID);
            return true;
        };
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, LossScaling.UNSCALE)) {
            return unscale(views(run(program, at, OptimLowering::unscaledBy, l -> List.of(unscale(l).g())), LossScaling.Unscale.class), out);
        }
        if (program.is(at, Optim.SQUARES)) {
            return squares(views(run(program, at, l -> squares(l).partials(), l -> List.of(squares(l).x())), Optim.Squares.class), out);
        }
        if (program.is(at, LossScaling.CHECK)) {
            return check(views(run(program, at, OptimLowering::checkedBy, l -> List.of(check(l).g())), LossScaling.Check.class), out);
        }
        if (program.is(at, Optim.ADAMW) && intrinsics) {
            return adamwOfAll(run(program, at, OptimLowering::stepOf, OptimLowering::updated), program, out);
        }
        if (program.is(at, Optim.ADAMW)) {
            return adamw(run(program, at, OptimLowering::updatedBy, OptimLowering::updated), out);
        }
        return totals.lower(program, at, out);
    }

    private static LossScaling.Unscale unscale(Launch launch) {
        return launch.arguments(LossScaling.Unscale.class);
    }

    private static Object unscaledBy(Launch launch) {
        return List.of(unscale(launch).factor(), unscale(launch).flags());
    }

    private static LossScaling.Check check(Launch launch) {
        return launch.arguments(LossScaling.Check.class);
    }

    private static Object checkedBy(Launch launch) {
        return List.of(check(launch).factor(), check(launch).flags(), check(launch).sums());
    }

    private static Optim.Squares squares(Launch launch) {
        return launch.arguments(Optim.Squares.class);
    }

    /** What the updates of one group of parameters have in common. */
    private static Object updatedBy(Launch launch) {
        return List.of(stepOf(launch), launch.arguments(Optim.AdamW.class).weightDecay());
    }

    /** What the updates of one step have in common. */
    private static Object stepOf(Launch launch) {
        Optim.AdamW a = launch.arguments(Optim.AdamW.class);
        return List.of(a.lr(), a.step(), a.gradScale(), a.scaled(), a.foundInf(), a.checked(), a.rest1(), a.beta2(), a.rest2(), a.logBeta1(), a.logBeta2(),
                a.eps());
    }

    private static List<Buffer> updated(Launch launch) {
        Optim.AdamW a = launch.arguments(Optim.AdamW.class);
        return List.of(a.param(), a.grad(), a.m(), a.v());
    }

    /** The launches from {@code at} on of one kernel that have the same in common, and whose own buffers no other of them has. */
    private static List<Launch> run(RecordedLaunches program, int at, Function<Launch, Object> common, Function<Launch, List<Buffer>> own) {
        Launch first = program.get(at);
        Set<Buffer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Launch> run = new ArrayList<>();
        for (int i = at; program.is(i, first.kernel()); i++) {
            Launch launch = program.get(i);
            if (!common.apply(launch).equals(common.apply(first)) || !own.apply(launch).stream().allMatch(seen::add)) {
                break;
            }
            run.add(launch);
        }
        return run;
    }

    private static <V extends Record> List<V> views(List<Launch> launches, Class<V> view) {
        return launches.stream().map(l -> l.arguments(view)).toList();
    }

    private static int unscale(List<LossScaling.Unscale> run, LoweredLaunches out) {
        for (List<LossScaling.Unscale> group : MultiTensor.groups(run, OptimGrid.UNSCALED)) {
            float[] limits = new float[OptimGrid.UNSCALED];
            for (int k = 0; k < group.size(); k++) {
                limits[k] = group.get(k).limit();
            }
            IntUnaryOperator elements = i -> group.get(i).n();
            Buffer layout = MultiTensor.layout(group.size(), OptimGrid.UNSCALED, elements, i -> group.get(i).offset(), out);
            LossScaling.Unscale any = group.getFirst();
            Launch.Builder lowered = out.launch(UNSCALE).read(layout).read(out.floats(limits)).read(any.factor()).update(any.flags());
            for (int k = 0; k < OptimGrid.UNSCALED; k++) {
                lowered.update(group.get(k < group.size() ? k : 0).g());
            }
            lowered.over(MultiTensor.grid(group.size(), elements));
        }
        return run.size();
    }

    private int check(List<LossScaling.Check> run, LoweredLaunches out) {
        if (!intrinsics) {
            for (LossScaling.Check check : run) {
                out.launch(CHECK).read(check.g()).read(check.factor()).update(check.flags()).update(check.sums()).read(out.floats(check.limit()))
                        .read(out.ints(check.n(), check.offset())).over(Grid.of(Math.ceilDiv(check.n(), MultiTensor.CHUNK), MultiTensor.THREADS));
            }
            return run.size();
        }
        TensorTable gradients = new TensorTable(Access.READ);
        run.forEach(check -> gradients.add(List.of(check.g()), check.n(), check.offset(), check.limit()));
        LossScaling.Check any = run.getFirst();
        Tables tables = gradients.emit(out);
        out.launch(CHECK_WIDE).read(tables.addresses()).read(tables.layout()).read(any.factor()).update(any.flags()).update(any.sums()).over(tables.grid());
        return run.size();
    }

    private static int squares(List<Optim.Squares> run, LoweredLaunches out) {
        for (List<Optim.Squares> group : MultiTensor.groups(run, OptimGrid.SQUARED)) {
            IntUnaryOperator elements = i -> group.get(i).n();
            Buffer layout = MultiTensor.layout(group.size(), OptimGrid.SQUARED, elements, i -> group.get(i).offset(), out);
            Launch.Builder lowered = out.launch(SQUARES).read(layout).update(group.getFirst().partials());
            for (int k = 0; k < OptimGrid.SQUARED; k++) {
                lowered.read(group.get(k < group.size() ? k : 0).x());
            }
            lowered.over(MultiTensor.grid(group.size(), elements));
        }
        return run.size();
    }

    private static int adamw(List<Launch> run, LoweredLaunches out) {
        if (run.isEmpty()) {
            return 0;
        }
        Buffer numbers = prepared(run.getFirst().arguments(Optim.AdamW.class), out);
        for (List<Launch> group : MultiTensor.groups(run, OptimGrid.UPDATED)) {
            IntUnaryOperator elements = i -> group.get(i).range();
            Launch.Builder lowered = out.launch(ADAMW).read(MultiTensor.layout(group.size(), OptimGrid.UPDATED, elements, _ -> 0, out)).read(numbers);
            for (int k = 0; k < OptimGrid.UPDATED; k++) {
                Optim.AdamW update = group.get(k < group.size() ? k : 0).arguments(Optim.AdamW.class);
                lowered.update(update.param()).read(update.grad()).update(update.m()).update(update.v());
            }
            lowered.over(MultiTensor.grid(group.size(), elements));
        }
        return run.size();
    }

    /** All parameters in one launch, with the half copies of those that programs read as halves. */
    private static int adamwOfAll(List<Launch> run, RecordedLaunches program, LoweredLaunches out) {
        if (run.isEmpty()) {
            return 0;
        }
        TensorTable parameters = new TensorTable(Access.READ_WRITE, Access.READ, Access.READ_WRITE, Access.READ_WRITE);
        List<Buffer> halves = new ArrayList<>();
        for (Launch launch : run) {
            Optim.AdamW update = launch.arguments(Optim.AdamW.class);
            Buffer half = update.param().half();
            // What else the program writes into a parameter would be missing in a copy that is written here.
            boolean copied = half != null && program.writes(update.param()) == 1;
            if (copied) {
                halves.add(half);
            }
            parameters.add(List.of(update.param(), update.grad(), update.m(), update.v()), launch.range(), copied ? halves.size() : 0, update.weightDecay());
        }
        Tables tables = parameters.emit(out);
        Buffer copies = halves.isEmpty() ? tables.addresses() : TensorTable.addresses(halves, _ -> Access.READ_WRITE, out);
        Buffer numbers = prepared(run.getFirst().arguments(Optim.AdamW.class), out);
        out.launch(ADAMW_WIDE).read(tables.addresses()).read(tables.layout()).read(copies).read(numbers).over(tables.grid());
        return run.size();
    }

    /** What a step's updates need beside their tensors. */
    private static Buffer prepared(Optim.AdamW any, LoweredLaunches out) {
        Buffer numbers = out.scratch(DType.F32, OptimGrid.NUMBERS);
        out.launch(PREPARE_ADAMW).write(numbers).read(any.lr()).read(any.step()).read(any.gradScale()).read(any.foundInf()).read(out.floats(constants(any)))
                .over(Grid.of(1, 32));
        return numbers;
    }

    private static float[] constants(Optim.AdamW adamw) {
        float[] constants = new float[OptimGrid.NUMBERS];
        constants[OptimGrid.LOG_BETA1] = adamw.logBeta1();
        constants[OptimGrid.LOG_BETA2] = adamw.logBeta2();
        constants[OptimGrid.WEIGHT_DECAY] = adamw.weightDecay();
        constants[OptimGrid.SCALED] = adamw.scaled() ? 1f : 0f;
        constants[OptimGrid.CHECKED] = adamw.checked() ? 1f : 0f;
        constants[OptimGrid.REST1] = adamw.rest1();
        constants[OptimGrid.BETA2] = adamw.beta2();
        constants[OptimGrid.REST2] = adamw.rest2();
        constants[OptimGrid.EPS] = adamw.eps();
        return constants;
    }
}
