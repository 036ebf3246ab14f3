// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TornadoTaskGraphInterface;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.runtime.ExecutorFrame;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * A task graph on the JVM. Its tasks see copies of the arrays, which only the graph's transfers fill: a transfer that a GPU needs is
 * needed here, too.
 */
public final class JvmTaskGraph extends RunStatistics implements TornadoTaskGraphInterface {
    private final String name;
    private final boolean immutable;
    private final List<RecordedTask> tasks = new ArrayList<>();
    private final Transfers transfers;
    private final IdentityHashMap<TornadoNativeArray, DeviceBuffer> memory = new IdentityHashMap<>();
    private GridScheduler grids = new GridScheduler();
    private @Nullable JvmTaskGraph lastExecuted;
    private boolean finished;

    /** An empty graph. */
    public JvmTaskGraph(String name) {
        if (name == null || name.isEmpty() || name.contains(".")) {
            throw new TornadoRuntimeException("a task graph needs a name without dots, not '" + name + "'");
        }
        this.name = name;
        this.immutable = false;
        this.transfers = new Transfers(name);
    }

    private JvmTaskGraph(JvmTaskGraph other) {
        this.name = other.name;
        this.immutable = true;
        this.tasks.addAll(other.tasks);
        this.transfers = new Transfers(other.transfers);
    }

    @Override
    public String getTaskGraphName() {
        return name;
    }

    private void requireOpen() {
        if (immutable) {
            throw new TornadoRuntimeException("task graph " + name + " was taken as a snapshot and cannot change");
        }
    }

    @Override
    public void addTask(TaskPackage taskPackage) {
        requireOpen();
        RecordedTask task = RecordedTask.of(name, taskPackage);
        if (tasks.stream().anyMatch(other -> other.name().equals(task.name()))) {
            throw new TornadoRuntimeException("task graph " + name + " has two tasks named " + taskPackage.getId());
        }
        tasks.add(task);
        GraphLimits.checkTasks(name, tasks);
    }

    @Override
    public void transferToDevice(int mode, Object... objects) {
        requireOpen();
        transfers.toDevice(mode, objects);
    }

    @Override
    public void transferToHost(int mode, Object... objects) {
        requireOpen();
        transfers.toHost(mode, objects);
    }

    @Override
    public void consumeFromDevice(String sourceTaskGraphName, Object... objects) {
        requireOpen();
        transfers.consume(sourceTaskGraphName, objects);
    }

    @Override
    public void consumeFromDevice(Object... objects) {
        consumeFromDevice("", objects);
    }

    @Override
    public Set<Object> getArgumentsLookup() {
        return transfers.asSet();
    }

    @Override
    public Collection<?> getOutputs() {
        return transfers.arrays().stream().filter(transfers::copiedOut).toList();
    }

    @Override
    public TornadoTaskGraphInterface createImmutableTaskGraph() {
        return new JvmTaskGraph(this);
    }

    @Override
    public void withPreCompilation(ExecutorFrame executionPackage) {
        if (tasks.isEmpty()) {
            throw new TornadoRuntimeException("task graph " + name + " has no tasks");
        }
        GraphLimits.checkCode(name, tasks, transfers.arrays().size(), transfers.copies());
        for (RecordedTask task : tasks) {
            for (TornadoNativeArray array : task.arrays()) {
                if (!transfers.contains(array)) {
                    throw new TornadoTaskRuntimeException("task " + task.name() + ": argument " + (task.arguments().indexOf(array) + 1)
                            + ", " + describe(array) + ", is in no transfer of the graph; name it in transferToDevice, "
                            + "transferToHost, persistOnDevice or consumeFromDevice");
                }
            }
        }
    }

    @Override
    public void withGridScheduler(GridScheduler gridScheduler) {
        grids = gridScheduler;
    }

    @Override
    public boolean isGridRegistered() {
        return tasks.stream().anyMatch(task -> grids.get(task.name()) != null);
    }

    @Override
    public void useDefaultThreadScheduler(boolean use) {
        if (use) {
            grids = new GridScheduler();
        }
    }

    @Override
    public void withCUDAGraph() {
        // Captured or not, the tasks compute the same.
    }

    @Override
    public void setDevice(TornadoDevice device) {
        if (device != HostDevice.INSTANCE) {
            throw new TornadoRuntimeException("task graph " + name + " cannot move to " + device + ": the JVM has one device");
        }
    }

    @Override
    public TornadoDevice getDevice() {
        return HostDevice.INSTANCE;
    }

    @Override
    public void setLastExecutedTaskGraph(TornadoTaskGraphInterface lastExecutedTaskGraph) {
        lastExecuted = (JvmTaskGraph) lastExecutedTaskGraph;
    }

    @Override
    public TornadoTaskGraphInterface execute(ExecutorFrame executionPackage) {
        finished = false;
        withPreCompilation(executionPackage);
        begin();
        for (TornadoNativeArray array : transfers.arrays()) {
            prepare(array);
        }
        copiedIn();
        for (RecordedTask task : tasks) {
            TaskRunner.run(task, grids.get(task.name()), array -> onDevice(array).device());
        }
        ranKernels();
        for (TornadoNativeArray array : transfers.arrays()) {
            if (transfers.copiedOut(array)) {
                bytesOut(onDevice(array).copyOut());
            }
        }
        end(getCurrentDeviceMemoryUsage());
        finished = true;
        return this;
    }

    /** The device's copy of an array that {@link #prepare} has seen. */
    private DeviceBuffer onDevice(TornadoNativeArray array) {
        return Objects.requireNonNull(memory.get(array), "each array of the graph's transfers is prepared before a task runs");
    }

    /** Gets the device's copy of one array: from another graph, from an earlier run, or a new one; and fills it where the transfers say so. */
    private void prepare(TornadoNativeArray array) {
        String source = transfers.source(array);
        if (source != null) {
            memory.put(array, taken(array, source));
            return;
        }
        boolean absent = !memory.containsKey(array);
        if (absent) {
            memory.put(array, allocate(array));
        }
        if (transfers.copiedInAlways(array) || absent && transfers.copiedIn(array)) {
            bytesIn(onDevice(array).copyIn());
        }
    }

    private DeviceBuffer taken(TornadoNativeArray array, String source) {
        if (lastExecuted == null) {
            throw new TornadoRuntimeException("task graph " + name + " consumes " + describe(array)
                    + " from the device, but no graph of the plan has run before; run them one by one with withGraph(i)");
        }
        if (!source.isEmpty() && !source.equals(lastExecuted.name)) {
            throw new TornadoRuntimeException("task graph " + name + " consumes " + describe(array) + " from " + source
                    + ", but the graph that ran just before is " + lastExecuted.name);
        }
        if (!lastExecuted.transfers.leftOnDevice(array) || !lastExecuted.memory.containsKey(array)) {
            throw new TornadoRuntimeException("task graph " + name + " consumes " + describe(array) + ", which " + lastExecuted.name
                    + " did not leave on the device; name it there in persistOnDevice (or consumeFromDevice, to pass it along)");
        }
        return lastExecuted.memory.get(array);
    }

    private DeviceBuffer allocate(TornadoNativeArray array) {
        long used = getCurrentDeviceMemoryUsage();
        long wanted = array.getNumBytesOfSegmentWithHeader();
        if (used + wanted > HostDevice.memory()) {
            throw new TornadoOutOfMemoryException("task graph " + name + ": " + describe(array) + " needs " + wanted + " bytes, of "
                    + HostDevice.memory() + " bytes of device memory " + used + " are in use; raise -Dtornado.device.memory");
        }
        return new DeviceBuffer(array);
    }

    private static String describe(TornadoNativeArray array) {
        return "a " + array.getClass().getSimpleName() + " of " + array.getSize() + " elements";
    }

    @Override
    public void syncRuntimeTransferToHost(Object... objects) {
        for (Object object : objects) {
            DeviceBuffer buffer = object instanceof TornadoNativeArray array ? memory.get(array) : null;
            if (buffer == null) {
                throw new TornadoRuntimeException("task graph " + name + " has no copy on the device of "
                        + (object instanceof TornadoNativeArray array ? describe(array) : String.valueOf(object)));
            }
            bytesOut(buffer.copyOut());
        }
    }

    @Override
    public void mapOnDeviceMemoryRegion(Object destArray, Object srcArray, long offset, TornadoTaskGraphInterface taskGraphSrc) {
        JvmTaskGraph source = (JvmTaskGraph) taskGraphSrc;
        if (!(destArray instanceof TornadoNativeArray dest) || !(srcArray instanceof TornadoNativeArray src) || source.memory.get(src) == null) {
            throw new TornadoRuntimeException("task graph " + name + " can't map its array on one of " + source.name
                    + ", which has no such array on the device; execute that graph first");
        }
        if (offset != 0) {
            // TornadoVM's backends disagree: cuda copies from the offset on, ptx maps the address there.
            throw new TornadoRuntimeException("task graph " + name + " maps an array at offset " + offset + "; only 0 is the same on every backend");
        }
        memory.put(dest, source.memory.get(src).as(dest));
    }

    @Override
    public void freeDeviceMemory() {
        memory.clear();
    }

    @Override
    public long getCurrentDeviceMemoryUsage() {
        return memory.values().stream().mapToLong(DeviceBuffer::bytes).sum();
    }

    @Override
    public boolean isFinished() {
        return finished;
    }
}
