// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import dev.mixed.io.Brief;
import dev.mixed.io.MappedFile;
import dev.mixed.io.UserException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * An open safetensors file, read through a memory map: opening checks the whole header and copies no tensor.
 * Segments are views of the map, so they and this object may be used from any thread until {@link #close()}.
 * Format: a little-endian header length, a JSON header, then the raw little-endian tensors.
 */
public final class SafetensorsFile implements WeightFile {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final @Nullable Arena arena;
    private final MemorySegment bytes;
    private final SafetensorsHeader header;

    private SafetensorsFile(String file, @Nullable Arena arena, MemorySegment bytes) {
        this.file = file;
        this.arena = arena;
        this.bytes = bytes;
        this.header = SafetensorsHeader.parse(file, bytes);
    }

    /** Maps and checks {@code path}; a {@link UserException} says in one sentence what is wrong with it. */
    public static SafetensorsFile open(Path path) {
        return MappedFile.open(path, "a safetensors file", (arena, bytes) -> new SafetensorsFile(path.toString(), arena, bytes));
    }

    /** The same reader over bytes in memory, where closing does nothing; {@code name} stands for the file in messages. */
    public static SafetensorsFile of(String name, MemorySegment bytes) {
        return new SafetensorsFile(name, null, bytes);
    }

    /** Every tensor by name, in the header's order. */
    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** The strings under {@code __metadata__}; empty when there are none. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public String file() {
        return file;
    }

    /** The tensor's raw little-endian bytes, as a read-only view of the map that need not be aligned. */
    public MemorySegment segment(String name) {
        TensorInfo info = info(name);
        return bytes.asSlice(header.dataStart() + info.begin(), info.end() - info.begin());
    }

    @Override
    public void readFloats(String name, MemorySegment target) {
        TensorInfo info = info(name);
        if (!info.type().isFloat()) {
            throw Elements.wrongType(file, info, "floats");
        }
        Elements.copy(info.type(), segment(name), 0, 1, target, 0, info.elements());
    }

    /** The elements of a BOOL, U8, I8, I16, U16 or I32 tensor, row by row. */
    public int[] ints(String name) {
        TensorInfo info = info(name);
        if (info.type() == StoredType.U32 || info.type() == StoredType.I64) {
            throw Elements.wrongType(file, info, "whole numbers of 32 bits");
        }
        int[] values = new int[length(checkWhole(info))];
        MemorySegment source = segment(name);
        for (int i = 0; i < values.length; i++) {
            values[i] = (int) whole(info.type(), source, i);
        }
        return values;
    }

    /** The elements of a BOOL tensor or one of whole numbers (but not U64), row by row. */
    public long[] longs(String name) {
        TensorInfo info = info(name);
        long[] values = new long[length(checkWhole(info))];
        MemorySegment source = segment(name);
        for (int i = 0; i < values.length; i++) {
            values[i] = whole(info.type(), source, i);
        }
        return values;
    }

    /** Unmaps the file; segments taken from it become unusable. */
    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }

    private static long whole(StoredType type, MemorySegment source, long i) {
        return switch (type) {
            case BOOL, U8 -> source.get(ValueLayout.JAVA_BYTE, i) & 0xff;
            case I8 -> source.get(ValueLayout.JAVA_BYTE, i);
            case I16 -> source.get(SHORT, 2 * i);
            case U16 -> source.get(SHORT, 2 * i) & 0xffff;
            case I32 -> source.get(INT, 4 * i);
            case U32 -> source.get(INT, 4 * i) & 0xffffffffL;
            case I64 -> source.get(LONG, 8 * i);
            default -> throw new IllegalStateException("checkWhole let " + type + " pass");
        };
    }

    private TensorInfo checkWhole(TensorInfo info) {
        return switch (info.type()) {
            case BOOL, U8, I8, I16, U16, I32, U32, I64 -> info;
            default -> throw Elements.wrongType(file, info, "whole numbers");
        };
    }

    private int length(TensorInfo info) {
        // No array of the JVM is longer; a map of the file shows that it really has so many elements.
        if (info.elements() > Integer.MAX_VALUE - 8) {
            throw new UserException("'" + file + "' has a tensor '" + Brief.of(info.name()) + "' of " + info.elements()
                    + " elements, too many for one array; use a smaller model.");
        }
        return (int) info.elements();
    }
}
