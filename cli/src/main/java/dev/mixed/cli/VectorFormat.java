// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.UsageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How vectors of texts are written. */
enum VectorFormat {
    /** NumPy's format, version 1.0: one array of little-endian floats, [texts, size]. */
    NPY,
    /** An object a line, with the text and its vector. */
    JSONL;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    /** The head of an array ends at a multiple of it. */
    private static final int ALIGNED = 64;

    /** The one that a file's ending says. */
    static VectorFormat of(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".npy")) {
            return NPY;
        }
        if (name.endsWith(".jsonl")) {
            return JSONL;
        }
        throw new UsageException("--output must end with .npy or .jsonl, which says how vectors are written, not '" + file + "'.");
    }

    /** What stands before the vectors. */
    byte[] head(int texts, int size) {
        if (this == JSONL) {
            return new byte[0];
        }
        String shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + texts + ", " + size + "), }";
        int unpadded = MAGIC.length + Short.BYTES + shape.length() + 1;
        String padded = shape + " ".repeat(Math.ceilDiv(unpadded, ALIGNED) * ALIGNED - unpadded) + "\n";
        return ByteBuffer.allocate(MAGIC.length + Short.BYTES + padded.length()).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).putShort((short) padded.length())
                .put(padded.getBytes(StandardCharsets.US_ASCII)).array();
    }

    /** Some vectors, as they stand behind the head and others. */
    byte[] bytes(List<String> texts, float[][] vectors) throws JsonProcessingException {
        if (this == JSONL) {
            return rows(texts, vectors).getBytes(StandardCharsets.UTF_8);
        }
        int size = vectors.length == 0 ? 0 : vectors[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Math.multiplyExact(vectors.length, size), Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] vector : vectors) {
            for (float value : vector) {
                bytes.putFloat(value);
            }
        }
        return bytes.array();
    }

    /** Some vectors as lines of JSON. */
    String rows(List<String> texts, float[][] vectors) throws JsonProcessingException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < vectors.length; i++) {
            ObjectNode row = MAPPER.createObjectNode().put("text", texts.get(i));
            ArrayNode numbers = row.putArray("embedding");
            for (float value : vectors[i]) {
                numbers.add(value);
            }
            rows.append(MAPPER.writeValueAsString(row)).append('\n');
        }
        return rows.toString();
    }

    /** Writes all bytes. */
    static void write(WritableByteChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
