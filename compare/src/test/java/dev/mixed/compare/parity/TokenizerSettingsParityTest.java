// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders with all kinds of settings give transformers' token ids, or are refused in a sentence; {@code make_settings.py} recorded them. */
class TokenizerSettingsParityTest {
    private static final int LONGEST = 10_000;

    @TempDir
    Path folder;

    private final ObjectMapper mapper = new ObjectMapper();
    private final JsonNode recorded = read();
    private final List<String> texts = new ArrayList<>();

    private JsonNode read() {
        try {
            String file = System.getProperty("mixed.settings");
            return file == null ? mapper.readTree(TokenizerSettingsParityTest.class.getResourceAsStream("/parity/settings.json"))
                    : mapper.readTree(Path.of(file).toFile());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyFolderIsTokenizedAsByTransformersOrRefused() throws IOException {
        recorded.path("texts").forEach(text -> texts.add(text.asText()));
        int length = recorded.path("length").asInt();
        List<String> wrong = new ArrayList<>();
        int same = 0;
        int number = 0;
        for (JsonNode row : recorded.path("cases")) {
            String name = row.path("name").asText();
            Path made = write(Files.createDirectory(folder.resolve(Integer.toString(number++))), row.path("files"));
            try (BertTokenizer tokenizer = BertTokenizer.load(made)) {
                if (row.has("refused")) {
                    wrong.add(name + ": loads, but was to be refused (" + row.path("transformers").asText() + ")");
                    continue;
                }
                compare(name, "", row.path("ids"), tokenizer.encodeBatch(texts, LONGEST), wrong);
                compare(name, ", cut", row.path("cut"), tokenizer.encodeBatch(texts, length), wrong);
                same++;
                Path saved = Files.createDirectory(made.resolve("saved"));
                tokenizer.save(saved, 512);
                try (BertTokenizer again = BertTokenizer.load(saved)) {
                    compare(name, ", saved", row.path("ids"), again.encodeBatch(texts, LONGEST), wrong);
                    compare(name, ", saved and cut", row.path("cut"), again.encodeBatch(texts, length), wrong);
                    assertEquals(List.of(), again.notices(), name);
                    assertEquals(List.of(tokenizer.padId(), tokenizer.clsId(), tokenizer.sepId(), tokenizer.vocabSize()),
                            List.of(again.padId(), again.clsId(), again.sepId(), again.vocabSize()), name);
                }
            } catch (UserException e) {
                // What is drawn at random may ask for what is refused by name; what is written by hand says which.
                boolean expected = name.startsWith("random") || row.has("refused") && e.getMessage().contains(row.path("refused").asText());
                if (!expected || !e.getMessage().startsWith(made.toString()) || e.getMessage().lines().count() != 1) {
                    wrong.add(name + ": " + e.getMessage());
                }
            }
        }
        assertTrue(wrong.isEmpty(), wrong.size() + " of " + number + " folders:\n" + String.join("\n", wrong.subList(0, Math.min(40, wrong.size()))));
        assertTrue(same > 0.7 * number, same + " of " + number);
    }

    private Path write(Path made, JsonNode files) throws IOException {
        for (Map.Entry<String, JsonNode> file : files.properties()) {
            JsonNode content = file.getValue();
            if (content.path("model").path("vocab").isNull()) {
                ObjectNode vocab = ((ObjectNode) content.path("model")).putObject("vocab");
                for (String token : recorded.path("vocab").asText().split("\n")) {
                    vocab.put(token, vocab.size());
                }
            }
            Files.writeString(made.resolve(file.getKey()),
                    content.isNull() ? recorded.path("vocab").asText() : content.isTextual() ? content.asText() : mapper.writeValueAsString(content));
        }
        return made;
    }

    private void compare(String name, String how, JsonNode expected, List<int[]> ids, List<String> wrong) {
        for (int i = 0; i < texts.size(); i++) {
            int[] right = StreamSupport.stream(expected.get(i).spliterator(), false).mapToInt(JsonNode::asInt).toArray();
            if (!Arrays.equals(right, ids.get(i))) {
                wrong.add("%s%s, '%s': expected %s, got %s".formatted(name, how, texts.get(i), Arrays.toString(right), Arrays.toString(ids.get(i))));
                return;
            }
        }
        assertArrayEquals(new int[] {texts.size()}, new int[] {expected.size()});
    }
}
