// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models with tokenizers of all kinds: transformers' probabilities (5.18, float32), or one sentence that names the setting. */
class TokenizerFoldersTest {
    private static final String VOCAB = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nrain\nsoup\nThe\nRain\nSoup\n##s\n";

    @TempDir
    Path temp;

    private final ObjectMapper mapper = new ObjectMapper();

    /** A copy of a folder, with the weights of another where it has none. */
    private Path model(String name) throws IOException, URISyntaxException {
        Path all = Path.of(TokenizerFoldersTest.class.getResource("/tokenizers").toURI());
        Path made = Files.createDirectory(temp.resolve(name));
        copy(all.resolve(name), made);
        Path weights = made.resolve("model.safetensors");
        if (!Files.exists(weights)) {
            Files.copy(all.resolve(name.equals("blank-lines") ? "equal-lines" : "no-post-processor").resolve("model.safetensors"), weights);
        }
        return made;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private void set(Path file, String... keysAndJson) throws IOException {
        ObjectNode json = Files.exists(file) ? (ObjectNode) mapper.readTree(file.toFile()) : mapper.createObjectNode();
        for (int i = 0; i < keysAndJson.length; i += 2) {
            json.set(keysAndJson[i], mapper.readTree(keysAndJson[i + 1]));
        }
        Files.writeString(file, mapper.writeValueAsString(json));
    }

    private Cli predict(Path model, Object... more) {
        return Cli.run(Stream.concat(Stream.of("predict", "--device", "jvm", "--format", "json", "--model", model), Stream.of(more)).toArray());
    }

    private void assertProbabilities(Cli cli, double... expected) throws IOException {
        JsonNode probabilities = mapper.readTree(cli.done().out()).path("probabilities");
        assertEquals(expected.length, probabilities.size());
        int c = 0;
        for (JsonNode probability : probabilities) {
            assertEquals(expected[c++], probability.asDouble(), 1e-4, cli.out());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "chinese-characters|日本語 movie|0.57812|0.28395|0.13793", "chinese-characters|great 日本|0.6757|0.22683|0.09747",
        "added-tokens|the [URL] is bad|0.29927|0.46159|0.23914", "added-tokens|covid19 is awful|0.32352|0.41046|0.26602",
        "no-post-processor|the movie is great|0.18629|0.61335|0.20036", "no-post-processor|get lost|0.24417|0.51674|0.23909",
        "other-special-tokens|the movie|0.21324|0.56403|0.22273", "other-special-tokens|get lost|0.24417|0.51674|0.23909",
        "other-special-tokens|[CLS] bad|0.22719|0.53637|0.23644",
        "equal-lines|the movie is great|0.34936|0.23539|0.41525", "equal-lines|what a lovely day!|0.3662|0.23054|0.40326",
        "equal-lines|get lost|0.31648|0.26105|0.42246", "equal-lines|i hate this awful food, so bad|0.24721|0.41593|0.33685",
        "blank-lines|the movie is great|0.34936|0.23539|0.41525", "blank-lines|what a lovely day!|0.3662|0.23054|0.40326",
        "blank-lines|get lost|0.31648|0.26105|0.42246", "blank-lines|i hate this awful food, so bad|0.24721|0.41593|0.33685"})
    void probabilities(String name, String text, double first, double second, double third) throws Exception {
        assertProbabilities(predict(model(name), text), first, second, third);
    }

    @Test
    void anotherSegmenterIsNamed() throws Exception {
        Path japanese = model("japanese");
        predict(japanese, "東京は良い天気").refused(1, "tokenizer_config.json", "BertJapaneseTokenizer", "MeCab");
        Path inConfig = model("other-special-tokens");
        for (String name : List.of("BertJapaneseTokenizer", "RobertaTokenizerFast", "XLMRobertaTokenizer", "OwnTokenizer")) {
            set(inConfig.resolve("config.json"), "tokenizer_class", "\"" + name + "\"");
            predict(inConfig, "text").refused(1, inConfig.resolve("config.json").toString(), name);
        }
    }

    @Test
    void settingsThatAreNotSupportedAreNamed() throws Exception {
        Path model = model("other-special-tokens");
        Path config = model.resolve("tokenizer_config.json");
        String before = Files.readString(config);
        for (String[] setting : new String[][] {{"split_special_tokens", "true"}, {"auto_map", "{\"AutoTokenizer\": [\"a.B\", \"a.C\"]}"},
            {"do_lower_case", "\"yes\""},
            {"truncation_side", "\"middle\""}, {"model_max_length", "0"}, {"cls_token", "null"}, {"unk_token", "\"<nothing>\""}}) {
            Files.writeString(config, before);
            set(config, setting);
            predict(model, "text").refused(1, model.toString(), setting[0].equals("unk_token") ? "<nothing>" : setting[0]);
        }
    }

    @Test
    void settingsWithoutEffectAreSaid() throws Exception {
        Path model = model("other-special-tokens");
        set(model.resolve("tokenizer_config.json"), "never_split", "[\"movie\"]", "padding_side", "\"left\"");
        Cli cli = predict(model, "the movie");
        assertProbabilities(cli, 0.21324, 0.56403, 0.22273);
        assertTrue(cli.err().contains("never_split") && cli.err().contains("padding_side"), cli.err());
        assertEquals(2, cli.err().lines().count(), cli.err());
    }

    @Test
    void lengthAndSideOfTheTokenizerHold() throws Exception {
        Path model = model("other-special-tokens");
        set(model.resolve("tokenizer_config.json"), "model_max_length", "4");
        Cli cli = predict(model, "the movie get lost");
        assertProbabilities(cli, 0.21324, 0.56403, 0.22273);
        assertTrue(cli.err().contains("longer than 4 tokens"), cli.err());
        set(model.resolve("tokenizer_config.json"), "truncation_side", "\"left\"");
        assertProbabilities(predict(model, "the movie get lost"), 0.24417, 0.51674, 0.23909);
        assertFalse(predict(model, "--length", "6", "the movie get lost").done().err().contains("cut"));
    }

    /** As in transformers, a token that the model has no row for does no harm until a text holds it. */
    @Test
    void aTokenBeyondTheModelIsRefusedWhereATextHoldsIt() throws Exception {
        Path model = model("other-special-tokens");
        int rows = mapper.readTree(model.resolve("config.json").toFile()).path("vocab_size").asInt();
        int tokens = Files.readAllLines(model.resolve("vocab.txt")).size();
        StringBuilder more = new StringBuilder();
        for (int i = tokens; i < rows; i++) {
            more.append("[unused").append(i).append("]\n");
        }
        Files.writeString(model.resolve("vocab.txt"), Files.readString(model.resolve("vocab.txt")).stripTrailing() + "\n" + more);
        set(model.resolve("added_tokens.json"), "[URL]", Integer.toString(rows));
        assertProbabilities(predict(model, "the movie"), 0.21324, 0.56403, 0.22273);
        predict(model, "the movie", "see [URL]").refused(1, "'see [URL]'", "'[URL]'", Integer.toString(rows));
    }

    private Path data() {
        return Toy.data(temp);
    }

    private JsonNode trained(Path output, Object... more) throws IOException {
        Cli.run(Stream.concat(Stream.of("train", "--device", "jvm", "--data", data(), "--epochs", "1", "--length", "16", "--output", output), Stream.of(more))
                .toArray())
                .done();
        return mapper.readTree(output.resolve("tokenizer_config.json").toFile());
    }

    @Test
    void aVocabularyIsReadWithTheSettingsBesideIt() throws Exception {
        Path cased = Files.createDirectory(temp.resolve("cased"));
        Files.writeString(cased.resolve("vocab.txt"), VOCAB);
        set(cased.resolve("tokenizer_config.json"), "do_lower_case", "false", "additional_special_tokens", "[\"<rain>\"]");
        JsonNode saved = trained(temp.resolve("run"), "--vocab", cased.resolve("vocab.txt"));
        assertFalse(saved.path("do_lower_case").asBoolean(true));
        assertEquals("<rain>", saved.path("added_tokens_decoder").path("12").path("content").asText());
        Cli contradiction = Cli.run("train", "--data", data(), "--output", temp.resolve("no"), "--length", "16", "--vocab", cased.resolve("vocab.txt"),
                "--uncased");
        contradiction.refused(1, "--uncased contradicts the tokenizer", "keeps their case");
        assertFalse(Files.exists(temp.resolve("no")));
    }

    @Test
    void aBareVocabularyIsCasedOrUncasedAsTold() throws Exception {
        Path bare = Files.writeString(temp.resolve("words.txt"), VOCAB);
        assertFalse(trained(temp.resolve("cased-run"), "--vocab", bare, "--cased").path("do_lower_case").asBoolean(true));
        Cli said = Cli.run("train", "--device", "jvm", "--data", data(), "--epochs", "1", "--length", "16", "--output", temp.resolve("said"), "--vocab", bare)
                .done();
        assertTrue((said.out() + said.err()).contains("words.txt: 3 of 12 entries have capitals"), said.out() + said.err());
        Cli.run("train", "--cased", "--uncased").misused("--cased", "--uncased");
    }
}
