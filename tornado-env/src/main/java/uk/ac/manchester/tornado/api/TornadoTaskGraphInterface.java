// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import java.util.Collection;
import java.util.Set;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.profiler.ProfilerInterface;
import uk.ac.manchester.tornado.api.runtime.ExecutorFrame;

/** What runs a {@link TaskGraph}: the graph's other half, which {@link uk.ac.manchester.tornado.api.runtime.TornadoAPIProvider} loads. */
public interface TornadoTaskGraphInterface extends ProfilerInterface {
    String getTaskGraphName();

    void addTask(TaskPackage taskPackage);

    void transferToDevice(int mode, Object... objects);

    void transferToHost(int mode, Object... objects);

    void consumeFromDevice(String sourceTaskGraphName, Object... objects);

    void consumeFromDevice(Object... objects);

    Set<Object> getArgumentsLookup();

    Collection<?> getOutputs();

    /** A copy that takes no more tasks, with device memory of its own. */
    TornadoTaskGraphInterface createImmutableTaskGraph();

    /** Checks the graph's limits and arguments without running it. */
    void withPreCompilation(ExecutorFrame executionPackage);

    void withGridScheduler(GridScheduler gridScheduler);

    /** Whether the grid scheduler names a task of this graph. */
    boolean isGridRegistered();

    void useDefaultThreadScheduler(boolean use);

    void withCUDAGraph();

    void setDevice(TornadoDevice device);

    TornadoDevice getDevice();

    /** Runs the tasks once. */
    TornadoTaskGraphInterface execute(ExecutorFrame executionPackage);

    /** Names the graph that ran just before, from which arrays are consumed. */
    void setLastExecutedTaskGraph(TornadoTaskGraphInterface lastExecutedTaskGraph);

    /** Maps {@code destArray} of this graph onto the device memory of {@code srcArray} in {@code taskGraphSrc}. */
    void mapOnDeviceMemoryRegion(Object destArray, Object srcArray, long offset, TornadoTaskGraphInterface taskGraphSrc);

    /** Copies arrays from the device now. */
    void syncRuntimeTransferToHost(Object... objects);

    void freeDeviceMemory();

    long getCurrentDeviceMemoryUsage();

    boolean isFinished();
}
