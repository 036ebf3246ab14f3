// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.tokenizer.TokenizerJson.SpecialId;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that a tokenizer is made of.
 *
 * @param name       what messages call it
 * @param made       the way in which it is made
 * @param base       the vocabulary without added tokens
 * @param vocabulary the same with them
 * @param settings   as the files say
 * @param added      the added tokens with their ids
 * @param json       what the native tokenizer is opened with
 * @param around     special tokens around each text
 * @param padId      id of the token that pads
 * @param notices    sentences for the user
 */
record TokenizerParts(String name, TokenizerClass made, Vocabulary base, Vocabulary vocabulary, TokenizerSettings settings, AddedVocabulary added,
        ObjectNode json,
        PostProcessor around, int padId, List<String> notices) {

    /** Of a vocabulary alone. */
    static TokenizerParts bare(String name, Vocabulary base, boolean lowerCase) {
        base.require(name, List.of(Vocabulary.UNK, Vocabulary.CLS, Vocabulary.SEP, Vocabulary.PAD));
        return bert(name, base, TokenizerSettings.bare(base, lowerCase), List.of());
    }

    /** As the files say. */
    static TokenizerParts of(TokenizerSource source) {
        TokenizerClass made = source.tokenizerClass();
        String name = source.vocabularyFile().toString();
        if (source.isBare() && made == TokenizerClass.BERT) {
            return bare(name, Vocabulary.read(source.vocabularyFile()), true);
        }
        TokenizerSettings settings = TokenizerSettings.read(source, made);
        if (made == TokenizerClass.WHOLE_FILE) {
            ObjectNode json = source.tokenizerJson().orElseThrow(() -> new UserException(source.nameOf(TokenizerSource.CONFIG)
                    + ": the tokenizer_class takes a tokenizer.json, and there is none beside it; use BertTokenizer for a vocab.txt."));
            return whole(name, json.deepCopy(), settings, source);
        }
        Vocabulary base = source.tokenizerJson().map(json -> TokenizerJson.vocabulary(name, json)).orElseGet(() -> Vocabulary.read(source.vocabularyFile()));
        AddedVocabulary added = new AddedVocabulary(name, base, settings.added(), settings.lowerCase());
        base.require(name, Stream.of(SpecialTokens.CLS, SpecialTokens.SEP, SpecialTokens.PAD).map(key -> special(source, settings, key))
                .filter(token -> base.id(token) < 0 && SpecialTokens.isDefault(token) && !claims(settings, token)).toList());
        base.require(name, List.of(special(source, settings, SpecialTokens.UNK)));
        TokenizerParts parts = bert(name, base, settings, claimed(source, settings, added));
        return source.tokenizerJson().map(json -> parts.with(TokenizerJson.ignored(json, parts.json), name)).orElse(parts);
    }

    private static boolean claims(TokenizerSettings settings, String token) {
        return settings.claimed().values().stream().anyMatch(claimed -> claimed.content().equals(token));
    }

    /** The text of a special token without which BERT's tokenizer can't be. */
    private static String special(TokenizerSource source, TokenizerSettings settings, String key) {
        AddedToken token = settings.special().get(key);
        if (token == null || token.content().isEmpty()) {
            throw new UserException(
                    "%s: \"%s\" names no token; name the one that the model was trained with.".formatted(source.nameOf(TokenizerSource.CONFIG), key));
        }
        return token.content();
    }

    private static TokenizerParts bert(String name, Vocabulary base, TokenizerSettings settings, List<String> notices) {
        AddedVocabulary added = new AddedVocabulary(name, base, settings.added(), settings.lowerCase());
        Vocabulary all = base.with(name, added.ids());
        SpecialId cls = id(all, settings, SpecialTokens.CLS);
        SpecialId sep = id(all, settings, SpecialTokens.SEP);
        ObjectNode json = TokenizerJson.of(base, settings, added, id(all, settings, SpecialTokens.UNK).token(), cls, sep);
        List<String> sentences = new ArrayList<>(settings.notices());
        sentences.addAll(notices);
        return new TokenizerParts(name, TokenizerClass.BERT, base, all, settings, added, json, new PostProcessor(List.of(cls.id()), List.of(sep.id())),
                id(all, settings, SpecialTokens.PAD).id(), List.copyOf(sentences));
    }

    private static SpecialId id(Vocabulary vocabulary, TokenizerSettings settings, String key) {
        String token = Objects.requireNonNull(settings.special().get(key), key).content();
        return new SpecialId(token, vocabulary.id(token));
    }

    private static TokenizerParts whole(String name, ObjectNode json, TokenizerSettings settings, TokenizerSource source) {
        Vocabulary base = TokenizerJson.vocabulary(name, json);
        AddedVocabulary added = new AddedVocabulary(name, base, settings.added(), json.path("normalizer").path("lowercase").asBoolean(true));
        Vocabulary all = base.with(name, added.ids());
        String unk = json.path("model").path("unk_token").asText();
        base.require(name, List.of(unk));
        PostProcessor around = PostProcessor.of(name, json);
        TokenizerJson.withoutPaddingAndTruncation(json);
        added.writeTo(json.putArray("added_tokens"));
        AddedToken pad = settings.special().get(SpecialTokens.PAD);
        String padding = pad != null ? pad.content() : Vocabulary.PAD;
        all.require(name, List.of(padding));
        List<String> notices = new ArrayList<>(settings.notices());
        notices.addAll(claimed(source, settings, added));
        return new TokenizerParts(name, TokenizerClass.WHOLE_FILE, base, all, settings, added, json, around, all.id(padding), List.copyOf(notices));
    }

    /** A sentence for each file's claim that does not hold: a token has the id of the vocabulary, or the next one behind it. */
    private static List<String> claimed(TokenizerSource source, TokenizerSettings settings, AddedVocabulary added) {
        List<String> notices = new ArrayList<>();
        settings.claimed().forEach((id, token) -> {
            if (added.id(token.content()) >= 0 && added.id(token.content()) != id) {
                notices.add("%s: the token '%s' has the id %d, not the %d that its list of added tokens says, as in transformers 5.".formatted(source.name(),
                        Brief.of(token.content()), added.id(token.content()), id));
            }
        });
        return notices;
    }

    private TokenizerParts with(List<String> ignored, String file) {
        if (ignored.isEmpty()) {
            return this;
        }
        List<String> all = new ArrayList<>(notices);
        all.add("%s says otherwise than tokenizer_config.json, by which BertTokenizer goes, as in transformers 5: no effect has its %s.".formatted(file,
                String.join(", ", ignored)));
        return new TokenizerParts(name, made, base, vocabulary, settings, added, json, around, padId, List.copyOf(all));
    }

    /** Rows that the word embedding needs whatever a text holds. */
    int requiredRows() {
        int most = Math.max(base.size() - 1, padId);
        return 1 + Stream.concat(around.before().stream(), around.after().stream()).reduce(most, Math::max);
    }

    /** Id of the token that stands for a word to be guessed; -1 where there is none. */
    int maskId() {
        AddedToken mask = settings.special().get(SpecialTokens.MASK);
        return vocabulary.id(mask == null ? Vocabulary.MASK : mask.content());
    }

    /** Id of the token for what the vocabulary does not have. */
    int unknownId() {
        String token = json.path("model").path("unk_token").asText(Vocabulary.UNK);
        return vocabulary.id(token);
    }

    boolean lowerCases() {
        return json.path("normalizer").path("lowercase").asBoolean(json.path("normalizer").toString().contains("\"Lowercase\""));
    }

    Optional<String> capitalsNotice() {
        if (!lowerCases()) {
            return Optional.empty();
        }
        long capitals = base.tokens().stream().filter(token -> added.id(token) < 0 && !(token.startsWith("[") && token.endsWith("]")))
                .filter(token -> token.codePoints().anyMatch(c -> Character.toLowerCase(c) != c)).count();
        return capitals == 0 ? Optional.empty()
                : Optional.of(("%s: %d of %d entries have capitals, which no text reaches, since texts are lower-cased; for a model that"
                        + " keeps case, write \"do_lower_case\": false into the tokenizer_config.json beside it").formatted(name, capitals, base.size()));
    }

    /** The {@code tokenizer_config.json} with which transformers, and {@link #of}, make this very tokenizer of the other files. */
    ObjectNode config(int maxLength) {
        ObjectNode config = TokenizerJson.MAPPER.createObjectNode();
        if (made == TokenizerClass.BERT) {
            config.put("tokenizer_class", "BertTokenizer").put("do_lower_case", settings.lowerCase()).put("strip_accents", settings.stripAccents())
                    .put("tokenize_chinese_chars", settings.chinese());
        } else {
            config.put("tokenizer_class", "PreTrainedTokenizerFast");
        }
        config.put("model_max_length", maxLength);
        for (Map.Entry<String, AddedToken> entry : settings.special().entrySet()) {
            config.put(entry.getKey(), entry.getValue().content());
        }
        if (made == TokenizerClass.BERT && !settings.special().containsKey(SpecialTokens.MASK)) {
            // Its default would become a new token, beyond the word embeddings.
            config.putNull(SpecialTokens.MASK);
        }
        if (!settings.special().containsKey(SpecialTokens.PAD)) {
            config.put(SpecialTokens.PAD, vocabulary.token(padId));
        }
        if (settings.truncateLeft()) {
            config.put("truncation_side", "left");
        }
        config.putArray("model_input_names").add("input_ids").add("token_type_ids").add("attention_mask");
        added.writeTo(config.putObject(AddedTokenFiles.DECODER));
        return config;
    }
}
