// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mixed.train.Toy;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results that did not arrive are not passed over in silence. */
class StandardOutputTest {
    @TempDir
    private Path temp;

    private void assertTold(List<String> arguments) throws Exception {
        File full = new File("/dev/full");
        assumeTrue(full.exists(), "this system has no /dev/full: skipped");
        Process process = ChildJvm.builder(List.of(), Main.class, arguments).redirectOutput(full).start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), err);
        List<String> told = err.lines().filter(line -> line.startsWith("mixed: ")).toList();
        assertEquals(List.of("mixed: Standard output could not be written (No space left on device), so not all results arrived;"
                + " check the file or program that it goes to."), told, err);
    }

    @Test
    void predictionsThatCannotBeWritten() throws Exception {
        assertTold(List.of("predict", "--device", "jvm", "--model", Toy.model(temp, List.of("weather", "food")).toString(), "rain", "cake"));
    }

    @Test
    void helpThatCannotBeWritten() throws Exception {
        assertTold(List.of("--help"));
    }

    @Test
    void whatArrivedIsNoProblem() {
        PrintWriter out = new PrintWriter(new StringWriter());
        out.println("done");
        assertNull(StandardOutput.problem(out));
        assertTrue(Cli.run("--help").done().err().isEmpty());
    }
}
