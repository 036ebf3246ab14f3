// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * BERT's tokenizer: text to token ids with [CLS] in front and [SEP] behind, by Hugging Face's native tokenizers. Safe for use by several threads.
 *
 * <p>Unlike in {@code transformers}, no padding is made here: batches do that.
 */
public final class BertTokenizer implements AutoCloseable {
    /** [CLS], one token, [SEP]: the shortest length that still says something of a text. */
    public static final int MIN_LENGTH = 3;
    private static final int ENCODE_CHUNK = 1024;

    private final TokenizerParts parts;
    private final HuggingFaceTokenizer tokenizer;
    /** Rows of the model's word embeddings; no id may be beyond. */
    private final int rows;

    private BertTokenizer(TokenizerParts parts, HuggingFaceTokenizer tokenizer, int rows) {
        this.parts = parts;
        this.tokenizer = tokenizer;
        this.rows = rows;
    }

    private static BertTokenizer of(TokenizerParts parts) {
        return new BertTokenizer(parts, NativeTokenizers.open(parts.name(), parts.json().toString()), Integer.MAX_VALUE);
    }

    /** An uncased tokenizer from a {@code vocab.txt} alone, whatever lies beside it. */
    public static BertTokenizer fromVocab(Path vocabTxt) {
        return fromVocab(vocabTxt, true);
    }

    /** @param lowerCase lower-case and strip accents (bert-base-uncased) or keep both (bert-base-cased) */
    public static BertTokenizer fromVocab(Path vocabTxt, boolean lowerCase) {
        return of(TokenizerParts.bare(vocabTxt.toString(), Vocabulary.read(vocabTxt), lowerCase));
    }

    /** An uncased tokenizer over a vocabulary in memory, such as one that {@link WordPieceVocabularyBuilder} learned. */
    public static BertTokenizer of(Vocabulary vocabulary) {
        return of(vocabulary, true);
    }

    /** @param lowerCase as of {@link #fromVocab(Path, boolean)} */
    public static BertTokenizer of(Vocabulary vocabulary, boolean lowerCase) {
        return of(TokenizerParts.bare("the vocabulary", vocabulary, lowerCase));
    }

    /**
     * The tokenizer of a model folder, as {@code AutoTokenizer.from_pretrained} of transformers 5 makes it, or of a {@code vocab.txt} or
     * {@code tokenizer.json} with the settings that lie beside it.
     *
     * @throws UserException naming the file and the setting, where one is broken or asks for what miXed does not have
     */
    public static BertTokenizer load(Path path) {
        return of(TokenizerParts.of(TokenizerSource.of(path)));
    }

    /**
     * As {@link #load(Path)}, of a folder whose files lie in more than one place.
     *
     * @param files where the file of a name lies, if there is one
     */
    public static BertTokenizer load(Path folder, Function<String, Optional<Path>> files) {
        return of(TokenizerParts.of(TokenizerSource.of(folder, files)));
    }

    /** Whether {@code path} is a {@code vocab.txt} that nothing says more of: neither settings beside it nor a model. */
    public static boolean isBareVocabulary(Path path) {
        return !path.toString().endsWith(".json") && Files.isRegularFile(path) && TokenizerSource.of(path).isBare();
    }

    /** This tokenizer for a model whose word embeddings have so many rows: a text with a token beyond them is refused. Both are closed together. */
    public BertTokenizer forRows(int embeddingRows) {
        return new BertTokenizer(parts, tokenizer, embeddingRows);
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
        // The library encodes a chunk on all cores, but hands its tokens over on one: several chunks at once keep them busy.
        return IntStream.range(0, Math.ceilDiv(texts.size(), ENCODE_CHUNK)).parallel()
                .mapToObj(chunk -> encodeChunk(texts.subList(chunk * ENCODE_CHUNK, Math.min(texts.size(), (chunk + 1) * ENCODE_CHUNK)), maxLength))
                .toList().stream().flatMap(List::stream).toList();
    }

    private List<int[]> encodeChunk(List<String> chunk, int maxLength) {
        Encoding[] encodings = tokenizer.batchEncode(chunk.stream().map(BertTokenizer::withoutLoneSurrogates).toArray(String[]::new));
        List<int[]> result = new ArrayList<>(chunk.size());
        for (int i = 0; i < encodings.length; i++) {
            int[] ids = cut(Arrays.stream(encodings[i].getIds()).mapToInt(Math::toIntExact).toArray(), maxLength);
            requireRows(chunk.get(i), ids);
            result.add(ids);
        }
        return result;
    }

    /**
     * Token ids of each text, on all cores: of a long one those of its windows, each with [CLS] in front and [SEP] behind.
     *
     * @param maxLength longest window, the special tokens included
     * @param stride    tokens that a window shares with the one before, as {@code stride} of Hugging Face's tokenizers
     */
    public List<List<int[]>> encodeWindows(List<String> texts, int maxLength, int stride) {
        int special = parts.around().before().size() + parts.around().after().size();
        if (stride < 0 || stride >= maxLength - special) {
            throw new IllegalArgumentException("encode: windows of %d tokens can't share %d beside the special ones".formatted(maxLength, stride));
        }
        return encodeBatch(texts, Integer.MAX_VALUE).stream().map(ids -> Windows.of(bare(ids), maxLength - special, stride, parts.settings().truncateLeft())
                .stream().map(this::around).toList()).toList();
    }

    /** The ids with the special tokens around them. */
    private int[] around(int[] bare) {
        return Stream.of(parts.around().before().stream().mapToInt(Integer::intValue), Arrays.stream(bare),
                parts.around().after().stream().mapToInt(Integer::intValue)).flatMapToInt(ids -> ids).toArray();
    }

    /**
     * {@link #encodePairs(List, List, int, Truncation)} where of a long text of a pair each window is joined with the whole other one.
     *
     * @param truncation the text that is long, not {@link Truncation#LONGEST_FIRST}
     * @param stride     tokens that a window shares with the one before
     */
    public List<List<PairEncoding>> encodePairWindows(List<String> first, List<String> second, int maxLength, Truncation truncation, int stride) {
        if (truncation == Truncation.LONGEST_FIRST || stride < 0) {
            throw new IllegalArgumentException("encode: windows of pairs are of one of the two texts, and share 0 tokens or more, not " + stride);
        }
        List<int[]> a = bareTexts(first, second, maxLength);
        List<int[]> b = encodeBatch(second, Integer.MAX_VALUE);
        List<List<PairEncoding>> pairs = new ArrayList<>(a.size());
        for (int i = 0; i < a.size(); i++) {
            List<PairEncoding> windows = PairEncoding.windows(truncation == Truncation.ONLY_SECOND, a.get(i), bare(b.get(i)), clsId(), sepId(), maxLength,
                    stride,
                    parts.settings().truncateLeft());
            if (windows.isEmpty()) {
                throw noRoom(truncation, first.get(i), second.get(i), maxLength, "windows that share " + stride + " tokens");
            }
            pairs.add(windows);
        }
        return pairs;
    }

    private static UserException noRoom(Truncation truncation, String first, String second, int maxLength, String what) {
        boolean cutSecond = truncation == Truncation.ONLY_SECOND;
        return new UserException("The %s text '%s' of a pair leaves no room for %s of the other one in %d tokens; give a larger --length, or --truncate %s."
                .formatted(cutSecond ? "first" : "second", Brief.of(cutSecond ? first : second), what, maxLength, "longest_first"));
    }

    /** {@link #encodePairs(List, List, int, Truncation)} where the longer text loses tokens first. */
    public List<PairEncoding> encodePairs(List<String> first, List<String> second, int maxLength) {
        return encodePairs(first, second, maxLength, Truncation.LONGEST_FIRST);
    }

    /**
     * Token ids of pairs of texts, on all cores.
     *
     * @param second    as many texts as there are first ones
     * @param maxLength  longest result, {@value PairEncoding#MIN_LENGTH} at least, special tokens included
     * @param truncation which text loses tokens
     * @throws UserException if the tokenizer's files join texts otherwise than BERT does, or a text that is not to be cut leaves no room for the other
     */
    public List<PairEncoding> encodePairs(List<String> first, List<String> second, int maxLength, Truncation truncation) {
        List<int[]> a = bareTexts(first, second, maxLength);
        List<int[]> b = encodeBatch(second, Integer.MAX_VALUE);
        List<PairEncoding> pairs = new ArrayList<>(a.size());
        for (int i = 0; i < a.size(); i++) {
            boolean left = parts.settings().truncateLeft();
            PairEncoding pair = truncation == Truncation.LONGEST_FIRST ? PairEncoding.of(a.get(i), bare(b.get(i)), clsId(), sepId(), maxLength, left)
                    : PairEncoding.cutting(truncation == Truncation.ONLY_SECOND, a.get(i), bare(b.get(i)), clsId(), sepId(), maxLength, left);
            if (pair == null) {
                throw noRoom(truncation, first.get(i), second.get(i), maxLength, "any token");
            }
            pairs.add(pair);
        }
        return pairs;
    }

    /** The tokens of the first texts of pairs, after checks of both. */
    private List<int[]> bareTexts(List<String> first, List<String> second, int maxLength) {
        if (maxLength < PairEncoding.MIN_LENGTH) {
            throw new IllegalArgumentException("encode: maxLength %d is below the %d of a pair".formatted(maxLength, PairEncoding.MIN_LENGTH));
        }
        if (first.size() != second.size()) {
            throw new IllegalArgumentException("encode: %d first texts and %d second ones".formatted(first.size(), second.size()));
        }
        PairEncoding.require(parts.name(), parts.json(), parts.around());
        return encodeBatch(first, Integer.MAX_VALUE).stream().map(this::bare).toList();
    }

    /**
     * Token ids of sequences of words, each word by itself, as {@code is_split_into_words=True} of {@code transformers}. A word of which no token is left, such
     * as a control character, becomes the unknown token here, so that every word has one.
     *
     * @param sequences of words
     * @param maxLength longest result, special tokens included; what is over is cut at the end
     */
    public List<WordEncoding> encodeWords(List<List<String>> sequences, int maxLength) {
        if (maxLength < MIN_LENGTH) {
            throw new IllegalArgumentException("encode: maxLength %d is below %d".formatted(maxLength, MIN_LENGTH));
        }
        List<String> distinct = sequences.stream().flatMap(List::stream).distinct().toList();
        List<int[]> pieces = encodeBatch(distinct, Integer.MAX_VALUE);
        Map<String, int[]> known = new HashMap<>();
        for (int i = 0; i < distinct.size(); i++) {
            int[] bare = bare(pieces.get(i));
            known.put(distinct.get(i), bare.length > 0 ? bare : new int[] {parts.unknownId()});
        }
        return sequences.stream().map(words -> WordEncoding.of(words, known, clsId(), sepId(), maxLength)).toList();
    }

    /** The ids without the special tokens around them. */
    private int[] bare(int[] ids) {
        return Arrays.copyOfRange(ids, parts.around().before().size(), ids.length - parts.around().after().size());
    }

    private void requireRows(String text, int[] ids) {
        for (int id : ids) {
            if (id >= rows) {
                throw new UserException("The text '%s' holds the token '%s', whose id %d is beyond the %d rows of the model's word embeddings; leave it out."
                        .formatted(Brief.of(text), Brief.of(id < vocabSize() ? parts.vocabulary().token(id) : "?"), id, rows));
            }
        }
    }

    /** Ids of a text cut to a length, the special tokens around it kept: at its end, or where the tokenizer says so, at its beginning. */
    public int[] cut(int[] ids, int maxLength) {
        if (ids.length <= maxLength) {
            return ids;
        }
        int[] result = new int[maxLength];
        int after = parts.around().after().size();
        int before = parts.around().before().size();
        System.arraycopy(ids, 0, result, 0, before);
        int kept = maxLength - before - after;
        System.arraycopy(ids, parts.settings().truncateLeft() ? ids.length - after - kept : before, result, before, kept);
        System.arraycopy(ids, ids.length - after, result, maxLength - after, after);
        return result;
    }

    /** JSON escapes can spell half a surrogate pair, which no UTF-8 text can hold: it becomes U+FFFD, which BERT's normalizer drops. */
    private static String withoutLoneSurrogates(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints().map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
            }
        }
        return text;
    }

    /** Number of token ids; the word embedding needs at least as many rows where texts may hold any token. */
    public int vocabSize() {
        return parts.vocabulary().size();
    }

    /** Rows that the word embedding needs at least: for the vocabulary without added tokens, and for the special tokens around each text. */
    public int requiredRows() {
        return parts.requiredRows();
    }

    /** Id of the token that pads. */
    public int padId() {
        return parts.padId();
    }

    /** Id of the token in front of each text, which is [CLS] under its usual name. */
    public int clsId() {
        return parts.around().before().getFirst();
    }

    /** Id of the token behind each text, which is [SEP] under its usual name; -1 where there is none. */
    public int sepId() {
        return parts.around().after().isEmpty() ? -1 : parts.around().after().getFirst();
    }

    /** Id of the token that stands for a word to be guessed, which is [MASK] under its usual name; -1 where there is none. */
    public int maskId() {
        return parts.maskId();
    }

    /** The tokens behind the ids, those added included. */
    public Vocabulary vocabulary() {
        return parts.vocabulary();
    }

    /** The longest input in tokens that the tokenizer's files name; empty where they name none. */
    public OptionalInt maxLength() {
        return parts.settings().maxLength();
    }

    /** Whether texts are lower-cased. */
    public boolean lowerCases() {
        return parts.lowerCases();
    }

    /** What the user should know of the tokenizer's files, a sentence each. */
    public List<String> notices() {
        return parts.notices();
    }

    /** A sentence without its full stop where texts are lower-cased though the vocabulary has words with capitals, which none then reaches. */
    public Optional<String> capitalsNotice() {
        return parts.capitalsNotice();
    }

    /** Writes the vocabulary as a {@code vocab.txt}, without added tokens beyond it. */
    public void saveVocab(Path vocabTxt) throws IOException {
        parts.base().write(vocabTxt);
    }

    /**
     * Writes {@code vocab.txt}, {@code tokenizer.json} and {@code tokenizer_config.json} into a folder; {@link #load} gives this very tokenizer
     * back, and so does {@code AutoTokenizer.from_pretrained}.
     *
     * @param maxLength longest input of the model, which {@code transformers} truncates to when asked to
     */
    public void save(Path folder, int maxLength) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), pretty(parts.config(Math.min(maxLength, maxLength().orElse(maxLength)))));
        saveVocab(folder.resolve("vocab.txt"));
        Files.writeString(folder.resolve("tokenizer.json"), pretty(parts.json()));
    }

    private static String pretty(ObjectNode json) throws IOException {
        return TokenizerJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    }

    /** Frees the native tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
