package dev.mixed.engine;

/** Counters of a device: what it allocated, recorded and ran since it was opened. */
public final class DeviceStats {
    private long arrays;
    private long bytes;
    private long launchesRecorded;
    private long programsRecorded;
    private long programRuns;

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
}
