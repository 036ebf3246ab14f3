// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.profiler;

/** The times of a run in nanoseconds, and its bytes. */
public interface ProfilerInterface {
    /** Nanoseconds of the whole execution. */
    long getTotalTime();

    /** Nanoseconds spent compiling kernels. */
    long getCompileTime();

    /** Nanoseconds in the kernel compiler. */
    long getTornadoCompilerTime();

    /** Nanoseconds in the driver. */
    long getDriverInstallTime();

    /** Nanoseconds of copies. */
    long getDataTransfersTime();

    /** Nanoseconds of copies to the device. */
    long getDeviceWriteTime();

    /** Nanoseconds of copies to the host. */
    long getDeviceReadTime();

    /** Nanoseconds to start copies. */
    long getDataTransferDispatchTime();

    /** Nanoseconds to start kernels. */
    long getKernelDispatchTime();

    /** Nanoseconds of kernels. */
    long getDeviceKernelTime();

    /** Bytes copied to the device. */
    long getTotalBytesCopyIn();

    /** Bytes copied to the host. */
    long getTotalBytesCopyOut();

    /** Bytes copied either way. */
    long getTotalBytesTransferred();

    /** Bytes that the graph holds on the device. */
    long getTotalDeviceMemoryUsage();
}
