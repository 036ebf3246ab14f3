package dev.mixed.compare.cli;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.UsageException;
import java.nio.file.Path;
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
}
