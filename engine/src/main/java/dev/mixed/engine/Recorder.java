// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The launches that ops have recorded and that have not run yet. */
final class Recorder {
    /** A loop that never reads a value would otherwise keep every intermediate result alive. */
    private static final int PENDING_LIMIT = 1024;

    private final Device device;
    private final boolean capturing;
    private final List<InputCheck.OfProgram> checks = new ArrayList<>();
    private List<Launch> launches = new ArrayList<>();

    Recorder(Device device, boolean capturing) {
        this.device = device;
        this.capturing = capturing;
    }

    boolean capturing() {
        return capturing;
    }

    void add(Launch launch) {
        try (Device.Use _ = device.use()) {
            if (!capturing) {
                for (int i = 0; i < launch.argumentCount(); i++) {
                    if (launch.argument(i) instanceof Buffer buffer) {
                        noteUse(buffer, launch.access(i));
                    }
                }
            }
            launches.add(launch);
            device.stats().launchRecorded();
            if (!capturing && launches.size() >= PENDING_LIMIT) {
                device.synchronize();
            }
        }
    }

    private void noteUse(Buffer buffer, Launch.@Nullable Access access) {
        if (buffer.writer != null || buffer.losers != null) {
            device.users().launched(buffer);
        }
        if (access != Launch.Access.WRITE) {
            buffer.read();
        }
    }

    /** Looks at an op's inputs now or, where a program is being recorded, before it runs. */
    void check(List<Tensor> inputs, InputCheck check) {
        if (capturing) {
            checks.add(new InputCheck.OfProgram(inputs, check));
        } else if (inputs.stream().allMatch(t -> t.buffer().hostKnown())) {
            check.run();
        }
    }

    /** What the program that was recorded here asks of its inputs. */
    List<InputCheck.OfProgram> checks() {
        return checks;
    }

    List<Launch> take() {
        List<Launch> taken = launches;
        launches = new ArrayList<>();
        return taken;
    }
}
