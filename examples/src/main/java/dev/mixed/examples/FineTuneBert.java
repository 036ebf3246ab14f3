// SPDX-License-Identifier: Apache-2.0
package dev.mixed.examples;

import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.EpochResult;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.RunSetup;
import dev.mixed.train.TrainingListener;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** BERT, fine-tuned from Java and then used: the same training as {@code ./mixed train}, without its command line. */
public final class FineTuneBert {
    private FineTuneBert() {
    }

    /**
     * Trains on the small data set of reviews that comes with miXed; {@code data} and {@code model} among the options name others.
     *
     * @param folder for the model, its tokenizer and checkpoints
     * @return the macro-F1 on the test texts
     */
    static double train(Device device, Path folder, Map<String, ?> changes) {
        RunOptions options = RunOptions.defaults().with("amp", true).with("epochs", 3).with(changes);
        RunSetup setup = new RunSetup(options, folder, device, Path::of);
        setup.trainer().run(new TrainingListener() {
            @Override
            public void epochScored(EpochResult result) {
                System.out.println(result);
            }
        });
        return setup.test().metrics().macroF1();
    }

    public static void main(String[] args) {
        Path folder = Path.of(args.length > 0 ? args[0] : "runs/from-java");
        try (Device device = JvmDevice.open()) {
            System.out.printf("test macro-F1 %.3f%n", train(device, folder, Map.of()));
            try (LoadedModel model = LoadedModel.open(folder, device)) {
                List<String> texts = List.of("what a lovely day", "it broke after a week");
                double[][] probabilities = model.predict(texts, 2, 64);
                for (int i = 0; i < texts.size(); i++) {
                    System.out.println(texts.get(i) + ": " + model.config().labels() + " " + List.of(probabilities[i][0], probabilities[i][1]));
                }
            }
        }
    }
}
