// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.train.Toy;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.TensorInfo;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A small model that transformers made, changed in the ways in which models from elsewhere differ: the probabilities are those that transformers 5.18
 * with torch 2.13 gives in float32, or one sentence says what the model is.
 */
class ForeignModelsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> TEXTS = List.of("the movie is great", "what a lovely day!", "get lost", "i hate this awful food, so bad");
    private static final double[][] EXPECTED = {
        {0.18629, 0.61335, 0.20036}, {0.20293, 0.57583, 0.22124}, {0.24417, 0.51674, 0.23909}, {0.22005, 0.55034, 0.22961}};

    @TempDir
    private Path temp;
    private Path model;
    private Path csv;

    @BeforeEach
    void copy() throws IOException, URISyntaxException {
        model = Files.createDirectory(temp.resolve("model"));
        Path source = Path.of(Objects.requireNonNull(ForeignModelsTest.class.getResource("/reviews/config.json")).toURI()).getParent();
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName().toString()));
            }
        }
        csv = Files.writeString(temp.resolve("texts.csv"), "text,label\nthe movie is great,a\nget lost,b\n");
    }

    private void configure(String key, String rawValue) throws IOException {
        Path file = model.resolve("config.json");
        ObjectNode json = (ObjectNode) MAPPER.readTree(Files.readAllBytes(file));
        if (rawValue.isEmpty()) {
            json.remove(key);
        } else {
            json.set(key, MAPPER.readTree(rawValue));
        }
        Files.write(file, MAPPER.writeValueAsBytes(json));
    }

    /** Gives the tensors other names, or leaves them out where the name is empty. */
    private void rename(Function<String, String> names) throws IOException {
        Path file = model.resolve("model.safetensors");
        List<TensorSource> tensors = new ArrayList<>();
        try (SafetensorsFile saved = SafetensorsFile.open(file)) {
            for (TensorInfo info : saved.tensors().values()) {
                float[] values = saved.floats(info.name());
                String name = names.apply(info.name());
                if (!name.isEmpty()) {
                    tensors.add(TensorSource.floats(name, info.shape(), () -> values));
                }
            }
        }
        write(file, tensors);
    }

    private static void write(Path file, List<TensorSource> tensors) throws IOException {
        Files.deleteIfExists(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafetensorsWriter.write(channel, tensors, SafetensorsWriter.PYTORCH);
        }
    }

    private Cli predict() {
        List<String> args = new ArrayList<>(List.of("predict", "--device", "jvm", "--format", "json", "--model", model.toString()));
        args.addAll(TEXTS);
        return Cli.run(args.toArray());
    }

    private Cli assertPredicts(String... names) throws IOException {
        Cli cli = predict().done();
        List<String> lines = cli.out().lines().toList();
        assertEquals(TEXTS.size(), lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonNode line = MAPPER.readTree(lines.get(i));
            List<String> fields = new ArrayList<>();
            line.get("probabilities").fieldNames().forEachRemaining(fields::add);
            assertEquals(Arrays.asList(names), fields);
            for (int c = 0; c < names.length; c++) {
                assertEquals(EXPECTED[i][c], line.get("probabilities").get(names[c]).doubleValue(), 1e-4, TEXTS.get(i) + ": " + names[c]);
            }
            assertEquals(names[1], line.get("label").textValue());
        }
        return cli;
    }

    private void assertNoClassifier(String... parts) {
        predict().refused(1, parts);
        Cli.run("eval", "--device", "jvm", "--model", model, "--data", csv).refused(1, parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"BertForReviewRating\"]", "null", "", "[]", "[\"BertForMaskedLM\"]", "[\"Classifier\"]"})
    void aPoolerBesideTheClassifierIsRead(String architectures) throws IOException {
        configure("architectures", architectures);
        assertTrue(assertPredicts("a", "b", "c").err().contains("read as BertForSequenceClassification"));
        Cli eval = Cli.run("eval", "--device", "jvm", "--model", model, "--data", csv, "--format", "json").done();
        assertEquals(0.5, MAPPER.readTree(eval.out()).get("accuracy").doubleValue());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "[\"BertForMultipleChoice\"]; is for multiple choice (architectures BertForMultipleChoice), not for classifying texts",
        "[\"ElseForTokenClassification\"]; is for token classification",
        "[\"BertForQuestionAnswering\"]; is for question answering",
        "[\"BertForNextSentencePrediction\"]; is for next sentence prediction",
        "[\"BertModel\"]; reads [CLS] or the pooler",
        "[\"BertModel\", \"BertForTokenClassification\"]; heads of different kinds",
    })
    void otherHeadsAreNamed(String architectures, String message) throws IOException {
        configure("architectures", architectures);
        assertNoClassifier("The model in '" + model + "' ", message);
    }

    @Test
    void oneOutputIsNoClass() throws IOException {
        try (SafetensorsFile saved = SafetensorsFile.open(model.resolve("model.safetensors"))) {
            List<TensorSource> tensors = new ArrayList<>();
            for (TensorInfo info : saved.tensors().values()) {
                float[] values = saved.floats(info.name());
                boolean head = info.name().startsWith("classifier.");
                List<Integer> shape = !head ? info.shape() : info.shape().size() == 2 ? List.of(1, 16) : List.of(1);
                float[] kept = head ? Arrays.copyOf(values, shape.getLast()) : values;
                tensors.add(TensorSource.floats(info.name(), shape, () -> kept));
            }
            write(temp.resolve("one.safetensors"), tensors);
        }
        Files.move(temp.resolve("one.safetensors"), model.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        // The names of three classes do not make its one output three.
        assertNoClassifier("has one output", "regression or ranking");
        configure("id2label", "{\"0\": \"LABEL_0\"}");
        for (String architectures : List.of("[\"BertForRanking\"]", "[\"BertForSequenceClassification\"]", "null")) {
            configure("architectures", architectures);
            assertNoClassifier("has one output", "regression or ranking");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "{\"0\": \"B-D\", \"1\": \"I-D\", \"2\": \"0\"}; {\"B-D\": 0, \"I-D\": 1, \"O\": 2}; B-D,I-D,0",
        "{\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}; {\"a\": \"0\", \"b\": \"1\", \"c\": \"2\"}; a,b,c",
        "{\"0\": 0, \"1\": 1, \"2\": 2}; {\"0\": 0, \"1\": 1, \"2\": 2}; 0,1,2",
        "{\"2\": \"z\", \"1\": \"y\", \"0\": \"x\"}; {\"x\": 2, \"y\": 1, \"z\": 0}; x,y,z",
        "{\"0\": 1.5, \"1\": true, \"2\": \"3\"}; null; 1.5,true,3",
        "null; {\"a\": 0}; LABEL_0,LABEL_1,LABEL_2",
    })
    void namesOfClasses(String id2label, String label2id, String names) throws IOException {
        configure("id2label", id2label);
        configure("label2id", label2id);
        configure("num_labels", id2label.equals("null") ? "3" : "7");
        assertPredicts(names.split(","));
    }

    @Test
    void namesOfOtherClassesThanTheTensors() throws IOException {
        configure("id2label", "{\"0\": \"a\", \"1\": \"b\"}");
        assertNoClassifier("a classifier of 3 outputs, but its config.json names 2 classes (a, b)");
        configure("id2label", "");
        configure("label2id", "");
        assertNoClassifier("a classifier of 3 outputs, but its config.json names 2 classes (LABEL_0, LABEL_1)");
        configure("num_labels", "4");
        assertNoClassifier("a classifier of 3 outputs, but its config.json names 4 classes");
        configure("id2label", "{\"0\": \"a\", \"1\": \"b\", \"3\": \"d\"}");
        assertNoClassifier("config.json'", "no class name for \"2\"");
    }

    /** A model that gets another classifier need not say what its own was for. */
    @ParameterizedTest
    @ValueSource(strings = {"{\"1\": \"weather\", \"2\": \"food\"}", "{\"0\": \"weather\", \"1\": \"food\"}", "{}", "[1]",
        "{\"0\": \"a\", \"1\": \"a\", \"2\": null}"})
    void trainingLooksAtNoMaps(String id2label) throws IOException {
        configure("id2label", id2label);
        configure("label2id", "{\"weather\": \"x\"}");
        configure("architectures", "[\"BertForTokenClassification\"]");
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--device", "jvm", "--data", Toy.data(temp), "--model", model, "--epochs", "1", "--batch", "20", "--length", "16",
                "--output", run).done();
        assertTrue(trained.err().contains("The classifier starts from random weights"), trained.err());
        JsonNode saved = MAPPER.readTree(Files.readAllBytes(run.resolve("config.json")));
        assertEquals("{\"0\":\"weather\",\"1\":\"food\"}", saved.get("id2label").toString());
        assertEquals("{\"weather\":0,\"food\":1}", saved.get("label2id").toString());
        assertFalse(Cli.run("predict", "--model", run, "rain").done().out().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"module.", "_orig_mod.", "model.", "module._orig_mod.", "_orig_mod.module.", "net.", "model.bert.", "_forward_module.model."})
    void prefixesOfWrappersAreTakenOff(String prefix) throws IOException {
        rename(name -> prefix + name);
        Cli cli = assertPredicts("a", "b", "c");
        assertTrue(cli.err().lines().count() == 1 && cli.err().contains("'" + prefix.substring(0, prefix.indexOf('.') + 1) + "'"), cli.err());
    }

    @Test
    void aWrapperAroundTheEncoderIsTakenOff() throws IOException {
        rename(name -> name.replaceFirst("^bert\\.", "bert.module."));
        assertPredicts("a", "b", "c");
    }

    @Test
    void prefixedAndBareNamesAreRefused() throws IOException {
        rename(name -> name.startsWith("classifier.") ? name : "module." + name);
        assertNoClassifier("model.safetensors' has tensors whose names begin with 'module.'", "'classifier.");
        rename(name -> name.startsWith("module.") ? name.replace("module.", "roberta.") : name);
        assertNoClassifier("where a BERT's begin with 'bert.'");
        rename(name -> name.replace("roberta.bert.", "roberta."));
        assertNoClassifier("a model of RoBERTa, not BERT");
    }

    @Test
    void aPoolerThatIsMissing() throws IOException {
        rename(name -> name.contains("pooler") ? "" : name);
        assertNoClassifier("lacks the pooler that it reads");
        configure("architectures", "null");
        assertNoClassifier("does not say what its classifier is for");
        rename(name -> name.replace("classifier.", "output.classifier."));
        assertNoClassifier("a head with 'output.classifier.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "vocab.txt"})
    void pointersOfGitLfsAreNamed(String name) throws IOException {
        pointer(model.resolve(name));
        assertNoClassifier(model.resolve(name).toString(), "is a Git LFS pointer", "135 bytes", "git lfs pull");
        Cli.run("train", "--data", Toy.data(temp), "--model", model, "--length", "16", "--output", temp.resolve("run")).refused(1,
                model.resolve(name).toString(), "is a Git LFS pointer");
        assertFalse(Files.exists(temp.resolve("run")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "model.safetensors.index.json", "pytorch_model.bin.index.json"})
    void pointersInPlaceOfOtherWeights(String name) throws IOException {
        Files.delete(model.resolve("model.safetensors"));
        pointer(model.resolve(name));
        assertNoClassifier(model.resolve(name).toString(), "is a Git LFS pointer");
    }

    @Test
    void pointersInPlaceOfShards() throws IOException {
        Files.move(model.resolve("model.safetensors"), model.resolve("part-1.safetensors"));
        Files.writeString(model.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"bert.pooler.dense.bias\": \"part-1.safetensors\", \"classifier.bias\": \"part-2.safetensors\"}}");
        pointer(model.resolve("part-2.safetensors"));
        assertNoClassifier("part-2.safetensors' is a Git LFS pointer");
    }

    @Test
    void pointersInPlaceOfDataAndTokenizers() throws IOException {
        Path data = pointer(temp.resolve("data.csv"));
        Cli.run("eval", "--model", model, "--data", data).refused(1, data.toString(), "is a Git LFS pointer");
        Cli.run("train", "--data", data, "--output", temp.resolve("run")).refused(1, data.toString(), "is a Git LFS pointer");
        Cli.run("predict", "--model", model, "--file", data).refused(1, data.toString(), "is a Git LFS pointer");
        Path labels = pointer(Toy.data(temp).resolve("train_labels.txt"));
        Cli.run("train", "--data", labels.getParent(), "--output", temp.resolve("run")).refused(1, labels.toString(), "is a Git LFS pointer");
        Path options = pointer(temp.resolve("run.yaml"));
        Cli.run("train", "--config", options).refused(1, options.toString(), "is a Git LFS pointer");
        Path tokenizer = pointer(model.resolve("tokenizer.json"));
        assertNoClassifier(tokenizer.toString(), "is a Git LFS pointer");
    }

    private static Path pointer(Path file) throws IOException {
        return Files.writeString(file, """
                version https://git-lfs.github.com/spec/v1
                oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
                size 135
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "position_embedding_type; \"relative_key\"; position_embedding_type \"relative_key\" is not supported",
        "pruned_heads; {\"0\": [1]}; pruned_heads {\"0\":[1]} is not supported",
        "hidden_act; \"swish\"; hidden_act 'swish' is not supported",
        "model_type; \"xlm-roberta\"; model_type \"xlm-roberta\" is not supported",
        "architectures; [\"RobertaForSequenceClassification\"]; a model of RoBERTa, not BERT",
        "num_hidden_groups; 1; ``",
    })
    void settingsThatChangeNumbers(String key, String value, String message) throws IOException {
        configure(key, value);
        if (message.isEmpty()) {
            assertPredicts("a", "b", "c");
            configure("model_type", "");
            assertNoClassifier("config.json': the configuration is not BERT's but ALBERT's (it has num_hidden_groups)");
        } else {
            assertNoClassifier("config.json': ", message);
        }
    }

    @Test
    void aConfigurationOfDistilbert() throws IOException {
        Files.writeString(model.resolve("config.json"), """
                {"activation": "gelu", "dim": 16, "hidden_dim": 32, "n_heads": 2, "n_layers": 2, "num_labels": 2, "max_position_embeddings": 64,
                 "sinusoidal_pos_embds": false, "vocab_size": 126}""");
        assertNoClassifier("the configuration is not BERT's but DistilBERT's (it has dim, n_layers,");
        Cli.run("train", "--data", Toy.data(temp), "--model", model, "--output", temp.resolve("run")).refused(1, "DistilBERT's");
    }

    @ParameterizedTest
    @CsvSource({"chunk_size_feed_forward,8", "classifier_dropout,0.5", "use_cache,false", "hidden_dropout_prob,0"})
    void settingsThatChangeNothing(String key, String value) throws IOException {
        configure(key, value);
        assertPredicts("a", "b", "c");
    }
}
