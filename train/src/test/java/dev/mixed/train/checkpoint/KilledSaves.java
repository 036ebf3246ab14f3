// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Disk;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A second save of a run that is killed at each of its operations in turn. */
final class KilledSaves {
    private KilledSaves() {
    }

    /** A save of the best and the last checkpoint. */
    @FunctionalInterface
    interface Save {
        void to(RunFolder run, int number, Disk disk);
    }

    /**
     * Kills the second save at each operation, and lets a third one follow: each checkpoint is a whole one at any time, and the best never older than the last.
     *
     * @param operations of the save
     * @return the numbers of the best and the last checkpoint after each
     */
    static Set<List<Integer>> leave(List<String> operations, Path folder, Save first, Save save) {
        Set<List<Integer>> seen = new HashSet<>();
        for (int i = 0; i < operations.size(); i++) {
            if (operations.get(i).startsWith("write")) {
                continue;
            }
            RunFolder run = new RunFolder(folder.resolve("x" + i));
            first.to(run, 1, KillableDisk.reliable());
            int at = i;
            assertThrows(KillableDisk.Killed.class, () -> save.to(run, 2, KillableDisk.killedAt(at)));
            int best = Samples.numberOf(run.best());
            int last = Samples.numberOf(run.last());
            assertTrue(best >= last, best + " " + last + " at " + operations.get(i));
            seen.add(List.of(best, last));
            run.recover();
            assertEquals(best, Samples.numberOf(run.best()));
            assertEquals(last, Samples.numberOf(run.last()));
            save.to(run, 3, KillableDisk.reliable());
            assertEquals(3, Samples.numberOf(run.best()));
            assertEquals(3, Samples.numberOf(run.last()));
        }
        return seen;
    }
}
