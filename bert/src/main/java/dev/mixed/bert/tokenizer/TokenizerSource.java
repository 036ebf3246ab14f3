// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.ReadableFolder;
import dev.mixed.io.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The files of one tokenizer, wherever each lies, and their JSON. */
final class TokenizerSource {
    static final String CONFIG = "tokenizer_config.json";
    static final String SPECIAL_TOKENS = "special_tokens_map.json";
    static final String ADDED_TOKENS = "added_tokens.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String VOCAB = "vocab.txt";
    private static final String MODEL_CONFIG = "config.json";

    private final Path name;
    private final Function<String, Optional<Path>> files;
    private final boolean alone;
    private final @Nullable ObjectNode tokenizer;
    private final @Nullable ObjectNode config;

    private TokenizerSource(Path name, Function<String, Optional<Path>> files, boolean alone) {
        this.name = name;
        this.files = files;
        this.alone = alone;
        this.config = object(CONFIG).orElse(null);
        this.tokenizer = object(TOKENIZER).orElse(null);
    }

    /** @param files tells where the file of a name lies, if there is one */
    static TokenizerSource of(Path folder, Function<String, Optional<Path>> files) {
        ReadableFolder.require(folder);
        return new TokenizerSource(folder, files, false);
    }

    /**
     * Of a folder, or of a vocabulary that is named by its file: the settings beside it hold for it, but no other vocabulary does.
     *
     * @throws UserException if there is nothing at {@code path}
     */
    static TokenizerSource of(Path path) {
        if (!Files.exists(path)) {
            throw new UserException(path + " does not exist; name a vocab.txt, a tokenizer.json or a folder that holds one.");
        }
        if (Files.isDirectory(path)) {
            return of(path, name -> existing(path.resolve(name)));
        }
        boolean json = path.toString().endsWith(".json");
        return new TokenizerSource(path, name -> name.equals(json ? TOKENIZER : VOCAB) ? Optional.of(path)
                : name.equals(json ? VOCAB : TOKENIZER) ? Optional.empty() : existing(path.resolveSibling(name)), true);
    }

    private static Optional<Path> existing(Path file) {
        return Files.exists(file) ? Optional.of(file) : Optional.empty();
    }

    Optional<Path> file(String fileName) {
        return files.apply(fileName);
    }

    private Optional<ObjectNode> object(String fileName) {
        return file(fileName).map(TokenizerJson::read);
    }

    /** What messages call the file of this name. */
    String nameOf(String fileName) {
        return file(fileName).orElseGet(() -> alone ? name.resolveSibling(fileName) : name.resolve(fileName)).toString();
    }

    /** What messages call the whole. */
    Path name() {
        return name;
    }

    /** Whether a vocabulary was named by its file, and no file beside it says more: neither settings nor a model. */
    boolean isBare() {
        return alone && config == null && file(SPECIAL_TOKENS).isEmpty() && file(ADDED_TOKENS).isEmpty() && file(MODEL_CONFIG).isEmpty();
    }

    /** Whether nothing lies beside {@code tokenizer.json}, which then speaks for itself. */
    boolean isTokenizerJsonAlone() {
        return tokenizer != null && config == null && file(SPECIAL_TOKENS).isEmpty() && file(ADDED_TOKENS).isEmpty() && file(MODEL_CONFIG).isEmpty();
    }

    /** {@code tokenizer_config.json}; empty where there is none. */
    ObjectNode config() {
        return config == null ? TokenizerJson.MAPPER.createObjectNode() : config;
    }

    Optional<ObjectNode> specialTokens() {
        return object(SPECIAL_TOKENS);
    }

    Optional<ObjectNode> addedTokens() {
        return object(ADDED_TOKENS);
    }

    Optional<ObjectNode> tokenizerJson() {
        return Optional.ofNullable(tokenizer);
    }

    /** The file of the vocabulary. */
    Path vocabularyFile() {
        return file(TOKENIZER).or(() -> file(VOCAB)).orElseThrow(() -> new UserException(
                name + " holds neither tokenizer.json nor vocab.txt; put the model's vocabulary there."));
    }

    /** How the tokenizer is made: {@code tokenizer_config.json} tells, else {@code config.json}; BERT's is the default. */
    TokenizerClass tokenizerClass() {
        if (isTokenizerJsonAlone()) {
            return TokenizerClass.WHOLE_FILE;
        }
        String own = className(CONFIG, config());
        if (own != null) {
            return TokenizerClass.of(nameOf(CONFIG), own);
        }
        String model = object(MODEL_CONFIG).map(json -> className(MODEL_CONFIG, json)).orElse(null);
        return model == null ? TokenizerClass.BERT : TokenizerClass.of(nameOf(MODEL_CONFIG), model);
    }

    private @Nullable String className(String fileName, ObjectNode json) {
        JsonNode value = json.path("tokenizer_class");
        if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
            throw new UserException(nameOf(fileName) + ": the tokenizer_class is no name; write \"BertTokenizer\".");
        }
        return value.isTextual() && !value.asText().isEmpty() ? value.asText() : null;
    }
}
