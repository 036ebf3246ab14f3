// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which GPU a process takes that was not given one of its own. */
class LocalGpuTest {
    private static Optional<String> choice(String visible, int devices, int localRank) {
        return LocalGpu.choice(visible.isEmpty() ? Map.of() : Map.of("CUDA_VISIBLE_DEVICES", visible), devices, localRank);
    }

    @Test
    void eachTakesItsOwnOfSeveral() {
        assertEquals(Optional.of("2"), choice("", 4, 2));
        assertEquals(Optional.of("7"), choice("5,6, 7", 8, 2));
        assertEquals(Optional.of("GPU-b"), choice("GPU-a,GPU-b", 8, 1));
    }

    @Test
    void whatWasGivenAloneStays() {
        assertEquals(Optional.empty(), choice("5", 8, 3));
        assertEquals(Optional.empty(), choice("", 1, 0));
        assertEquals(Optional.empty(), choice("", 0, 1));
    }

    @Test
    void aNumberBeyondThemChangesNothing() {
        assertEquals(Optional.empty(), choice("", 2, 2));
        assertEquals(Optional.empty(), choice("0,1", 2, 5));
    }

    @Test
    void deviceFilesAreCounted(@TempDir Path folder) throws IOException {
        for (String name : List.of("nvidia0", "nvidia1", "nvidia12", "nvidiactl", "nvidia-uvm", "null")) {
            Files.createFile(folder.resolve(name));
        }
        assertEquals(3, LocalGpu.devices(folder));
        assertEquals(0, LocalGpu.devices(folder.resolve("none")));
    }
}
