package dev.mixed.bert.cli;

import dev.mixed.bert.hub.ModelHub;
import dev.mixed.bert.report.DownloadBar;
import java.nio.file.Path;
import java.util.function.Function;

/** Finds models for commands, showing downloads on standard error. */
final class Models {
    private Models() {
    }

    /** Gives the folder of a model by its path or its name on the hub. */
    static Function<String, Path> finder(boolean offline) {
        return model -> new ModelHub(offline, DownloadBar.onStandardError()).locate(model);
    }
}
