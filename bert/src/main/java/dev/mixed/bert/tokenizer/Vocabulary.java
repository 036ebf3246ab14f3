// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tokens of a WordPiece vocabulary; a token's id is its place in the list, as in BERT's {@code vocab.txt}. */
public final class Vocabulary {
    /** Pads a sequence. */
    public static final String PAD = "[PAD]";
    /** Stands for a word that the vocabulary cannot spell. */
    public static final String UNK = "[UNK]";
    /** Starts a sequence; the classifier reads its hidden state. */
    public static final String CLS = "[CLS]";
    /** Ends a sequence. */
    public static final String SEP = "[SEP]";
    /** Masks a token in pre-training; a classifier's vocabulary may lack it. */
    public static final String MASK = "[MASK]";

    private static final List<String> REQUIRED = List.of(UNK, CLS, SEP, PAD);

    private final List<String> tokens;
    private final Map<String, Integer> ids;

    private Vocabulary(List<String> tokens, Map<String, Integer> ids) {
        this.tokens = tokens;
        this.ids = ids;
    }

    /** Reads a {@code vocab.txt}: one token a line; see {@link #of}. */
    public static Vocabulary read(Path file) {
        return of(file.toString(), Utf8File.lines(file));
    }

    /**
     * Checks and indexes tokens given in the order of their ids.
     *
     * @param name what the messages call the list, usually its file
     * @throws UserException if a token is empty or occurs twice, or if [UNK], [CLS], [SEP] or [PAD] is missing
     */
    public static Vocabulary of(String name, List<String> tokens) {
        Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            if (token.isEmpty()) {
                throw new UserException("%s, line %d: the token is empty; a vocabulary holds one token a line.".formatted(name, id + 1));
            }
            Integer first = ids.putIfAbsent(token, id);
            if (first != null) {
                throw new UserException("%s, line %d: the token '%s' stands on line %d already; remove one of them."
                        .formatted(name, id + 1, Brief.of(token), first + 1));
            }
        }
        List<String> missing = REQUIRED.stream().filter(token -> !ids.containsKey(token)).toList();
        if (!missing.isEmpty()) {
            throw new UserException("%s lacks %s; use the vocab.txt of a BERT model, or give none to have one built from the training text."
                    .formatted(name, String.join(", ", missing)));
        }
        return new Vocabulary(List.copyOf(tokens), ids);
    }

    /** Number of tokens; ids run from 0 to size - 1. */
    public int size() {
        return tokens.size();
    }

    /** The token with this id. */
    public String token(int id) {
        return tokens.get(id);
    }

    /** The token's id, or -1 if the vocabulary lacks it. */
    public int id(String token) {
        return ids.getOrDefault(token, -1);
    }

    /** All tokens in the order of their ids. */
    public List<String> tokens() {
        return tokens;
    }

    /** Writes a {@code vocab.txt}. */
    public void write(Path file) throws IOException {
        Files.writeString(file, String.join("\n", tokens) + "\n");
    }
}
