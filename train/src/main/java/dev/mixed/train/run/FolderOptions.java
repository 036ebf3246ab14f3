// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** Where a run is kept, and what happens to one that is there already. One row is one option, see {@link RunOptions}. */
public record FolderOptions(
        @Option(name = "output", also = "output_dir", help = "folder for checkpoints, metrics and plots")
        @Nullable Path output,
        @Option(name = "resume", value = "false", help = "continue the run in the output folder from its last checkpoint; of the run's numbers, more --epochs or --max-steps alone may be given")
        boolean resume,
        @Option(name = "overwrite", also = "overwrite_output_dir", value = "false", help = "replace the run in the output folder")
        boolean overwrite) {
    // @formatter:on

    public FolderOptions {
        if (resume && overwrite) {
            throw new UsageException("--resume continues the run in the output folder and --overwrite replaces it: give only one of them.");
        }
        if (resume && output == null) {
            throw new UsageException("--resume needs --output, the folder of the run to continue.");
        }
    }
}
