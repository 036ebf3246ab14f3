// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whose results the outputs of a program hold: where two threads run it in turns, neither reads the other's for its own. */
final class ProgramResults {
    private final Device device;
    /** The thread that ran the program last, and whether it has yet to read an output. */
    private @Nullable Thread runner;
    private boolean unread;
    /** Threads whose last results another one's run has replaced before they were read. */
    private @Nullable Set<Thread> losers;

    ProgramResults(Device device) {
        this.device = device;
    }

    /** Notes that the calling thread runs the program. */
    @SuppressWarnings("ReferenceEquality") // a thread is one object
    void replaced() {
        Thread current = Thread.currentThread();
        if (unread && runner != null && runner != current && DeviceUse.active(runner)) {
            losers = DeviceUse.with(losers, runner);
        }
        if (losers != null) {
            losers.remove(current);
        }
        runner = current;
        unread = true;
    }

    /** Notes that an output is read; refused where the calling thread's results are no longer there. */
    @SuppressWarnings("ReferenceEquality")
    void read() {
        Thread current = Thread.currentThread();
        if (losers != null && losers.contains(current)) {
            throw new IllegalStateException(DeviceUse.name(current) + " ran a program on the device '" + device.name() + "' that another thread"
                    + (runner == null ? "" : ", " + DeviceUse.name(runner) + ",") + " has run since, and with that overwritten its results; "
                    + DeviceUse.remedy());
        }
        if (runner == current) {
            unread = false;
        }
    }
}
