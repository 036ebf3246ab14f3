// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads text files strictly: bytes that are not UTF-8 are refused with file and line instead of being replaced. */
public final class Utf8File {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private Utf8File() {}

    /**
     * The whole file as text, without a leading byte order mark.
     *
     * @throws UserException if the file is missing, a folder, unreadable, empty, a Git LFS pointer or not UTF-8
     */
    public static String read(Path file) {
        if (!Files.exists(file)) {
            throw new UserException(file + " does not exist; check the path.");
        }
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a folder where a file is expected; name the file in it.");
        }
        try {
            return decode(file.toString(), LfsPointer.readAllBytes(file));
        } catch (IOException e) {
            throw new UserException(file + " cannot be read (" + IoReason.of(e) + "); check its permissions.", e);
        } catch (OutOfMemoryError e) {
            throw new UserException(file + " is too large to be read into memory; split it or give the JVM more with -Xmx.", e);
        }
    }

    /**
     * Decodes bytes as {@link #read} does.
     *
     * @param name what the messages call the bytes
     */
    public static String decode(String name, byte[] bytes) {
        String text = bytes.length == 0 ? "" : decodeLine(name, 1, bytes);
        if (text.isEmpty()) {
            throw new UserException(name + " is empty; write its content or leave the file out.");
        }
        return text;
    }

    /**
     * Decodes what begins with one line of a file; on the first, a byte order mark is left out.
     *
     * @param name what the messages call the file
     * @param line from 1
     */
    public static String decodeLine(String name, long line, byte[] bytes) {
        requireText(name, line, bytes);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(in, out, true);
        if (result.isError()) {
            long at = line;
            for (int i = 0; i < in.position(); i++) {
                if (bytes[i] == '\n') {
                    at++;
                }
            }
            throw new UserException("%s, line %d: byte 0x%02X is not UTF-8; save the file as UTF-8."
                    .formatted(name, at, bytes[in.position()] & 0xFF));
        }
        out.flip();
        if (line == 1 && out.length() > 0 && out.get(0) == BYTE_ORDER_MARK) {
            out.get();
        }
        return out.toString();
    }

    /** Tells by their first bytes files that are no text in UTF-8 at all, in which no line or byte would say what is wrong. */
    private static void requireText(String name, long line, byte[] bytes) {
        int first = line > 1 || bytes.length < 2 ? 0 : (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
        switch (first) {
            case 0xFFFE, 0xFEFF -> throw new UserException(name + " is text in UTF-16; save it as UTF-8.");
            case 0x1F8B -> throw new UserException(name + " is packed with gzip; unpack it first.");
            default -> {
                // Text, as far as two bytes tell.
            }
        }
    }

    /** The lines of a file; see {@link #splitLines}. */
    public static List<String> lines(Path file) {
        return splitLines(read(file));
    }

    /**
     * Splits at line feeds only, since texts may hold U+2028, U+0085 and other characters that end a line elsewhere.
     * One carriage return before a line feed is dropped; a line feed at the very end starts no further line.
     */
    public static List<String> splitLines(String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            int next = end < 0 ? text.length() : end + 1;
            if (end < 0) {
                end = text.length();
            }
            if (end > start && text.charAt(end - 1) == '\r') {
                end--;
            }
            lines.add(text.substring(start, end));
            start = next;
        }
        return lines;
    }
}
