// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.ReadableFolder;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * BERT's tokenizer: text to token ids with [CLS] in front and [SEP] behind, by Hugging Face's native tokenizers. Safe for use by several threads.
 *
 * <p>Unlike in {@code transformers}, neither padding nor type ids are made here: batches do both.
 */
public final class BertTokenizer implements AutoCloseable {
    /** [CLS], one token, [SEP]: the shortest length that still says something of a text. */
    public static final int MIN_LENGTH = 3;
    private static final int ENCODE_CHUNK = 1024;

    private final Vocabulary vocabulary;
    private final ObjectNode json;
    private final HuggingFaceTokenizer tokenizer;
    private final int padId;
    private final int sepId;

    private BertTokenizer(String name, Vocabulary vocabulary, ObjectNode json) {
        this.vocabulary = vocabulary;
        this.json = json;
        this.tokenizer = NativeTokenizers.open(name, json.toString());
        this.padId = vocabulary.id(Vocabulary.PAD);
        this.sepId = vocabulary.id(Vocabulary.SEP);
    }

    /** An uncased tokenizer from a {@code vocab.txt}; errors as in {@link Vocabulary#of}. */
    public static BertTokenizer fromVocab(Path vocabTxt) {
        return fromVocab(vocabTxt, true);
    }

    /** @param lowerCase lower-case and strip accents (bert-base-uncased) or keep both (bert-base-cased) */
    public static BertTokenizer fromVocab(Path vocabTxt, boolean lowerCase) {
        Vocabulary vocabulary = Vocabulary.read(vocabTxt);
        return new BertTokenizer(vocabTxt.toString(), vocabulary, TokenizerJson.of(vocabulary, lowerCase));
    }

    /** An uncased tokenizer over a vocabulary in memory, such as one that {@link WordPieceVocabularyBuilder} learned. */
    public static BertTokenizer of(Vocabulary vocabulary) {
        return new BertTokenizer("the vocabulary", vocabulary, TokenizerJson.of(vocabulary, true));
    }

    /** A tokenizer from a WordPiece {@code tokenizer.json}, with the normalizer that the file names. */
    public static BertTokenizer fromTokenizerJson(Path tokenizerJson) {
        ObjectNode json = TokenizerJson.read(tokenizerJson);
        Vocabulary vocabulary = TokenizerJson.vocabulary(tokenizerJson.toString(), json);
        TokenizerJson.withoutPaddingAndTruncation(json);
        return new BertTokenizer(tokenizerJson.toString(), vocabulary, json);
    }

    /**
     * The tokenizer of a model folder (its {@code tokenizer.json}, else its {@code vocab.txt}, cased if {@code tokenizer_config.json} says
     * {@code "do_lower_case": false}), or of one file named as either.
     */
    public static BertTokenizer load(Path path) {
        if (!Files.exists(path)) {
            throw new UserException(path + " does not exist; name a vocab.txt, a tokenizer.json or a folder that holds one.");
        }
        if (!Files.isDirectory(path)) {
            return path.toString().endsWith(".json") ? fromTokenizerJson(path) : fromVocab(path);
        }
        ReadableFolder.require(path);
        Path tokenizerJson = path.resolve("tokenizer.json");
        if (Files.exists(tokenizerJson)) {
            return fromTokenizerJson(tokenizerJson);
        }
        Path vocabTxt = path.resolve("vocab.txt");
        if (!Files.exists(vocabTxt)) {
            throw new UserException(path + " holds neither tokenizer.json nor vocab.txt; put the model's vocabulary there.");
        }
        Path config = path.resolve("tokenizer_config.json");
        JsonNode lowerCase = Files.exists(config) ? TokenizerJson.read(config).path("do_lower_case") : null;
        return fromVocab(vocabTxt, lowerCase == null || lowerCase.asBoolean(true));
    }

    /**
     * Token ids of a text.
     *
     * @param maxLength longest result, [CLS] and [SEP] included; what is over is cut off before [SEP]
     */
    public int[] encode(String text, int maxLength) {
        if (text == null) {
            throw new IllegalArgumentException("encode: the text is null");
        }
        return encodeBatch(List.of(text), maxLength).get(0);
    }

    /** Token ids of each text, as {@link #encode(String, int)}, on all cores. */
    public List<int[]> encodeBatch(List<String> texts, int maxLength) {
        if (maxLength < MIN_LENGTH) {
            throw new IllegalArgumentException("encode: maxLength %d is below %d".formatted(maxLength, MIN_LENGTH));
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i) == null) {
                throw new IllegalArgumentException("encode: the text at index " + i + " is null");
            }
        }
        List<int[]> result = new ArrayList<>(texts.size());
        for (int from = 0; from < texts.size(); from += ENCODE_CHUNK) {
            List<String> chunk = texts.subList(from, Math.min(texts.size(), from + ENCODE_CHUNK));
            for (Encoding encoding : tokenizer.batchEncode(chunk.stream().map(BertTokenizer::withoutLoneSurrogates).toArray(String[]::new))) {
                result.add(truncate(encoding.getIds(), maxLength));
            }
        }
        return result;
    }

    private int[] truncate(long[] ids, int maxLength) {
        int[] result = new int[Math.min(ids.length, maxLength)];
        for (int i = 0; i < result.length; i++) {
            result[i] = Math.toIntExact(ids[i]);
        }
        if (ids.length > maxLength) {
            result[maxLength - 1] = sepId;
        }
        return result;
    }

    /** JSON escapes can spell half a surrogate pair, which no UTF-8 text can hold: it becomes U+FFFD, which BERT's normalizer drops. */
    private static String withoutLoneSurrogates(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints().map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
            }
        }
        return text;
    }

    /** Number of token ids; the word embedding needs at least as many rows. */
    public int vocabSize() {
        return vocabulary.size();
    }

    /** Id of [PAD]. */
    public int padId() {
        return padId;
    }

    /** Id of [CLS]. */
    public int clsId() {
        return vocabulary.id(Vocabulary.CLS);
    }

    /** Id of [SEP]. */
    public int sepId() {
        return sepId;
    }

    /** The tokens behind the ids. */
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** Writes the tokens as a {@code vocab.txt}; it loads back alike if this tokenizer is a plain uncased one. */
    public void saveVocab(Path vocabTxt) throws IOException {
        vocabulary.write(vocabTxt);
    }

    /**
     * Writes {@code vocab.txt}, {@code tokenizer.json} and {@code tokenizer_config.json} into a folder; {@link #load} gives this very tokenizer
     * back, and so does {@code AutoTokenizer.from_pretrained}.
     *
     * @param maxLength longest input of the model, which {@code transformers} truncates to when asked to
     */
    public void save(Path folder, int maxLength) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"),
                TokenizerJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(TokenizerJson.config(json, vocabulary, maxLength)) + "\n");
        saveVocab(folder.resolve("vocab.txt"));
        Files.writeString(folder.resolve("tokenizer.json"), TokenizerJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    /** Frees the native tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
