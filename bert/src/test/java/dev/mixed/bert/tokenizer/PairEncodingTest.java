// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs and words are put together and cut as transformers does; {@code heads/make_fixtures.py} says how the fixture was made. */
class PairEncodingTest {
    private final ObjectMapper mapper = new ObjectMapper();

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).intValue();
        }
        return values;
    }

    private JsonNode fixture() throws IOException {
        try (InputStream in = PairEncodingTest.class.getResourceAsStream("/heads/pairs.json")) {
            return mapper.readTree(in);
        }
    }

    private static BertTokenizer tokenizer(JsonNode fixture) {
        List<String> tokens = new ArrayList<>();
        fixture.get("vocabulary").forEach(token -> tokens.add(token.textValue()));
        return BertTokenizer.of(Vocabulary.of("fixture", tokens));
    }

    @Test
    void wordsAreEncodedAsTransformersDoes() throws IOException {
        JsonNode fixture = fixture();
        int sequences = 0;
        try (BertTokenizer tokenizer = tokenizer(fixture)) {
            for (JsonNode row : fixture.get("words")) {
                List<String> words = new ArrayList<>();
                row.get(0).forEach(word -> words.add(word.textValue()));
                WordEncoding made = tokenizer.encodeWords(List.of(words), row.get(1).intValue()).getFirst();
                assertArrayEquals(ints(row.get(2)), made.ids(), row.toString());
                int[] first = new int[words.size()];
                Arrays.fill(first, -1);
                for (int i = row.get(3).size() - 1; i >= 0; i--) {
                    if (!row.get(3).get(i).isNull()) {
                        first[row.get(3).get(i).intValue()] = i;
                    }
                }
                assertArrayEquals(first, made.firstPieces(), row.toString());
                assertEquals(first[first.length - 1] < 0, made.cut(), row.toString());
                sequences++;
            }
            WordEncoding nothing = tokenizer.encodeWords(List.of(List.of("a", "\u200b", "b")), 9).getFirst();
            assertArrayEquals(new int[] {2, 5, 1, 6, 3}, nothing.ids(), "a word of which nothing is left");
        }
        assertEquals(25, sequences);
    }

    private JsonNode windows() throws IOException {
        try (InputStream in = PairEncodingTest.class.getResourceAsStream("/heads/windows.json")) {
            return mapper.readTree(in);
        }
    }

    @Test
    void oneTextAloneIsCutOrReadInWindowsAsTransformersDoes() throws IOException {
        int refused = 0;
        int several = 0;
        try (BertTokenizer tokenizer = tokenizer(fixture())) {
            for (JsonNode row : windows().get("pairs")) {
                List<String> first = List.of(row.get(0).textValue());
                List<String> second = List.of(row.get(1).textValue());
                Truncation truncation = Truncation.valueOf(row.get(2).textValue().toUpperCase(Locale.ROOT));
                int length = row.get(3).intValue();
                int stride = row.get(4).intValue();
                Supplier<List<PairEncoding>> encoded = () -> stride < 0 ? tokenizer.encodePairs(first, second, length, truncation)
                        : tokenizer.encodePairWindows(first, second, length, truncation, stride).getFirst();
                if (row.get(5).isEmpty()) {
                    String message = assertThrows(UserException.class, encoded::get, row.toString()).getMessage();
                    assertTrue(message.contains("leaves no room for") && message.contains("give a larger --length"), message);
                    refused++;
                    continue;
                }
                List<PairEncoding> made = encoded.get();
                assertEquals(row.get(5).size(), made.size(), row.toString());
                several += made.size() > 1 ? 1 : 0;
                for (int w = 0; w < made.size(); w++) {
                    assertArrayEquals(ints(row.get(5).get(w)), made.get(w).ids(), row.toString());
                    int start = made.get(w).secondStart();
                    int[] before = Arrays.copyOf(made.get(w).ids(), start);
                    assertEquals(start - 1, Arrays.stream(before).boxed().toList().indexOf(tokenizer.sepId()), row.toString());
                }
            }
        }
        assertTrue(refused > 100 && several > 30, refused + " refused, " + several + " in windows");
    }

    @Test
    void windowsOfATextAreThoseOfTransformers(@TempDir Path temp) throws IOException {
        int several = 0;
        List<String> tokens = new ArrayList<>();
        fixture().get("vocabulary").forEach(token -> tokens.add(token.textValue()));
        Files.write(temp.resolve("vocab.txt"), tokens);
        Files.writeString(temp.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"BertTokenizer\", \"truncation_side\": \"left\"}");
        try (BertTokenizer right = tokenizer(fixture()); BertTokenizer left = BertTokenizer.load(temp)) {
            for (JsonNode row : windows().get("texts")) {
                BertTokenizer tokenizer = row.get(1).textValue().equals("left") ? left : right;
                List<int[]> made = tokenizer.encodeWindows(List.of(row.get(0).textValue()), row.get(2).intValue(), row.get(3).intValue()).getFirst();
                assertEquals(row.get(4).size(), made.size(), row.toString());
                several += made.size() > 1 ? 1 : 0;
                for (int w = 0; w < made.size(); w++) {
                    assertArrayEquals(ints(row.get(4).get(w)), made.get(w), row.toString());
                }
            }
            assertThrows(IllegalArgumentException.class, () -> right.encodeWindows(List.of("a"), 5, 3));
        }
        assertTrue(several > 30, several + " in windows");
    }

    @Test
    void idsAndTypesAreThoseOfTransformers() throws IOException {
        JsonNode fixture = fixture();
        int pairs = 0;
        try (BertTokenizer tokenizer = tokenizer(fixture)) {
            for (JsonNode row : fixture.get("pairs")) {
                PairEncoding made = tokenizer.encodePairs(List.of(row.get(0).textValue()), List.of(row.get(1).textValue()), row.get(2).intValue()).getFirst();
                assertArrayEquals(ints(row.get(3)), made.ids(), row.toString());
                int[] types = new int[made.ids().length];
                Arrays.fill(types, made.secondStart(), types.length, 1);
                assertArrayEquals(ints(row.get(4)), types, row.toString());
                assertEquals(made.ids().length < tokenizer.encodePairs(List.of(row.get(0).textValue()), List.of(row.get(1).textValue()), 100).getFirst()
                        .ids().length, made.cut(), row.toString());
                pairs++;
            }
        }
        assertTrue(pairs > 200, pairs + " pairs");
    }

    @Test
    void beginningsAreCutWhereTheTokenizerSaysSo() {
        PairEncoding left = PairEncoding.of(new int[] {10, 11, 12}, new int[] {20, 21, 22, 23}, 1, 2, 7, true);
        assertArrayEquals(new int[] {1, 11, 12, 2, 22, 23, 2}, left.ids());
        assertEquals(4, left.secondStart());
    }

    @Test
    void otherTemplatesAreRefused(@TempDir Path folder) throws IOException {
        try (BertTokenizer tokenizer = BertTokenizer.of(Vocabulary.of("v", List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a")))) {
            tokenizer.save(folder, 16);
            assertThrows(IllegalArgumentException.class, () -> tokenizer.encodePairs(List.of("a"), List.of("a"), 4));
            assertThrows(IllegalArgumentException.class, () -> tokenizer.encodePairs(List.of("a"), List.of(), 8));
        }
        Path file = folder.resolve("tokenizer.json");
        ObjectNode json = (ObjectNode) mapper.readTree(Files.readAllBytes(file));
        json.withObject("/post_processor").withArray("pair").addObject().putObject("SpecialToken").put("id", "[SEP]").put("type_id", 1);
        Files.writeString(file, mapper.writeValueAsString(json));
        Path config = folder.resolve("tokenizer_config.json");
        ObjectNode settings = (ObjectNode) mapper.readTree(Files.readAllBytes(config));
        Files.writeString(config, mapper.writeValueAsString(settings.put("tokenizer_class", "PreTrainedTokenizerFast")));
        try (BertTokenizer tokenizer = BertTokenizer.load(folder)) {
            assertEquals(3, tokenizer.encode("a", 8).length);
            String message = assertThrows(UserException.class, () -> tokenizer.encodePairs(List.of("a"), List.of("a"), 8)).getMessage();
            assertTrue(message.contains(file + ": its post_processor TemplateProcessing does not join two texts as BERT does"), message);
        }
    }
}
