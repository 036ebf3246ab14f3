// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.cli.report.DownloadBar;
import dev.mixed.train.data.SplitFilesFolder;
import dev.mixed.weights.hub.DatasetHub;
import java.nio.file.Path;
import java.util.function.Function;

/** Finds data sets of the hub for commands, showing downloads on standard error. */
final class Datasets {
    private Datasets() {
    }

    /** Gives the folder of a data set by its name on the hub. */
    static Function<String, Path> finder(boolean offline) {
        return name -> new DatasetHub(SplitFilesFolder.names(), offline, DownloadBar.onStandardError()).locate(name);
    }
}
