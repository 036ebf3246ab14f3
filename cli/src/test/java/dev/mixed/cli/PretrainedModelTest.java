// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.train.Toy;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.TensorInfo;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training from a pretrained encoder, with what users are told of it. */
class PretrainedModelTest {
    @TempDir
    private Path temp;
    private Path data;
    private Path model;

    @BeforeEach
    void toy() {
        data = Toy.data(temp);
        model = Toy.model(temp, List.of("weather", "food"));
    }

    private Cli train(Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--length", "16", "--epochs", "1", "--batch", "8"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    /** Rewrites the model as pre-training would have left it: old names, no prefix, other heads, no classifier. */
    private void pretrained() throws IOException {
        Path file = model.resolve("model.safetensors");
        List<TensorSource> tensors = new ArrayList<>();
        try (SafetensorsFile saved = SafetensorsFile.open(file)) {
            for (TensorInfo info : saved.tensors().values()) {
                if (info.name().startsWith("bert.")) {
                    float[] values = saved.floats(info.name());
                    String old = info.name().replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
                    tensors.add(TensorSource.floats(old.substring("bert.".length()), info.shape(), () -> values));
                }
            }
        }
        tensors.add(TensorSource.floats("cls.predictions.bias", List.of(3), () -> new float[3]));
        tensors.add(TensorSource.floats("cls.predictions.transform.dense.bias", List.of(8), () -> new float[8]));
        tensors.add(TensorSource.floats("pooler.dense.weight", List.of(8, 8), () -> new float[64]));
        tensors.add(TensorSource.floats("pooler.dense.bias", List.of(8), () -> new float[8]));
        Files.delete(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafetensorsWriter.write(channel, tensors, SafetensorsWriter.PYTORCH);
        }
    }

    @Test
    void whatStartsAtRandomAndWhatIsSkippedIsSaid() throws IOException {
        pretrained();
        Path run = temp.resolve("run");
        Cli trained = train("--model", model, "--output", run).done();
        assertTrue(trained.err().contains("The classifier starts from random weights: the model in '" + model + "' has none for these classes."),
                trained.err());
        assertTrue(trained.err().contains("Skipped of '" + model + "', since this classifier has no such parts: bert.pooler.* (2), cls.* (2)."), trained.err());
        Cli.run("predict", "--model", run, "rain and snow").done();
        assertFalse(Cli.run("predict", "--model", run, "rain").done().out().isEmpty());
    }

    @Test
    void anEncoderAloneCannotPredict() throws IOException {
        pretrained();
        Cli.run("predict", "--model", model, "rain").refused(1, model.toString(), "has no classifier yet", "train --model");
        Cli.run("eval", "--model", model, "--data", data).refused(1, model.toString(), "has no classifier yet");
    }

    @Test
    void theHeadOfTransformersIsSavedAsSuch() throws IOException {
        pretrained();
        Path run = temp.resolve("run");
        Cli trained = train("--model", model, "--head", "pooler", "--output", run).done();
        assertTrue(trained.err().contains("cls.* (2).") && !trained.err().contains("pooler"), trained.err());
        try (SafetensorsFile saved = SafetensorsFile.open(run.resolve("model.safetensors"))) {
            assertEquals(List.of(2, 8), saved.info("classifier.weight").shape());
            assertEquals(List.of(8, 8), saved.info("bert.pooler.dense.weight").shape());
        }
        ObjectNode config = (ObjectNode) new ObjectMapper().readTree(Files.readAllBytes(run.resolve("config.json")));
        assertEquals("BertForSequenceClassification", config.path("architectures").path(0).asText());
        String[] predicted = Cli.run("predict", "--model", run, "rain and snow").done().out().split("\t");
        assertTrue(List.of("weather", "food").contains(predicted[0]) && Double.parseDouble(predicted[1]) >= 0.5, predicted[0] + predicted[1]);
        Cli.run("eval", "--model", run, "--data", data).done();
        // The same classes again: the whole head is taken over.
        Cli again = train("--model", run, "--output", temp.resolve("again")).done();
        assertFalse(again.err().contains("random") || again.err().contains("Skipped"), again.err());
        // Resuming needs no more options than the output.
        train("--model", model, "--output", run, "--head", "cls", "--resume").refused(2, "head: pooler there, cls here");
    }

    @Test
    void otherProblemsAreRefused() throws IOException {
        Path config = model.resolve("config.json");
        String plain = Files.readString(config);
        Files.writeString(config, plain.replaceFirst("\\{", "{\"problem_type\": \"ranking\","));
        Cli.run("predict", "--model", model, "rain").refused(1, model.toString(), "the problem_type 'ranking'");
        // One output for two classes is miXed's own; several labels need one each, and a score has no two.
        Files.writeString(config, plain.replaceFirst("\\{", "{\"problem_type\": \"multi_label_classification\","));
        Cli.run("predict", "--model", model, "rain").refused(1, model.toString(), "a classifier of 1 outputs, but its config.json names 2 classes");
        Files.writeString(config, plain.replaceFirst("\\{", "{\"problem_type\": \"regression\","));
        Cli.run("predict", "--model", model, "rain").refused(1, model.toString(), "regression to 2 numbers a text");
    }

    @ParameterizedTest
    @CsvSource({"regression,cls", "regression,pooler", "multi_label_classification,auto"})
    void aRunTrainedFromAnotherProblemPredicts(String problem, String head) throws IOException {
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"problem_type\": \"" + problem + "\","));
        Path run = temp.resolve("run");
        train("--model", model, "--head", head, "--output", run).done();
        assertFalse(Cli.run("predict", "--model", run, "rain").done().out().isEmpty());
    }

    @Test
    void everythingMissingIsInOneError() throws IOException {
        Path file = model.resolve("model.safetensors");
        Files.delete(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafetensorsWriter.write(channel, List.of(TensorSource.floats("bert.embeddings.position_embeddings.weight", List.of(9, 8), () -> new float[72]),
                    TensorSource.floats("classifier.weight", List.of(1, 8), () -> new float[8])), SafetensorsWriter.PYTORCH);
        }
        train("--model", model, "--output", temp.resolve("run")).refused(1, file.toString(), "missing: bert.embeddings.word_embeddings.weight, ",
                "bert.encoder.layer.0.output.LayerNorm.bias", "position_embeddings.weight is [9, 8] instead of [32, 8]");
        Cli.run("predict", "--model", model, "rain").refused(1, file.toString(), "classifier.bias");
    }

    @Test
    void namesThatAreNotInTheCacheStayOffline() {
        train("--model", "no-such-org/no-such-model", "--offline", "--output", temp.resolve("run")).refused(1,
                "'no-such-org/no-such-model' is neither a folder",
                "--offline forbids");
        Cli.run("predict", "--model", "no-such-org/no-such-model", "--offline", "rain").refused(1, "no-such-org/no-such-model", "--offline");
        assertFalse(Files.exists(temp.resolve("run")));
    }
}
