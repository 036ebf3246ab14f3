// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.tensorboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads event files back, with their checksums. */
public final class EventRecords {
    private EventRecords() {
    }

    /**
     * An event.
     *
     * @param fields by number: {@code Long}, {@code Double}, {@code Float} or {@code byte[]}
     */
    public record Event(long step, Map<Integer, Object> fields) {
        /** Its scalar, text or histogram. */
        public Scalar scalar() {
            Map<Integer, Object> value = parse((byte[]) parse((byte[]) fields.get(5)).get(1));
            return new Scalar(new String((byte[]) value.get(1), StandardCharsets.UTF_8), step, value);
        }

        /** Whether it has one. */
        public boolean isSummary() {
            return fields.containsKey(5);
        }
    }

    /** A summary's value. */
    public record Scalar(String tag, long step, Map<Integer, Object> fields) {
        /** Of a scalar. */
        public float value() {
            return (float) fields.get(2);
        }

        /** Of a text. */
        public String text() {
            return new String((byte[]) parse((byte[]) fields.get(8)).get(8), StandardCharsets.UTF_8);
        }

        /** Number of values in a histogram. */
        public double count() {
            return (double) parse((byte[]) fields.get(5)).get(3);
        }
    }

    /** All events of all files in a folder. */
    public static List<Event> in(Path folder) throws IOException {
        List<Event> events = new ArrayList<>();
        try (var files = Files.list(folder)) {
            files.sorted().forEach(file -> events.addAll(of(file)));
        }
        return events;
    }

    /** All events of a file. */
    public static List<Event> of(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            int at = in.position();
            int length = Math.toIntExact(in.getLong());
            assertEquals(EventFile.masked(bytes, at, 8), in.getInt());
            byte[] data = new byte[length];
            in.get(data);
            assertEquals(EventFile.masked(data, 0, length), in.getInt());
            Map<Integer, Object> fields = parse(data);
            events.add(new Event((long) fields.getOrDefault(2, 0L), fields));
        }
        return events;
    }

    private static Map<Integer, Object> parse(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, Object> fields = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            long tag = varint(in);
            fields.put((int) (tag >> 3), switch ((int) (tag & 7)) {
                case 0 -> (Object) varint(in);
                case 1 -> (Object) in.getDouble();
                case 2 -> {
                    int length = (int) varint(in);
                    byte[] bytes = Arrays.copyOfRange(message, in.position(), in.position() + length);
                    in.position(in.position() + length);
                    yield bytes;
                }
                case 5 -> (Object) in.getFloat();
                default -> throw new IllegalStateException("wire type of " + tag);
            });
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }
}
