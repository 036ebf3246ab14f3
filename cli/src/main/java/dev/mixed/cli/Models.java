// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.cli.report.DownloadBar;
import dev.mixed.weights.hub.ModelHub;
import java.nio.file.Path;
import java.util.function.Function;

/** Finds models for commands, showing downloads on standard error. */
final class Models {
    private Models() {
    }

    /** Gives the folder of a model by its path or its name on the hub. */
    static Function<String, Path> finder(boolean offline) {
        return model -> new ModelHub(ModelFolder.ON_HUB, offline, DownloadBar.onStandardError()).locate(model);
    }
}
