// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables of tokenizer classes and settings: what they say is done, and docs/compatibility.md says the same. */
class TokenizerTablesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void vocabulary() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n");
    }

    private Path config(String json) throws IOException {
        return Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    @Test
    void thePageSaysWhatTheTablesSay() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "compatibility.md"));
        for (TokenizerClass row : TokenizerClass.values()) {
            assertContains(page, "| %s | %s | %s |\n".formatted(row.names().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", ")),
                    row.supported() ? "loads" : "refused", row.what()));
        }
        for (TokenizerSetting row : TokenizerSetting.values()) {
            assertContains(page, "| `%s` | %s | %s |\n".formatted(row.key(), switch (row.use()) {
                case APPLIED -> "applied";
                case NOTED -> "no effect";
                case REFUSED -> "refused";
            }, row.what()));
        }
        long rows = page.substring(page.indexOf("## Tokenizers"), page.indexOf("<!-- end of tokenizers -->")).lines().filter(line -> line.startsWith("| `"))
                .count();
        assertEquals(TokenizerClass.values().length + TokenizerSetting.values().length, rows);
    }

    private static void assertContains(String page, String row) {
        assertTrue(page.contains(row), () -> "docs/compatibility.md lacks the row\n" + row);
    }

    @ParameterizedTest
    @EnumSource
    void classes(TokenizerClass row) throws IOException {
        for (String name : row.names()) {
            for (String given : List.of(name, name + "Fast")) {
                Path config = config("{\"tokenizer_class\": \"%s\"}".formatted(given));
                if (row == TokenizerClass.BERT) {
                    BertTokenizer.load(folder).close();
                } else if (row == TokenizerClass.WHOLE_FILE) {
                    assertRefused(() -> BertTokenizer.load(folder), config.toString(), "tokenizer.json");
                } else {
                    assertRefused(() -> BertTokenizer.load(folder), config.toString(), given, row.what());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "CLASS")
    void settings(TokenizerSetting row) throws IOException {
        String value = row == TokenizerSetting.PADDING_SIDE ? "\"left\"" : "[\"something\"]";
        Path config = config("{\"%s\": %s}".formatted(row.key(), value));
        switch (row.use()) {
            case REFUSED -> assertRefused(() -> BertTokenizer.load(folder), config.toString(), "\"" + row.key() + "\"");
            case NOTED -> {
                try (BertTokenizer tokenizer = BertTokenizer.load(folder)) {
                    assertEquals(1, tokenizer.notices().size());
                    assertTrue(tokenizer.notices().getFirst().startsWith(config + ": \"" + row.key() + "\": " + value + " changes nothing"),
                            tokenizer.notices().getFirst());
                }
            }
            case APPLIED -> {
                if (!row.key().contains(",")) {
                    assertRefused(() -> BertTokenizer.load(folder), config.toString(), row.key());
                }
            }
        }
    }
}
