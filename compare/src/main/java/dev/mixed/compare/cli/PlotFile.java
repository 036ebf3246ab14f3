// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import dev.mixed.cli.report.PngFile;
import dev.mixed.io.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The image that a user asks for with {@code --plot}. */
final class PlotFile {
    private PlotFile() {
    }

    /** Refuses it, before the work for it, where it could not be drawn or has no place; null asks for none. */
    static void require(@Nullable Path plot) {
        if (plot == null) {
            return;
        }
        Path folder = plot.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(plot)) {
            throw new UsageException("--plot '" + plot + "' is a folder; name a file in it.");
        }
        if (!Files.isDirectory(folder)) {
            throw new UsageException("--plot '" + plot + "' is in a folder that does not exist; make it first.");
        }
        // The image is written beside its place and moved there, so the folder has to be writable even where the file is.
        if (!Files.isWritable(folder)) {
            throw new UsageException("--plot '" + plot + "' is in a folder that you may not write in; name another, or change its permissions.");
        }
        PngFile.requireFonts(plot);
    }
}
