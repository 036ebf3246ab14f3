// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Reads and writes small JSON objects strictly: every error names the file and the position. */
public final class JsonFile {

    /** No configuration comes near this; it keeps a mistaken path to a huge file from filling the heap. */
    private static final long MAX_BYTES = 64L << 20;

    private static final String CORRECT = "correct the file";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final DefaultPrettyPrinter PRETTY = new DefaultPrettyPrinter(Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER))
                    .withObjectIndenter(new DefaultIndenter("  ", "\n")).withArrayIndenter(new DefaultIndenter("  ", "\n"));

    private JsonFile() {
    }

    /** The JSON object in {@code file}; a {@link UserException} when it is missing, unreadable, malformed or no object. */
    public static ObjectNode read(Path file) {
        return read(file, CORRECT);
    }

    /** @param remedy what to do about a broken file, as the end of a sentence */
    public static ObjectNode read(Path file, String remedy) {
        if (!Files.isRegularFile(file)) {
            throw new UserException("'" + file + "' " + (Files.exists(file) ? "is not a file" : "does not exist")
                    + "; give the path of a JSON file.");
        }
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new UserException("'" + file + "' has " + size + " bytes, which is too large for a JSON configuration; check the path.");
            }
            return parse(file.toString(), LfsPointer.readAllBytes(file), remedy);
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        }
    }

    /** The JSON object in {@code utf8}; {@code source} is the file's name for messages. */
    public static ObjectNode parse(String source, byte[] utf8) {
        return parse(source, utf8, CORRECT);
    }

    private static ObjectNode parse(String source, byte[] utf8, String remedy) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
            if (text.startsWith("\uFEFF")) {
                throw new UserException("'" + source + "' begins with a byte order mark, which JSON does not have; save it as UTF-8 without one.");
            }
            JsonNode node = MAPPER.readTree(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new UserException("'" + source + "' must hold one JSON object in braces, but it "
                    + (node.isMissingNode() ? "is empty" : "holds " + node.getNodeType().name().toLowerCase(Locale.ROOT)) + "; " + remedy + ".");
        } catch (CharacterCodingException e) {
            throw new UserException("'" + source + "' is not UTF-8 text; save it as UTF-8.", e);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw new UserException("'" + source + "' is not valid JSON" + where + " (" + JsonReason.of(e) + "); " + remedy + ".", e);
        }
    }

    /** An empty object to fill. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** {@code node} as indented UTF-8 text with a newline at its end. */
    public static byte[] bytes(ObjectNode node) {
        try {
            return (MAPPER.writer(PRETTY).writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }
}
