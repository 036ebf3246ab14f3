// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.List;

/** The launches that ops have recorded and that have not run yet. */
final class Recorder {
    /** A loop that never reads a value would otherwise keep every intermediate result alive. */
    private static final int PENDING_LIMIT = 1024;

    private final Device device;
    private final boolean capturing;
    private List<Launch> launches = new ArrayList<>();

    Recorder(Device device, boolean capturing) {
        this.device = device;
        this.capturing = capturing;
    }

    boolean capturing() {
        return capturing;
    }

    void add(Launch launch) {
        launches.add(launch);
        device.stats().launchRecorded();
        if (!capturing && launches.size() >= PENDING_LIMIT) {
            device.synchronize();
        }
    }

    List<Launch> take() {
        List<Launch> taken = launches;
        launches = new ArrayList<>();
        return taken;
    }
}
