// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import dev.mixed.train.mlflow.TrackingServer;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** Where a run is told of beside its own files. One row is one option, see {@link RunOptions}. */
public record LogOptions(
        @Option(name = "tensorboard", value = "false", help = "write event files for TensorBoard to the folder tensorboard in the output folder")
        boolean tensorboard,
        @Option(name = "tensorboard-gradients", value = "false", help = "--tensorboard, with a histogram of each gradient of the steps that are logged")
        boolean tensorboardGradients,
        @Option(name = "mlflow", help = "tell an MLflow tracking server of the run: its address, such as http://localhost:5000, or env for that in MLFLOW_TRACKING_URI")
        @Nullable String mlflow,
        @Option(name = "mlflow-experiment", help = "experiment that the run is part of there; without it, the one that MLFLOW_EXPERIMENT_NAME names, or miXed")
        @Nullable String mlflowExperiment) {
    // @formatter:on

    public LogOptions {
        if (mlflow != null && !mlflow.equals(TrackingServer.FROM_ENVIRONMENT)) {
            TrackingServer.address("--mlflow", mlflow);
        }
        if (mlflowExperiment != null && mlflow == null) {
            throw new UsageException("--mlflow-experiment needs --mlflow, the server that has experiments.");
        }
    }
}
