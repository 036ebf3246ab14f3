// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import dev.mixed.io.Brief;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Where the entries of a zip file lie in its memory map. PyTorch stores without compression, so each entry is a slice of the map; the JVM's own
 * reader tells no offsets, Commons Compress does.
 */
public final class ZipIndex {
    private static final int LOCAL_HEADER = 0x04034b50;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final Map<String, ZipArchiveEntry> entries = new LinkedHashMap<>();

    private ZipIndex(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /** Whether the bytes begin as a zip file does. */
    public static boolean isZip(MemorySegment bytes) {
        return bytes.byteSize() >= 4 && bytes.get(INT, 0) == LOCAL_HEADER;
    }

    /** Reads the directory at the end of the file; a {@link TorchFormatException} says what is wrong with it. */
    public static ZipIndex read(MemorySegment bytes) {
        ZipIndex index = new ZipIndex(bytes);
        for (ZipArchiveEntry entry : directory(bytes)) {
            if (index.entries.put(entry.getName(), entry) != null) {
                throw new TorchFormatException("has two entries of the same name");
            }
        }
        return index;
    }

    private static List<ZipArchiveEntry> directory(MemorySegment bytes) {
        try (ZipFile zip = ZipFile.builder().setSeekableByteChannel(new MappedChannel(bytes)).get()) {
            return Collections.list(zip.getEntries());
        } catch (IOException | RuntimeException e) {
            // The reader knows zip files of all kinds, and may stumble over a damaged one in ways of its own.
            throw new TorchFormatException("is a zip file with a damaged directory" + (e.getMessage() == null ? "" : " (" + Brief.of(e.getMessage()) + ")"));
        }
    }

    /** Every entry's name. */
    public Iterable<String> names() {
        return entries.keySet();
    }

    /** Whether there is an entry of this name, with its folders. */
    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /** The content of an entry, a slice of the file; a {@link TorchFormatException} if there is none, or if it is compressed. */
    public MemorySegment content(String name) {
        ZipArchiveEntry entry = entries.get(name);
        if (entry == null) {
            throw new TorchFormatException("has no entry '" + Brief.of(name) + "'");
        }
        if (entry.getMethod() != ZipEntry.STORED) {
            throw new TorchFormatException("has the compressed entry '" + Brief.of(name) + "', where PyTorch stores without compression");
        }
        long at = entry.getDataOffset();
        long size = entry.getSize();
        if (size != entry.getCompressedSize()) {
            throw new TorchFormatException("has an entry of " + size + " bytes that is stored in " + entry.getCompressedSize());
        }
        if (at < 0 || size < 0 || size > bytes.byteSize() || at > bytes.byteSize() - size) {
            throw new TorchFormatException("has a directory that points beyond the file's end");
        }
        return bytes.asSlice(at, size);
    }
}
