// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.weights.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random damage to each file of a tokenizer's folder, some 10,000 times in all: a tokenizer whose saved copy gives the same ids, or one sentence. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TokenizerFilesFuzzTest {
    private static final int COUNT = 1_700;
    private static final List<String> TEXTS = List.of("The cat sat, naïve CAT [MASK] <tag> x<tag>y 日本", "");
    private static final List<byte[]> TOKENS = Mutations.texts("{", "}", "[", "]", "\"", ",", ":", "null", "true", "false", "0", "-1", "7", "11",
            "999999999999", "1e999",
            "\"do_lower_case\": false,", "\"strip_accents\": true,", "\"lstrip\": true,", "\"normalized\": true,", "\"special\": true,", "\"cat\": 0,",
            "\"12\": {},",
            "\"cls_token\": \"cat\",", "\"mask_token\": null,", "\"extra_special_tokens\": [\"the\"],", "\"tokenizer_class\": \"PreTrainedTokenizerFast\",",
            "\"added_tokens_decoder\": {},", "\"__type\": \"AddedToken\",", "\n", "\r\n", " ", "[CLS]", "[UNK]\n", "cat\n", "\uFEFF", "\\u0000", "é", "\0");

    @TempDir
    Path folder;

    private int read;

    @BeforeEach
    void files() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nsat\n##s\nnaive\n,\nCat\n");
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"bert\"}");
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\'', delimiter = '|', value = {
        "tokenizer_config.json|{\"do_lower_case\": true, \"strip_accents\": null, \"cls_token\": \"[CLS]\", \"model_max_length\": 512, \"truncation_side\": \"left\", "
                + "\"added_tokens_decoder\": {\"0\": {\"content\": \"[PAD]\", \"lstrip\": false, \"special\": true}, \"12\": {\"content\": \"<tag>\"}}}",
        "special_tokens_map.json|{\"mask_token\": {\"content\": \"[MASK]\", \"lstrip\": true}, \"unk_token\": \"[UNK]\", \"additional_special_tokens\": [\"<tag>\"]}",
        "added_tokens.json|{\"<tag>\": 12, \"[MASK]\": 4, \"x\": 13}",
        "config.json|{\"model_type\": \"bert\", \"tokenizer_class\": \"BertTokenizerFast\"}",
        "tokenizer.json|{\"added_tokens\": [{\"id\": 2, \"content\": \"[CLS]\", \"special\": true}, {\"id\": 6, \"content\": \"<tag>\"}], \"normalizer\": null, \"truncation\": null,"
                + " \"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"vocab\": {\"[PAD]\": 0, \"[UNK]\": 1, \"[CLS]\": 2, \"[SEP]\": 3, \"the\": 4, \"cat\": 5}}}"})
    void settings(String name, String content) {
        new Mutations(TOKENS).run(COUNT, List.of(content.getBytes(StandardCharsets.UTF_8)), folder.toString(), 8_000_000, bytes -> load(name, bytes));
    }

    @Test
    void vocabulary() {
        byte[] content = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n[SEP]\n[CLS]\n[UNK]\n[PAD]\n".getBytes(StandardCharsets.UTF_8);
        new Mutations(TOKENS).run(COUNT, List.of(content), folder.toString(), 8_000_000, bytes -> load("vocab.txt", bytes));
    }

    private void load(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
        try (BertTokenizer tokenizer = BertTokenizer.load(folder)) {
            List<int[]> ids = tokenizer.encodeBatch(TEXTS, 64);
            for (int[] sequence : ids) {
                assertEquals(tokenizer.clsId(), sequence[0]);
                for (int id : sequence) {
                    assertTrue(id >= 0 && id < tokenizer.vocabSize());
                }
            }
            if (read++ % 20 == 0) {
                Path saved = Files.createDirectories(folder.resolve("saved"));
                tokenizer.save(saved, 64);
                try (BertTokenizer again = BertTokenizer.load(saved)) {
                    List<int[]> same = again.encodeBatch(TEXTS, 64);
                    for (int i = 0; i < ids.size(); i++) {
                        assertArrayEquals(ids.get(i), same.get(i));
                    }
                }
            }
        }
    }
}
