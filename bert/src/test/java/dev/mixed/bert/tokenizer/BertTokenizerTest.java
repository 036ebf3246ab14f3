// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BertTokenizerTest {
    private static final String VOCAB = String.join("\n", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat", "##s", "naive", "!", "Cat") + "\n";

    @TempDir
    Path folder;

    private Path vocab(String content) throws IOException {
        return Files.writeString(folder.resolve("vocab.txt"), content);
    }

    @Test
    void lowerCasesStripsAccentsAndSplitsWords() throws IOException {
        try (BertTokenizer tokenizer = BertTokenizer.fromVocab(vocab(VOCAB))) {
            assertArrayEquals(new int[] {2, 5, 6, 8, 7, 10, 9, 1, 3}, tokenizer.encode("The CATS sat! Naïve dog", 16));
            assertEquals(12, tokenizer.vocabSize());
            assertEquals(0, tokenizer.padId());
            assertEquals(2, tokenizer.clsId());
            assertEquals(3, tokenizer.sepId());
        }
    }

    @Test
    void truncationKeepsTheSeparator() throws IOException {
        try (BertTokenizer tokenizer = BertTokenizer.fromVocab(vocab(VOCAB))) {
            assertArrayEquals(new int[] {2, 5, 6, 3}, tokenizer.encode("the cats sat", 4));
            assertArrayEquals(new int[] {2, 5, 6, 8, 7, 3}, tokenizer.encode("the cats sat", 6));
            assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("the", 2));
        }
    }

    @Test
    void batchesEqualSingleTexts() throws IOException {
        try (BertTokenizer tokenizer = BertTokenizer.fromVocab(vocab(VOCAB))) {
            List<String> texts = java.util.Collections.nCopies(1500, List.of("the cat", "sat !", "naïve cats", "")).stream().flatMap(List::stream).toList();
            List<int[]> batch = tokenizer.encodeBatch(texts, 8);
            assertEquals(texts.size(), batch.size());
            for (int i = 0; i < 8; i++) {
                assertArrayEquals(tokenizer.encode(texts.get(i), 8), batch.get(batch.size() - 8 + i));
            }
            assertEquals(List.of(), tokenizer.encodeBatch(List.of(), 8));
        }
    }

    @Test
    void halfASurrogatePairAndOddCharactersDoNoHarm() throws IOException {
        try (BertTokenizer tokenizer = BertTokenizer.fromVocab(vocab(VOCAB))) {
            assertArrayEquals(new int[] {2, 6, 3}, tokenizer.encode("ca\uD83Dt", 8));
            assertArrayEquals(new int[] {2, 6, 1, 3}, tokenizer.encode("c\u0000at\u2028\uD83D\uDE00", 8));
        }
    }

    @Test
    void folderPrefersTokenizerJson() throws IOException {
        vocab(VOCAB);
        try (BertTokenizer fromVocab = BertTokenizer.load(folder)) {
            assertEquals(12, fromVocab.vocabSize());
        }
        Path other = Files.writeString(folder.resolve("other.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\ncat\n");
        Path saved = Files.createDirectory(folder.resolve("saved"));
        try (BertTokenizer small = BertTokenizer.fromVocab(other)) {
            small.save(saved, 512);
        }
        Files.copy(saved.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        try (BertTokenizer fromJson = BertTokenizer.load(folder)) {
            assertEquals(5, fromJson.vocabSize());
            assertArrayEquals(new int[] {2, 4, 1, 3}, fromJson.encode("Cat dog", 8));
        }
        assertEquals("[PAD]\n[UNK]\n[CLS]\n[SEP]\ncat\n", Files.readString(saved.resolve("vocab.txt")));
    }

    @Test
    void casedTokenizerIsSavedAndLoadedAsSuch() throws IOException {
        Path file = vocab(VOCAB);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
        Path saved = Files.createDirectory(folder.resolve("saved"));
        try (BertTokenizer cased = BertTokenizer.load(folder); BertTokenizer uncased = BertTokenizer.fromVocab(file)) {
            assertArrayEquals(new int[] {2, 11, 6, 3}, cased.encode("Cat cat", 8));
            assertArrayEquals(new int[] {2, 6, 6, 3}, uncased.encode("Cat cat", 8));
            cased.save(saved, 512);
        }
        try (BertTokenizer again = BertTokenizer.load(saved)) {
            assertArrayEquals(new int[] {2, 11, 6, 3}, again.encode("Cat cat", 8));
        }
    }

    @Test
    void lengthSettingsInTokenizerJsonAreIgnored() throws IOException {
        Path saved = Files.createDirectory(folder.resolve("saved"));
        try (BertTokenizer tokenizer = BertTokenizer.fromVocab(vocab(VOCAB))) {
            tokenizer.save(saved, 512);
        }
        String padded = Files.readString(saved.resolve("tokenizer.json"))
                .replace("\"truncation\" : null",
                        "\"truncation\" : {\"direction\": \"Right\", \"max_length\": 4, \"strategy\": \"LongestFirst\", \"stride\": 0}")
                .replace("\"padding\" : null", "\"padding\" : {\"strategy\": {\"Fixed\": 4}, \"direction\": \"Right\", \"pad_to_multiple_of\": null, "
                        + "\"pad_id\": 0, \"pad_type_id\": 0, \"pad_token\": \"[PAD]\"}");
        Path file = Files.writeString(folder.resolve("tokenizer.json"), padded);
        try (BertTokenizer tokenizer = BertTokenizer.load(file)) {
            assertArrayEquals(new int[] {2, 5, 3}, tokenizer.encode("the", 16));
            assertArrayEquals(new int[] {2, 5, 6, 8, 7, 3}, tokenizer.encode("the cats sat", 16));
        }
    }

    @Test
    void badVocabulariesAreRefused() throws IOException {
        for (String special : List.of("[UNK]", "[CLS]", "[SEP]", "[PAD]")) {
            Path file = vocab(VOCAB.replace(special + "\n", ""));
            assertRefused(() -> BertTokenizer.fromVocab(file), file + " lacks " + special);
        }
        Path empty = vocab("");
        assertRefused(() -> BertTokenizer.fromVocab(empty), empty + " is empty");
        Path latin1 = folder.resolve("latin1.txt");
        Files.write(latin1, (VOCAB + "naïve\n").getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(() -> BertTokenizer.fromVocab(latin1), latin1 + ", line 13", "not UTF-8");
    }

    @Test
    void windowsLineEndsAreAccepted() throws IOException {
        try (BertTokenizer tokenizer = BertTokenizer.fromVocab(vocab(VOCAB.replace("\n", "\r\n")))) {
            assertArrayEquals(new int[] {2, 6, 3}, tokenizer.encode("cat", 8));
        }
    }

    @Test
    void badFilesAndFoldersAreRefused() throws IOException {
        assertRefused(() -> BertTokenizer.load(folder.resolve("nowhere")), "nowhere does not exist");
        assertRefused(() -> BertTokenizer.load(folder), folder + " holds neither tokenizer.json nor vocab.txt");
        Path json = folder.resolve("tokenizer.json");
        for (String[] bad : new String[][] {
            {"{\"model\": \n oops", "line 2: not valid JSON"}, {"[]", "holds no JSON object"}, {"{}", "holds no WordPiece model"},
            {"{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}", "holds no WordPiece model"},
            {"{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"a\": 1, \"a\": 0}}}", "Duplicate"},
            {"{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"[UNK]\": 0, \"[CLS]\": 1, \"[SEP]\": 2, \"[PAD]\": 2}}}", "has the id 2"},
            {"{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"[UNK]\": 0, \"[CLS]\": -1}}}", "has the id -1"},
            {"{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"vocab\": {\"[CLS]\": 0, \"[SEP]\": 1, \"[PAD]\": 2}}}", "lacks [UNK]"},
            {"{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"vocab\": {\"[UNK]\": 0, \"[CLS]\": 1, \"[SEP]\": 2, \"[PAD]\": 3}}, \"normalizer\": {\"type\": \"?\"}, "
                    + "\"post_processor\": {\"type\": \"BertProcessing\", \"cls\": [\"[CLS]\", 1], \"sep\": [\"[SEP]\", 2]}}",
                "is not a valid tokenizer"}}) {
            Files.writeString(json, bad[0]);
            assertRefused(() -> BertTokenizer.load(folder), json.toString(), bad[1]);
        }
    }
}
