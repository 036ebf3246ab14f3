// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchCurvesTest {
    /** Opens the recorded runs, in a JVM of its own. */
    public static void main(String[] args) {
        System.out.println(TorchCurves.open().batches().size());
    }

    @Test
    void needNoFolderForTemporaryFiles(@TempDir Path folder) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + folder.resolve("absent"),
                "--add-modules", "jdk.incubator.vector", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", classPath, TorchCurvesTest.class.getName()))
                        .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), output);
        assertTrue(output.lines().anyMatch("100"::equals), output);
    }
}
