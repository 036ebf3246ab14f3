// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
    @Test
    void everyCommandOfItRunsAndNothingIsLeft(@TempDir Path temp) throws Exception {
        Path folder = Files.createDirectory(temp.resolve("rehearsal"));
        assertEquals(0, Rehearsal.run(folder));
        assertFalse(Files.exists(folder));
    }
}
