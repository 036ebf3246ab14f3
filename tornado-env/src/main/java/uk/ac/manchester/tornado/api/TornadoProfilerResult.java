// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import java.util.List;
import java.util.function.ToLongFunction;
import uk.ac.manchester.tornado.api.profiler.ProfilerInterface;

/** The times and bytes of an execution, summed over its graphs. On the JVM no kernel compiler and no driver runs, so theirs are 0. */
public class TornadoProfilerResult implements ProfilerInterface {
    private final List<ImmutableTaskGraph> graphs;

    TornadoProfilerResult(List<ImmutableTaskGraph> graphs) {
        this.graphs = graphs;
    }

    private long sum(ToLongFunction<ProfilerInterface> value) {
        return graphs.stream().mapToLong(graph -> value.applyAsLong(graph.graph())).sum();
    }

    @Override
    public long getTotalTime() {
        return sum(ProfilerInterface::getTotalTime);
    }

    @Override
    public long getCompileTime() {
        return sum(ProfilerInterface::getCompileTime);
    }

    @Override
    public long getTornadoCompilerTime() {
        return sum(ProfilerInterface::getTornadoCompilerTime);
    }

    @Override
    public long getDriverInstallTime() {
        return sum(ProfilerInterface::getDriverInstallTime);
    }

    @Override
    public long getDataTransfersTime() {
        return sum(ProfilerInterface::getDataTransfersTime);
    }

    @Override
    public long getDeviceWriteTime() {
        return sum(ProfilerInterface::getDeviceWriteTime);
    }

    @Override
    public long getDeviceReadTime() {
        return sum(ProfilerInterface::getDeviceReadTime);
    }

    @Override
    public long getDataTransferDispatchTime() {
        return sum(ProfilerInterface::getDataTransferDispatchTime);
    }

    @Override
    public long getKernelDispatchTime() {
        return sum(ProfilerInterface::getKernelDispatchTime);
    }

    @Override
    public long getDeviceKernelTime() {
        return sum(ProfilerInterface::getDeviceKernelTime);
    }

    @Override
    public long getTotalBytesCopyIn() {
        return sum(ProfilerInterface::getTotalBytesCopyIn);
    }

    @Override
    public long getTotalBytesCopyOut() {
        return sum(ProfilerInterface::getTotalBytesCopyOut);
    }

    @Override
    public long getTotalBytesTransferred() {
        return sum(ProfilerInterface::getTotalBytesTransferred);
    }

    @Override
    public long getTotalDeviceMemoryUsage() {
        return sum(ProfilerInterface::getTotalDeviceMemoryUsage);
    }
}
