// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.Arrays;
import java.util.List;

/**
 * The values of {@code tokenizer_class}, as transformers 5 takes them for a model of type bert: a row for each way to make a tokenizer, and for each that
 * is refused by name. Names stand without a "Fast" at their end, which makes no difference.
 */
public enum TokenizerClass {
    BERT(true, "WordPiece with the vocabulary of `tokenizer.json`, else of `vocab.txt`; its settings come from `tokenizer_config.json` alone",
            "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "LayoutLMTokenizer", "LxmertTokenizer"),
    WHOLE_FILE(true, "`tokenizer.json` as it stands, if its model is WordPiece and it puts a token in front",
            "PreTrainedTokenizer", "TokenizersBackend"),
    JAPANESE(false, "splits Japanese with MeCab or another segmenter", "BertJapaneseTokenizer"),
    SENTENCE_PIECE(false, "needs a SentencePiece model", "AlbertTokenizer", "XLMRobertaTokenizer", "XLNetTokenizer", "CamembertTokenizer", "T5Tokenizer",
            "DebertaV2Tokenizer", "BertGenerationTokenizer", "BigBirdTokenizer", "RemBertTokenizer", "FNetTokenizer", "BarthezTokenizer", "MBartTokenizer",
            "LlamaTokenizer"),
    BYTE_PAIRS(false, "splits words by byte pairs", "RobertaTokenizer", "GPT2Tokenizer", "BartTokenizer", "LongformerTokenizer", "DebertaTokenizer",
            "XLMTokenizer", "BertweetTokenizer", "PhobertTokenizer", "HerbertTokenizer", "FlaubertTokenizer", "OpenAIGPTTokenizer"),
    OTHER_RULES(false, "has rules of its own", "BertTokenizerLegacy", "RoCBertTokenizer", "TapasTokenizer", "SplinterTokenizer", "FunnelTokenizer",
            "MPNetTokenizer",
            "ConvBertTokenizer", "CanineTokenizer", "ByT5Tokenizer", "BasicTokenizer", "WordpieceTokenizer", "AutoTokenizer");

    private final boolean supported;
    private final String what;
    private final List<String> names;

    TokenizerClass(boolean supported, String what, String... names) {
        this.supported = supported;
        this.what = what;
        this.names = List.of(names);
    }

    /** Whether miXed has such a tokenizer. */
    public boolean supported() {
        return supported;
    }

    /** How such a tokenizer is made, or what it would take, as the page on compatibility says it. */
    public String what() {
        return what;
    }

    /** The classes, without "Fast" at the end. */
    public List<String> names() {
        return names;
    }

    /**
     * The row of a class.
     *
     * @param file that names it
     * @throws UserException if miXed has no such tokenizer
     */
    static TokenizerClass of(String file, String name) {
        String plain = name.endsWith("Fast") ? name.substring(0, name.length() - "Fast".length()) : name;
        TokenizerClass row = Arrays.stream(values()).filter(c -> c.names.contains(plain)).findFirst().orElse(null);
        if (row != null && row.supported) {
            return row;
        }
        throw new UserException("%s: the tokenizer_class %s %s, which miXed does not have; use a model whose tokenizer is BertTokenizer.".formatted(
                file, Brief.of(name), row == null ? "is a tokenizer" : row.what));
    }
}
