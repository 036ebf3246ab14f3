// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.bert.tokenizer.BertTokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Token ids of hard texts are transformers', with its own vocabulary and a small one; {@code make_tokens.py} recorded them. */
class TokenParityTest {
    private static final int LONGEST = 10_000;

    private final JsonNode rows = read();

    private static JsonNode read() {
        try {
            return new ObjectMapper().readTree(TokenParityTest.class.getResourceAsStream("/parity/tokens.json")).get("rows");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path smallVocabulary() throws URISyntaxException {
        return Path.of(TokenParityTest.class.getResource("/parity/vocab.txt").toURI());
    }

    /** The vocabulary of bert-base-uncased, which lies beside the repository, or where MIXED_SHARED says. */
    private static Path baseVocabulary() {
        String given = System.getProperty("mixed.shared", System.getenv("MIXED_SHARED"));
        Path working = Path.of("").toAbsolutePath();
        Path root = Files.isDirectory(working.resolve("tornado-env")) ? working : working.getParent();
        Path vocab = (given != null ? Path.of(given) : root.resolveSibling("shared")).resolve("data/bert-base-uncased/vocab.txt");
        Assumptions.assumeTrue(Files.exists(vocab), "skipped: " + vocab + " is absent (MIXED_SHARED names another folder)");
        return vocab;
    }

    @Test
    void baseUncased() {
        assertSameIds("base", BertTokenizer.fromVocab(baseVocabulary()));
    }

    @Test
    void smallUncased() throws URISyntaxException {
        assertSameIds("small", BertTokenizer.fromVocab(smallVocabulary()));
    }

    @Test
    void smallCased() throws URISyntaxException {
        assertSameIds("small_cased", BertTokenizer.fromVocab(smallVocabulary(), false));
    }

    private void assertSameIds(String name, BertTokenizer tokenizer) {
        assertTrue(rows.size() > 500);
        try (tokenizer) {
            List<String> texts = new ArrayList<>();
            rows.forEach(row -> texts.add(row.get("text").asText()));
            List<int[]> ids = tokenizer.encodeBatch(texts, LONGEST);
            List<String> others = IntStream.range(0, rows.size()).filter(i -> !Arrays.equals(expected(i, name), ids.get(i)))
                    .mapToObj(i -> rows.get(i).get("text") + ": expected " + rows.get(i).get(name) + ", got " + Arrays.toString(ids.get(i))).toList();
            assertTrue(others.isEmpty(), others.size() + " of " + rows.size() + " texts have other ids:\n"
                    + String.join("\n", others.subList(0, Math.min(20, others.size()))));
            // One by one as in a batch.
            for (int i = 0; i < 50; i++) {
                assertArrayEquals(expected(i, name), tokenizer.encode(texts.get(i), LONGEST));
            }
        }
    }

    private int[] expected(int row, String name) {
        return StreamSupport.stream(rows.get(row).get(name).spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }
}
