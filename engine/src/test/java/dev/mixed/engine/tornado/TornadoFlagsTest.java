// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The launchers pass what {@link TornadoFlags} would set. */
class TornadoFlagsTest {
    @Test
    void theLaunchersFileHasTheSameSettings() throws IOException {
        Map<String, String> passed = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("..", "tornado-env", "tornado.args"))) {
            if (!line.startsWith("#")) {
                String[] setting = line.split("=", 2);
                assertEquals("-D", setting[0].substring(0, 2), line);
                passed.put(setting[0].substring(2), setting[1]);
            }
        }
        assertEquals(new TreeMap<>(TornadoFlags.defaults()), passed);
    }
}
