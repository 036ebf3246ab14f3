// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import uk.ac.manchester.tornado.api.profiler.ProfilerInterface;

/** The times and bytes of a graph's last run. On the JVM no kernel is compiled and no copy is queued, so those times are 0. */
abstract class RunStatistics implements ProfilerInterface {
    private long start;
    private long copiedIn;
    private long ranKernels;
    private long end;
    private long bytesIn;
    private long bytesOut;
    private long memory;

    final void begin() {
        start = System.nanoTime();
        bytesIn = 0;
        bytesOut = 0;
    }

    final void bytesIn(long bytes) {
        bytesIn += bytes;
    }

    final void bytesOut(long bytes) {
        bytesOut += bytes;
    }

    final void copiedIn() {
        copiedIn = System.nanoTime();
    }

    final void ranKernels() {
        ranKernels = System.nanoTime();
    }

    final void end(long deviceMemory) {
        end = System.nanoTime();
        memory = deviceMemory;
    }

    @Override
    public final long getTotalTime() {
        return end - start;
    }

    @Override
    public final long getCompileTime() {
        return 0;
    }

    @Override
    public final long getTornadoCompilerTime() {
        return 0;
    }

    @Override
    public final long getDriverInstallTime() {
        return 0;
    }

    @Override
    public final long getDataTransfersTime() {
        return getDeviceWriteTime() + getDeviceReadTime();
    }

    @Override
    public final long getDeviceWriteTime() {
        return copiedIn - start;
    }

    @Override
    public final long getDeviceReadTime() {
        return end - ranKernels;
    }

    @Override
    public final long getDataTransferDispatchTime() {
        return 0;
    }

    @Override
    public final long getKernelDispatchTime() {
        return 0;
    }

    @Override
    public final long getDeviceKernelTime() {
        return ranKernels - copiedIn;
    }

    @Override
    public final long getTotalBytesCopyIn() {
        return bytesIn;
    }

    @Override
    public final long getTotalBytesCopyOut() {
        return bytesOut;
    }

    @Override
    public final long getTotalBytesTransferred() {
        return bytesIn + bytesOut;
    }

    @Override
    public final long getTotalDeviceMemoryUsage() {
        return memory;
    }
}
