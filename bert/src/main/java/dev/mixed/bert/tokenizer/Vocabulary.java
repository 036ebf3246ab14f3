// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import dev.mixed.io.Brief;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tokens of a WordPiece vocabulary; a token's id is its place in the list, as in BERT's {@code vocab.txt}. A token that stands in several places
 * has the id of the last one, as in {@code transformers}.
 */
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

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    /** More than any vocabulary has; a mistaken id must not take memory. */
    private static final int MOST_IDS = 1 << 24;

    private final List<String> tokens;
    private final Map<String, Integer> ids;

    private Vocabulary(List<String> tokens, Map<String, Integer> ids) {
        this.tokens = tokens;
        this.ids = ids;
    }

    /**
     * Reads a {@code vocab.txt} as Hugging Face's tokenizers do: one token a line, white space at its end left out, and a blank line is the token "".
     *
     * @throws UserException if the file cannot be read, is not UTF-8 or begins with a byte order mark, which would become a part of its first token
     */
    public static Vocabulary read(Path file) {
        List<String> lines = Utf8File.lines(file);
        if (startsWithByteOrderMark(file)) {
            throw new UserException(file + " begins with a byte order mark, which would be a part of its first token; save the file as UTF-8 without one.");
        }
        lines.replaceAll(Vocabulary::stripTrailing);
        return of(file.toString(), lines);
    }

    private static boolean startsWithByteOrderMark(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(BYTE_ORDER_MARK.length), BYTE_ORDER_MARK);
        } catch (IOException e) {
            throw new UserException(file + " cannot be read (" + IoReason.of(e) + "); check its permissions.", e);
        }
    }

    /** Unicode's White_Space, which {@link String#stripTrailing} knows without the no-break spaces. */
    private static String stripTrailing(String line) {
        int end = line.length();
        while (end > 0 && isWhiteSpace(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(0, end);
    }

    private static boolean isWhiteSpace(char c) {
        return c >= '\t' && c <= '\r' || c == '\u0085' || Character.isSpaceChar(c);
    }

    /**
     * Indexes tokens given in the order of their ids.
     *
     * @param name what the messages call the list, usually its file
     * @throws UserException if there are none
     */
    public static Vocabulary of(String name, List<String> tokens) {
        if (tokens.isEmpty()) {
            throw new UserException(name + " holds no token; use the vocabulary of a BERT model.");
        }
        Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        return new Vocabulary(List.copyOf(tokens), ids);
    }

    /**
     * Of tokens with their ids, which may leave out some.
     *
     * @throws UserException if there are none, or an id is negative, given twice, or beyond 16 million
     */
    static Vocabulary ofIds(String name, Map<String, Integer> ids) {
        TreeMap<Integer, String> byId = new TreeMap<>();
        ids.forEach((token, id) -> {
            if (id < 0 || id >= MOST_IDS || byId.putIfAbsent(id, token) != null) {
                throw new UserException("%s: the token '%s' has the id %d, which is taken or outside 0 to %d; use the file that came with the model."
                        .formatted(name, Brief.of(token), id, MOST_IDS - 1));
            }
        });
        if (byId.isEmpty()) {
            throw new UserException(name + " holds no token; use the vocabulary of a BERT model.");
        }
        // What a vocab.txt has to have in the place of an id that no token has: a token that stands further down once more, which counts.
        String filler = byId.lastEntry().getValue();
        List<String> tokens = new ArrayList<>(byId.lastKey() + 1);
        byId.forEach((id, token) -> {
            while (tokens.size() < id) {
                tokens.add(filler);
            }
            tokens.add(token);
        });
        return new Vocabulary(List.copyOf(tokens), Map.copyOf(ids));
    }

    /** This vocabulary and tokens beside it, each with its id. */
    Vocabulary with(String name, Map<String, Integer> added) {
        if (ids.keySet().containsAll(added.keySet())) {
            return this;
        }
        List<String> all = new ArrayList<>(tokens);
        Map<String, Integer> allIds = new HashMap<>(ids);
        TreeMap<Integer, String> beyond = new TreeMap<>();
        added.forEach((token, id) -> {
            if (allIds.putIfAbsent(token, id) == null) {
                beyond.put(id, token);
            }
        });
        beyond.forEach((id, token) -> {
            if (id != all.size()) {
                throw new IllegalArgumentException(name + ": the token " + token + " with the id " + id + " does not follow " + (all.size() - 1));
            }
            all.add(token);
        });
        return new Vocabulary(List.copyOf(all), allIds);
    }

    /** Checks that the tokens are there without which no text has ids; the message lists those missing. */
    void require(String name, Collection<String> needed) {
        List<String> missing = needed.stream().filter(token -> !ids.containsKey(token)).distinct().map(Brief::of).toList();
        if (!missing.isEmpty()) {
            throw new UserException(("%s lacks %s; use the vocab.txt of a BERT model, with the tokenizer_config.json beside it that names its special tokens"
                    + " where they have other names.").formatted(name, String.join(", ", missing)));
        }
    }

    /** Number of ids, which run from 0 to size - 1. */
    public int size() {
        return tokens.size();
    }

    /** Number of different tokens. */
    int distinct() {
        return ids.size();
    }

    /** The token in this place; its id is a later one if it stands there again. */
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
