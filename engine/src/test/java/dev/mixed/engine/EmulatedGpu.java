// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import dev.mixed.engine.jvm.KernelInvoker;
import dev.mixed.engine.tornado.GpuLowerings;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.simulator.GridSimulator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Runs what a GPU would: lowered launches, with each grid kernel's threads, barriers and warps played out and checked on the JVM.
 *
 * <p>What a launch says it writes is NaN before (-1 for integers): a GPU's memory is not zero, and a kernel that reads it or leaves some of it unwritten
 * must not pass.
 */
public final class EmulatedGpu extends Device {
    private static final byte UNDEFINED = -1;
    private static final GridSimulator SIMULATOR = new GridSimulator();

    private final List<Lowering> lowerings;
    private final Recomputing recomputing;
    private final List<String> kernels = new ArrayList<>();
    private final Map<String, Integer> runs = new HashMap<>();

    public EmulatedGpu() {
        this(GpuLowerings.all());
    }

    /** With the kernels that such a GPU can be given. */
    public EmulatedGpu(GpuTarget target) {
        this(GpuLowerings.all(target));
    }

    public EmulatedGpu(List<Lowering> lowerings) {
        this(lowerings, Recomputing.NOTHING);
    }

    /** With programs that compute again rather than keep. */
    public EmulatedGpu(List<Lowering> lowerings, Recomputing recomputing) {
        this.lowerings = lowerings;
        this.recomputing = recomputing;
    }

    @Override
    protected Recomputing recomputing() {
        return recomputing;
    }

    @Override
    public String name() {
        return "emulated gpu";
    }

    @Override
    protected List<Lowering> lowerings() {
        return lowerings;
    }

    @Override
    protected Executable prepare(List<Launch> launches) {
        launches.forEach(launch -> kernels.add(launch.kernel().name()));
        return () -> launches.forEach(launch -> {
            runs.merge(launch.kernel().name(), 1, Integer::sum);
            run(launch);
        });
    }

    /** The kernels of all launches of all programs so far, in order. */
    public List<String> kernels() {
        return List.copyOf(kernels);
    }

    /** How many launches of a kernel all programs have so far. */
    public long launches(String kernel) {
        return kernels.stream().filter(kernel::equals).count();
    }

    /** How often launches of a kernel have run. */
    public int runs(String kernel) {
        return runs.getOrDefault(kernel, 0);
    }

    private static void run(Launch launch) {
        poison(launch);
        boolean onGrid = launch.kernel().onGrid();
        int count = launch.argumentCount();
        Object[] arguments = new Object[onGrid ? count + 1 : count + 2];
        int first = onGrid ? 1 : 0;
        for (int i = 0; i < count; i++) {
            arguments[first + i] = launch.argument(i) instanceof Buffer buffer ? array(launch, i, buffer) : launch.argument(i);
        }
        if (onGrid) {
            arguments[0] = new KernelContext();
            SIMULATOR.run(launch.kernel().name(), launch.kernel().reference(), arguments, worker(launch.grid(), launch.extras()));
        } else {
            arguments[count] = 0;
            arguments[count + 1] = launch.range();
            KernelInvoker.invoke(launch.kernel().reference(), arguments);
        }
    }

    private static void poison(Launch launch) {
        for (int i = 0; i < launch.argumentCount(); i++) {
            if (launch.argument(i) instanceof Buffer buffer && launch.access(i) == Launch.Access.WRITE && !reads(launch, buffer.array())) {
                buffer.array().getSegment().fill(UNDEFINED);
            }
        }
    }

    private static boolean reads(Launch launch, TornadoNativeArray array) {
        for (int i = 0; i < launch.argumentCount(); i++) {
            if (launch.argument(i) instanceof Buffer buffer && buffer.array() == array && launch.access(i) != Launch.Access.WRITE) {
                return true;
            }
        }
        return false;
    }

    private static TornadoNativeArray array(Launch launch, int argument, Buffer buffer) {
        TornadoNativeArray array = buffer.array();
        if (!launch.asLongs(argument)) {
            return array;
        }
        long bytes = TornadoNativeArray.ARRAY_HEADER + array.getNumBytesOfSegment() / Long.BYTES * Long.BYTES;
        return LongArray.fromSegmentShallow(array.getSegmentWithHeader().asSlice(0, bytes));
    }

    private static WorkerGrid worker(Grid grid, GridExtras extras) {
        return new KernelGrid(grid.blocksX(), grid.blocksY(), grid.blocksZ(), grid.threads(), extras.sharedBytes(), extras.blocksPerProcessor(), extras.maps());
    }

    @Override
    protected void hostWrote(Buffer buffer) {
    }

    @Override
    protected void hostReads(Buffer buffer) {
    }
}
