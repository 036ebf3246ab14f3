// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/** Counters of a device: what it allocated, recorded and ran since it was opened. */
public final class DeviceStats {
    private long arrays;
    private long bytes;
    private long launchesRecorded;
    private long programsRecorded;
    private long programRuns;
    private long startUpNanos;

    void allocated(long size) {
        arrays++;
        bytes += size;
    }

    void launchRecorded() {
        launchesRecorded++;
    }

    void programRecorded() {
        programsRecorded++;
    }

    void programRun() {
        programRuns++;
    }

    void startUp(long nanos) {
        startUpNanos += nanos;
    }

    /** Arrays allocated for tensors. */
    public long arraysAllocated() {
        return arrays;
    }

    /** Bytes of those arrays. */
    public long bytesAllocated() {
        return bytes;
    }

    /** Launches that ops recorded; running a program again adds none. */
    public long launchesRecorded() {
        return launchesRecorded;
    }

    /** Programs recorded. */
    public long programsRecorded() {
        return programsRecorded;
    }

    /** Times that a program was run. */
    public long programRuns() {
        return programRuns;
    }

    /** Nanoseconds spent on recording programs and, where a device compiles a program in its first run, on those runs. */
    public long startUpNanos() {
        return startUpNanos;
    }
}
