// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {

    /** A file of this header text and {@code data} zero bytes. */
    static byte[] file(String header, int data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).array();
    }

    private static SafetensorsFile read(byte[] bytes) {
        return SafetensorsFile.of("x.safetensors", MemorySegment.ofArray(bytes));
    }

    private static String error(byte[] bytes) {
        String message = assertThrows(UserException.class, () -> read(bytes)).getMessage();
        assertTrue(message.startsWith("'x.safetensors'") && message.endsWith(".") && !message.contains("\n"), message);
        return message;
    }

    private static Path resource(String name) throws Exception {
        return Path.of(SafetensorsFileTest.class.getResource("/weights/" + name).toURI());
    }

    @Test
    void readsEveryTypeThatTheOriginalLibraryWrote() throws Exception {
        try (SafetensorsFile file = SafetensorsFile.open(resource("dtypes.safetensors"))) {
            assertEquals(Map.of("format", "pt", "note", "fixture"), file.metadata());
            assertEquals(12, file.tensors().size());
            assertEquals(List.of(2, 3), file.info("f32").shape());
            assertArrayEquals(new float[] {0, -1.5f, 2.25f, 65504, 1e-7f, 3}, file.floats("f32"));
            assertArrayEquals(new float[] {0, -1.5f, 2.25f, 65504, 1e-7f, 3}, file.floats("f64"));
            assertArrayEquals(new float[] {0, -1.5f, 2.25f, 65504, 1.1920929e-7f, 3}, file.floats("f16"));
            // bfloat16 keeps 8 bits: 65504 rounds to 65536, 1e-7 = 214.7 * 2^-31 to 215 * 2^-31.
            assertArrayEquals(new float[] {0, -1.5f, 2.25f, 65536, 215 * 0x1p-31f, 3}, file.floats("bf16"));
            assertArrayEquals(new long[] {-(1L << 62), 7}, file.longs("i64"));
            assertArrayEquals(new int[] {-5, Integer.MAX_VALUE}, file.ints("i32"));
            assertArrayEquals(new long[] {-5, Integer.MAX_VALUE}, file.longs("i32"));
            assertArrayEquals(new int[] {-3, 4}, file.ints("i16"));
            assertArrayEquals(new int[] {-1, 1, 2}, file.ints("i8"));
            assertArrayEquals(new int[] {0, 255}, file.ints("u8"));
            assertArrayEquals(new int[] {1, 0, 1}, file.ints("bool"));
            assertArrayEquals(new float[] {4.5f}, file.floats("scalar"));
            assertEquals(List.of(), file.info("scalar").shape());
            assertEquals(0, file.floats("empty").length);
        }
    }

    @Test
    void writesWhatItReads(@TempDir Path folder) throws Exception {
        float[] big = new float[700_001]; // more than the writer's buffer, and no multiple of it
        for (int i = 0; i < big.length; i++) {
            big[i] = i * 0.37f - 1000;
        }
        List<TensorSource> tensors = List.of(
                TensorSource.ints("z", List.of(3), () -> new int[] {1, -2, 3}),
                TensorSource.floats("a \"quoted\" é", List.of(700_001), () -> big),
                new TensorSource("half", StoredType.F16, List.of(2), () -> MemorySegment.ofArray(new short[] {Float.floatToFloat16(1.5f), 0})),
                new TensorSource("byte", StoredType.U8, List.of(1, 3), () -> MemorySegment.ofArray(new byte[] {9, 8, 7})),
                TensorSource.longs("l", List.of(), () -> new long[] {Long.MIN_VALUE}),
                new TensorSource("native", StoredType.F32, List.of(700_001), () -> Arena.ofAuto().allocate(2_800_004, 4).copyFrom(MemorySegment.ofArray(big))),
                TensorSource.floats("none", List.of(0, 5), () -> new float[0]));
        Path path = folder.resolve("x.safetensors");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafetensorsWriter.write(channel, tensors, Map.of("format", "pt", "k", "v"));
        }
        assertEquals(SafetensorsWriter.size(tensors, Map.of("format", "pt", "k", "v")), Files.size(path));
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertEquals(Map.of("format", "pt", "k", "v"), file.metadata());
            // Wider elements first, the given order among equals: so all are aligned.
            assertEquals(List.of("l", "z", "a \"quoted\" é", "native", "none", "half", "byte"), new ArrayList<>(file.tensors().keySet()));
            file.tensors().values().forEach(t -> assertEquals(0, t.begin() % t.type().bytes(), t.name()));
            assertArrayEquals(new int[] {1, -2, 3}, file.ints("z"));
            assertArrayEquals(big, file.floats("a \"quoted\" é"));
            assertArrayEquals(big, file.floats("native"));
            assertArrayEquals(new float[] {1.5f, 0}, file.floats("half"));
            assertArrayEquals(new int[] {9, 8, 7}, file.ints("byte"));
            assertArrayEquals(new long[] {Long.MIN_VALUE}, file.longs("l"));
            assertEquals(List.of(0, 5), file.info("none").shape());
        }
    }

    @Test
    void headerIsPaddedToEightBytes() throws Exception {
        for (int i = 1; i <= 8; i++) {
            byte[] bytes = SafetensorsBytes.of(List.of(TensorSource.floats("n".repeat(i), List.of(1), () -> new float[] {1})));
            assertEquals(0, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8);
            assertEquals('{', bytes[8]);
            assertArrayEquals(new float[] {1}, read(bytes).floats("n".repeat(i)));
        }
    }

    @Test
    void tensorsAreAskedForOnlyWhenTheirTurnComes() throws Exception {
        List<String> log = new ArrayList<>(List.of("begin"));
        int size = 1 << 18; // one MiB each, as large as the writer's buffer
        List<TensorSource> tensors = Stream.of("a", "b").map(name -> TensorSource.floats(name, List.of(size), () -> {
            log.add(name);
            return new float[size];
        })).toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SafetensorsWriter.write(Channels.newChannel(new java.io.FilterOutputStream(out) {
            @Override
            public void write(byte[] b, int offset, int length) throws java.io.IOException {
                if (!log.getLast().equals("write")) {
                    log.add("write");
                }
                out.write(b, offset, length);
            }
        }), tensors, Map.of());
        assertEquals(List.of("begin", "write", "a", "write", "b", "write"), log);
    }

    @Test
    void floatsGoStraightIntoASegment() throws Exception {
        byte[] bytes = SafetensorsBytes.of(List.of(TensorSource.floats("a", List.of(2), () -> new float[] {1.25f, -2}),
                new TensorSource("h", StoredType.F16, List.of(1), () -> MemorySegment.ofArray(new short[] {Float.floatToFloat16(0.5f)}))));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(16, 4);
            SafetensorsFile file = read(bytes);
            file.readFloats("a", target.asSlice(4));
            file.readFloats("h", target.asSlice(12));
            assertArrayEquals(new float[] {0, 1.25f, -2, 0.5f}, target.toArray(ValueLayout.JAVA_FLOAT));
            assertEquals(8, file.segment("a").byteSize());
            assertTrue(file.segment("a").get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0) == 1.25f);
        }
    }

    @Test
    void wrongUseOfTheWriterIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> SafetensorsBytes.of(List.of(TensorSource.floats("a", List.of(3), () -> new float[2]))));
        TensorSource one = TensorSource.floats("a", List.of(1), () -> new float[1]);
        assertThrows(IllegalArgumentException.class, () -> SafetensorsBytes.of(List.of(one, one)));
        assertThrows(IllegalArgumentException.class, () -> TensorSource.floats("__metadata__", List.of(1), () -> new float[1]));
    }

    @Test
    void tensorsOfAnotherTypeOrNameAreRefused() throws Exception {
        SafetensorsFile file = read(SafetensorsBytes.of(List.of(TensorSource.floats("f", List.of(1), () -> new float[1]),
                TensorSource.longs("l", List.of(1), () -> new long[1]))));
        assertTrue(assertThrows(UserException.class, () -> file.floats("l")).getMessage().contains("'l' of type I64 where floats are needed"));
        assertTrue(assertThrows(UserException.class, () -> file.longs("f")).getMessage().contains("'f' of type F32 where whole numbers"));
        assertTrue(assertThrows(UserException.class, () -> file.ints("l")).getMessage().contains("32 bits"));
        assertTrue(assertThrows(UserException.class, () -> file.floats("x")).getMessage().contains("no tensor 'x'"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}; 9; need 8 bytes of data, but 9 follow",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}; 7; need 8 bytes of data, but 7 follow",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}; 8; needs 12 bytes but data_offsets gives it 8",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}; 8; leaves unused bytes before it",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}; 4; 'b' overlaps another tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}; 8; not valid JSON",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}; 4; unknown dtype 'F33'",
        "{\"a\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}; 4; a dtype that is a string",
        "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}; 4; lacks dtype",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}; 4; lacks shape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}; 4; lacks data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}; 4; negative number -1 in shape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}; 4; whole numbers in shape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}; 4; whose size overflows",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,0],\"data_offsets\":[0,0]}}; 0; whose size overflows",
        "{\"\\u001b[2J\":{\"dtype\":\"\\u0007\",\"shape\":[1],\"data_offsets\":[0,4]}}; 4; '?[2J' has the unknown dtype '?'",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967297],\"data_offsets\":[0,4]}}; 4; more than the 2147483647",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}; 4; not valid JSON",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}; 4; ends at byte 0, before its begin 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}; 4; negative number -4 in data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}; 4; whole numbers in data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}; 4; list of two numbers",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":{},\"data_offsets\":[0,4]}}; 4; a shape that is a list",
        "{\"a\":[]}; 0; an object with dtype, shape and data_offsets",
        "{\"__metadata__\":{\"a\":1}}; 0; an object of strings",
        "{\"__metadata__\":\"a\"}; 0; __metadata__' must have an object",
        "{} {}; 0; more than one JSON object",
        "{\"a\":; 0; not valid JSON",
        "[]; 0; does not begin with a brace",
        "` {}`; 0; does not begin with a brace",
        "{; 0; does not begin with a brace",
    })
    void lyingHeadersAreToldInOneSentence(String header, int data, String expected) {
        String message = error(file(header, data));
        assertTrue(message.contains(expected), message);
    }

    @Test
    void manyDimensionsAreRefused() {
        String ones = "1,".repeat(64) + "1";
        assertTrue(error(file("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + ones + "],\"data_offsets\":[0,1]}}", 1)).contains("more than 64 dimensions"));
    }

    @Test
    void deeplyNestedHeadersAreRefused() {
        assertTrue(error(file("{\"a\":{\"x\":" + "[".repeat(200_000), 0)).contains("not valid JSON"));
    }

    @Test
    void emptyObjectAndTrailingSpacesAreValid() {
        assertEquals(0, read(file("{}", 0)).tensors().size());
        assertEquals(1, read(file("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":[{}]}}   ", 1)).tensors().size());
    }

    @Test
    void headerLengthsThatTheFileDoesNotHaveAreRefused() {
        assertTrue(error(new byte[0]).contains("0 bytes, fewer than the 8"));
        assertTrue(error(new byte[7]).contains("7 bytes, fewer than the 8"));
        assertTrue(error(new byte[8]).contains("does not begin with a brace"));
        for (long length : new long[] {3, 1L << 31, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            byte[] bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put((byte) '{').put((byte) '}').array();
            assertTrue(error(bytes).contains("claims " + Long.toUnsignedString(length) + " bytes, but only 2 follow"));
        }
    }

    @Test
    void everyTruncationIsNoticed() throws Exception {
        byte[] bytes = SafetensorsBytes
                .of(List.of(TensorSource.floats("a", List.of(2, 3), () -> new float[6]), TensorSource.ints("b", List.of(2), () -> new int[2])));
        for (int length = 0; length < bytes.length; length++) {
            error(java.util.Arrays.copyOf(bytes, length));
        }
        error(java.util.Arrays.copyOf(bytes, bytes.length + 1));
    }

    @Test
    void headersBeyondTheFormatsLimitAreRefused(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("sparse.safetensors");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001));
            channel.write(ByteBuffer.wrap(new byte[1]), 100_000_100);
        }
        String message = assertThrows(UserException.class, () -> SafetensorsFile.open(path)).getMessage();
        assertTrue(message.contains("more than the 100000000 that the format allows"), message);
    }

    @Test
    void missingFilesAndFoldersAreToldApart(@TempDir Path folder) {
        assertTrue(assertThrows(UserException.class, () -> SafetensorsFile.open(folder.resolve("none"))).getMessage().contains("does not exist"));
        assertTrue(assertThrows(UserException.class, () -> SafetensorsFile.open(folder)).getMessage().contains("is not a file"));
    }

    @Test
    void closingUnmapsTheFile() throws Exception {
        SafetensorsFile file = SafetensorsFile.open(resource("dtypes.safetensors"));
        MemorySegment segment = file.segment("f32");
        file.close();
        assertFalse(segment.scope().isAlive());
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
    }
}
