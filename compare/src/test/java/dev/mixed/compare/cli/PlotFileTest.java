// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mixed.cli.Main;
import dev.mixed.io.UsageException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plot that can't come to be is refused before minutes of measuring. */
class PlotFileTest {
    @TempDir
    private Path folder;

    private static void assertRefused(Path plot, String reason) {
        String message = assertThrows(UsageException.class, () -> PlotFile.require(plot)).getMessage();
        assertTrue(message.startsWith("--plot '" + plot + "' ") && message.contains(reason), message);
    }

    @Test
    void aPlotNeedsAFolderAndANameInIt() {
        assertRefused(folder.resolve("absent/a.png"), "does not exist");
        assertRefused(folder, "is a folder");
        assertRefused(folder.getRoot(), "is a folder");
        assertRefused(Path.of(""), "is a folder");
        PlotFile.require(null);
    }

    @Test
    void aPlotNeedsPermissionToWriteInItsFolder() throws IOException {
        Path closed = Files.createDirectory(folder.resolve("closed"));
        assertTrue(closed.toFile().setWritable(false));
        try {
            // Permissions do not bind root.
            Path unwritable = Files.isWritable(closed) ? Path.of("/proc/self") : closed;
            assumeTrue(Files.isDirectory(unwritable) && !Files.isWritable(unwritable), "a folder that not even root may write in");
            assertRefused(unwritable.resolve("a.png"), "permissions");
        } finally {
            assertTrue(closed.toFile().setWritable(true));
        }
    }

    /** Java finds no fonts where fontconfig lists none, unless it keeps the list of an earlier start in the user's folder. */
    @Test
    void withoutFontsNothingIsMeasured() throws IOException, InterruptedException {
        assumeTrue("Linux".equals(System.getProperty("os.name")), "fontconfig");
        for (String command : List.of("compare --against none --steps 100000000 --plot", "compare curves --plot")) {
            Path plot = folder.resolve("a.png");
            List<String> java = new ArrayList<>(
                    List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                            "-Djava.awt.headless=true", "-Duser.home=" + folder, "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            Main.class.getName()));
            java.addAll(List.of(command.split(" ")));
            java.addAll(List.of(plot.toString(), "--device", "jvm"));
            File err = folder.resolve("err").toFile();
            ProcessBuilder builder = new ProcessBuilder(java).redirectError(err).redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("FONTCONFIG_FILE", Files.writeString(folder.resolve("none.conf"), "<fontconfig></fontconfig>").toString());
            Process process = builder.start();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            process.destroyForcibly();
            List<String> said = Files.readAllLines(err.toPath()).stream().filter(line -> !line.startsWith("WARNING")).toList();
            assertTrue(ended && said.size() == 1, said.toString());
            assertEquals(1, process.exitValue());
            assertTrue(said.getFirst().startsWith("mixed: The plot '" + plot + "' could not be drawn") && said.getFirst().contains("fonts-dejavu"),
                    said.toString());
            assertFalse(Files.exists(plot));
        }
    }
}
