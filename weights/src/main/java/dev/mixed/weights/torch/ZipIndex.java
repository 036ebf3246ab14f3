package dev.mixed.weights.torch;

import dev.mixed.io.Brief;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the entries of a zip file lie in its memory map. PyTorch stores without compression, so each entry is a slice of the map; the JVM's own
 * reader tells no offsets. Format: PKWARE's APPNOTE, with the 64-bit extension for files beyond 4 GiB.
 */
public final class ZipIndex {
    private static final int END = 0x06054b50;
    private static final int END64_LOCATOR = 0x07064b50;
    private static final int END64 = 0x06064b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int END_BYTES = 22;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final long IN_EXTENSION = 0xffffffffL;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private record Entry(long header, long size, int method) {
    }

    private final MemorySegment bytes;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private ZipIndex(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /** Whether the bytes begin as a zip file does. */
    public static boolean isZip(MemorySegment bytes) {
        return bytes.byteSize() >= 4 && bytes.get(INT, 0) == LOCAL;
    }

    /** Reads the directory at the end of the file; a {@link TorchFormatException} says what is wrong with it. */
    public static ZipIndex read(MemorySegment bytes) {
        ZipIndex index = new ZipIndex(bytes);
        index.readDirectory();
        return index;
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
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new TorchFormatException("has no entry '" + Brief.of(name) + "'");
        }
        if (entry.method != 0) {
            throw new TorchFormatException("has the compressed entry '" + Brief.of(name) + "', where PyTorch stores without compression");
        }
        if (int32(entry.header, LOCAL_BYTES) != LOCAL) {
            throw new TorchFormatException("has no entry where its directory says that '" + Brief.of(name) + "' begins");
        }
        long start = entry.header + LOCAL_BYTES + int16(entry.header + 26) + int16(entry.header + 28);
        return slice(start, entry.size);
    }

    private void readDirectory() {
        long end = findEnd();
        long at = Integer.toUnsignedLong(int32(end + 16, 4));
        long count = int16(end + 10);
        if (end >= 20 && int32(end - 20, 4) == END64_LOCATOR) {
            long end64 = int64(end - 12);
            if (int32(end64, 56) != END64) {
                throw new TorchFormatException("has no 64-bit directory where it says that there is one");
            }
            count = int64(end64 + 32);
            at = int64(end64 + 48);
        }
        for (long i = 0; i < count; i++) {
            if (int32(at, CENTRAL_BYTES) != CENTRAL) {
                throw new TorchFormatException("has a directory that ends after " + i + " of " + count + " entries");
            }
            long nameBytes = int16(at + 28);
            long extraBytes = int16(at + 30);
            String name = new String(slice(at + CENTRAL_BYTES, nameBytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            if (entries.put(name, entry(at, at + CENTRAL_BYTES + nameBytes, extraBytes)) != null) {
                throw new TorchFormatException("has two entries of the same name");
            }
            at += CENTRAL_BYTES + nameBytes + extraBytes + int16(at + 32);
        }
    }

    private Entry entry(long at, long extra, long extraBytes) {
        long packed = Integer.toUnsignedLong(int32(at + 20, 4));
        long size = Integer.toUnsignedLong(int32(at + 24, 4));
        long header = Integer.toUnsignedLong(int32(at + 42, 4));
        long stop = extra + extraBytes;
        while (extra + 4 <= stop) {
            long next = extra + 4 + int16(extra + 2);
            if (int16(extra) == 1) {
                // The fields that did not fit into 32 bits, in this order.
                long field = extra + 4;
                if (size == IN_EXTENSION) {
                    size = int64(field);
                    field += 8;
                }
                if (packed == IN_EXTENSION) {
                    packed = int64(field);
                    field += 8;
                }
                if (header == IN_EXTENSION) {
                    header = int64(field);
                }
            }
            extra = next;
        }
        int method = int16(at + 10);
        if (method == 0 && packed != size) {
            throw new TorchFormatException("has an entry of " + size + " bytes that is stored in " + packed);
        }
        return new Entry(header, size, method);
    }

    /** The record at the end of the file, before a comment of at most 65535 bytes. */
    private long findEnd() {
        long last = bytes.byteSize() - END_BYTES;
        for (long at = last; at >= Math.max(0, last - 0xffff); at--) {
            if (bytes.get(INT, at) == END && at + END_BYTES + int16(at + 20) == bytes.byteSize()) {
                return at;
            }
        }
        throw new TorchFormatException("is cut short: the directory at its end is missing");
    }

    private int int16(long at) {
        return slice(at, 2).get(SHORT, 0) & 0xffff;
    }

    /** @param needed bytes that must follow in the file */
    private int int32(long at, long needed) {
        return slice(at, needed).get(INT, 0);
    }

    private long int64(long at) {
        return slice(at, 8).get(LONG, 0);
    }

    private MemorySegment slice(long at, long size) {
        if (at < 0 || size < 0 || size > bytes.byteSize() || at > bytes.byteSize() - size) {
            throw new TorchFormatException("has a directory that points beyond the file's end");
        }
        return bytes.asSlice(at, size);
    }
}
