// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes safetensors as a stream: only one tensor's elements and, for small ones, a buffer of 1 MiB are needed at a time. */
public final class SafetensorsWriter {

    /** What PyTorch's loaders look for. */
    public static final Map<String, String> PYTORCH = Map.of("format", "pt");

    private static final int BUFFER_BYTES = 1 << 20;
    /** Of a large tensor that are written at once. */
    private static final long WHOLE_BYTES = 64L << 20;
    private static final JsonMapper MAPPER = new JsonMapper();

    private SafetensorsWriter() {
    }

    /** Bytes of the file that {@link #write} would produce. */
    public static long size(Collection<TensorSource> tensors, Map<String, String> metadata) {
        return 8L + header(ordered(tensors), metadata).length + tensors.stream().mapToLong(TensorSource::byteSize).sum();
    }

    /**
     * Writes {@code tensors} to {@code channel}, which stays open. They keep their order among those of the same element size;
     * wider elements come first, so that each tensor is aligned to its element size, as readers that map the file expect.
     */
    public static void write(WritableByteChannel channel, Collection<TensorSource> tensors, Map<String, String> metadata) throws IOException {
        List<TensorSource> ordered = ordered(tensors);
        byte[] header = header(ordered, metadata);
        ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip();
        writeFully(channel, start);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
            long filled = 0;
            for (TensorSource tensor : ordered) {
                filled = append(channel, tensor, buffer, filled);
            }
            writeFully(channel, buffer.asSlice(0, filled).asByteBuffer());
        }
    }

    private static List<TensorSource> ordered(Collection<TensorSource> tensors) {
        List<TensorSource> list = new ArrayList<>(tensors);
        list.sort(Comparator.comparingInt((TensorSource t) -> t.type().bytes()).reversed());
        return list;
    }

    /** The JSON header, padded with spaces so that the data begins at a multiple of 8 bytes. */
    private static byte[] header(List<TensorSource> tensors, Map<String, String> metadata) {
        Set<String> names = new HashSet<>();
        ObjectNode json = MAPPER.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode node = json.putObject("__metadata__");
            metadata.forEach(node::put);
        }
        long offset = 0;
        for (TensorSource tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("two tensors are called '" + tensor.name() + "'");
            }
            ObjectNode node = json.putObject(tensor.name());
            node.put("dtype", tensor.type().name());
            ArrayNode shape = node.putArray("shape");
            tensor.shape().forEach(d -> shape.add(d.intValue()));
            node.putArray("data_offsets").add(offset).add(offset += tensor.byteSize());
        }
        try {
            byte[] text = MAPPER.writeValueAsBytes(json);
            byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
            Arrays.fill(padded, text.length, padded.length, (byte) ' ');
            return padded;
        } catch (IOException e) {
            throw new UncheckedIOException("a JSON tree can always be written", e);
        }
    }

    /** Adds a tensor to the {@code filled} bytes of the buffer, which is written whenever it is full; gives the bytes in it afterwards. */
    private static long append(WritableByteChannel channel, TensorSource tensor, MemorySegment buffer, long filled) throws IOException {
        MemorySegment data = tensor.data().get();
        if (data.byteSize() != tensor.byteSize()) {
            throw new IllegalArgumentException("tensor '" + tensor.name() + "' of type " + tensor.type() + " and shape " + tensor.shape()
                    + " needs " + tensor.byteSize() + " bytes but was given " + data.byteSize());
        }
        if (data.isNative() && data.byteSize() >= BUFFER_BYTES && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            // As it lies there: a copy would take half as long again.
            writeFully(channel, buffer.asSlice(0, filled).asByteBuffer());
            for (long from = 0; from < data.byteSize(); from += WHOLE_BYTES) {
                writeFully(channel, data.asSlice(from, Math.min(WHOLE_BYTES, data.byteSize() - from)).asByteBuffer());
            }
            return 0;
        }
        long done = 0;
        while (done < data.byteSize()) {
            // Whole elements always fit: wider ones come first, so the bytes filled are a multiple of this width.
            long part = Math.min(buffer.byteSize() - filled, data.byteSize() - done);
            copyLittleEndian(tensor.type().bytes(), data, done, buffer.asSlice(filled), part);
            done += part;
            filled += part;
            if (filled == buffer.byteSize()) {
                writeFully(channel, buffer.asByteBuffer());
                filled = 0;
            }
        }
        return filled;
    }

    private static void copyLittleEndian(int width, MemorySegment from, long offset, MemorySegment to, long bytes) {
        ByteOrder little = ByteOrder.LITTLE_ENDIAN;
        switch (width) {
            case 1 -> MemorySegment.copy(from, offset, to, 0, bytes);
            case 2 -> MemorySegment.copy(from, ValueLayout.JAVA_SHORT_UNALIGNED, offset,
                    to, ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(little), 0, bytes / 2);
            case 4 -> MemorySegment.copy(from, ValueLayout.JAVA_INT_UNALIGNED, offset,
                    to, ValueLayout.JAVA_INT_UNALIGNED.withOrder(little), 0, bytes / 4);
            default -> MemorySegment.copy(from, ValueLayout.JAVA_LONG_UNALIGNED, offset,
                    to, ValueLayout.JAVA_LONG_UNALIGNED.withOrder(little), 0, bytes / 8);
        }
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
