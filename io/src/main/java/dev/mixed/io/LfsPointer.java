// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells a Git LFS pointer, the few lines that a clone without Git LFS leaves in place of a large file, from the file itself. Every reader of a user's
 * files asks it, see {@link MappedFile}, {@link JsonFile} and {@link Utf8File}: a pointer is text and would pass for a vocabulary or for data.
 */
public final class LfsPointer {
    /** The first line's beginning; the second is that of Git LFS before it had its name. */
    private static final List<String> VERSIONS = List.of("version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/");
    /** Git LFS takes nothing longer for a pointer. */
    private static final int MAX_BYTES = 1024;
    private static final Pattern OID = Pattern.compile("(?m)^oid \\w+:\\w+\\r?$");
    private static final Pattern SIZE = Pattern.compile("(?m)^size (\\d{1,18})\\r?$");

    private LfsPointer() {
    }

    /**
     * The same bytes, which {@code file} holds.
     *
     * @throws UserException if they are a pointer
     */
    public static byte[] refuse(String file, byte[] bytes) {
        if (bytes.length < MAX_BYTES) {
            refuse(file, new String(bytes, StandardCharsets.ISO_8859_1));
        }
        return bytes;
    }

    /** As {@link #refuse(String, byte[])}, of a mapped file. */
    static void refuse(String file, MemorySegment bytes) {
        if (bytes.byteSize() < MAX_BYTES) {
            refuse(file, bytes.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** All bytes of {@code file}, which is no pointer; a {@link UserException} if it is. */
    public static byte[] readAllBytes(Path file) throws IOException {
        return refuse(file.toString(), Files.readAllBytes(file));
    }

    /** A {@link UserException} if {@code file} is a pointer; no more than one is read of it. */
    static void refuse(Path file) throws IOException {
        if (Files.size(file) < MAX_BYTES) {
            readAllBytes(file);
        }
    }

    private static void refuse(String file, String text) {
        if (VERSIONS.stream().noneMatch(text::startsWith) || !OID.matcher(text).find()) {
            return;
        }
        Matcher size = SIZE.matcher(text);
        throw new UserException("'" + file + "' is a Git LFS pointer: its content" + (size.find() ? ", " + size.group(1) + " bytes," : "")
                + " has yet to be fetched; run 'git lfs pull' in its repository.");
    }
}
