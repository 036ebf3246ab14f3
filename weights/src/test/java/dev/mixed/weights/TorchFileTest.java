// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.mixed.io.Messages;
import dev.mixed.io.UserException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of PyTorch in both forms, from {@link TorchWriter}; those that PyTorch itself wrote are in {@link TorchFixturesTest}. */
class TorchFileTest {

    private static byte[] write(TorchWriter writer, boolean legacy) {
        return legacy ? writer.legacy() : writer.zip();
    }

    private static TorchFile read(byte[] bytes) {
        return TorchFile.of("x.bin", MemorySegment.ofArray(bytes));
    }

    private static void refused(byte[] bytes, String... parts) {
        UserException e = Messages.assertRefused(() -> read(bytes), parts);
        assertTrue(e.getMessage().startsWith("'x.bin' is not a valid file of PyTorch weights: it "), e.getMessage());
    }

    private static byte[] shorts(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int v : values) {
            bytes.putShort((short) v);
        }
        return bytes.array();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void viewsParametersAndTypes(boolean legacy) {
        TorchWriter writer = new TorchWriter().floats("0", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
                .view("rows", "0", 0, List.of(3, 4), List.of(4L, 1L))
                .view("transposed", "0", 0, List.of(4, 3), List.of(1L, 4L))
                .view("part", "0", 5, List.of(2, 2), List.of(4L, 2L))
                .view("permuted", "0", 0, List.of(2, 2, 3), List.of(1L, 6L, 2L))
                .view("scalar", "0", 11, List.of(), List.of())
                .view("empty", "0", 0, List.of(0, 3), List.of(3L, 1L))
                .view("expanded", "0", 4, List.of(3, 2), List.of(0L, 1L))
                .parameter("parameter", "0", List.of(2, 6))
                .storage("1", "HalfStorage", 2, shorts(0x3c00, 0xc000)).view("half", "1", 0, List.of(2), List.of(1L))
                .storage("2", "BFloat16Storage", 2, shorts(0x3f80, 0xc000)).view("bfloat16", "2", 0, List.of(2), List.of(1L))
                .storage("3", "LongStorage", 8, new byte[16]).view("position_ids", "3", 0, List.of(1, 2), List.of(2L, 1L));
        TorchFile file = read(write(writer, legacy));
        assertEquals(List.of("rows", "transposed", "part", "permuted", "scalar", "empty", "expanded", "parameter", "half", "bfloat16", "position_ids"),
                List.copyOf(file.tensors().keySet()));
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, file.floats("rows"));
        assertArrayEquals(new float[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, file.floats("transposed"));
        assertEquals(List.of(4, 3), file.info("transposed").shape());
        assertArrayEquals(new float[] {5, 7, 9, 11}, file.floats("part"));
        assertArrayEquals(new float[] {0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}, file.floats("permuted"));
        assertArrayEquals(new float[] {11}, file.floats("scalar"));
        assertArrayEquals(new float[0], file.floats("empty"));
        assertArrayEquals(new float[] {4, 5, 4, 5, 4, 5}, file.floats("expanded"));
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, file.floats("parameter"));
        assertArrayEquals(new float[] {1, -2}, file.floats("half"));
        assertArrayEquals(new float[] {1, -2}, file.floats("bfloat16"));
        assertEquals(StoredType.BF16, file.info("bfloat16").type());
        assertEquals(StoredType.I64, file.info("position_ids").type());
        Messages.assertRefused(() -> file.floats("position_ids"), "'x.bin'", "'position_ids' of type I64");
        Messages.assertRefused(() -> file.floats("none"), "'x.bin' has no tensor 'none'");
    }

    /** What a harmful pickle would run is only named. */
    @ParameterizedTest
    @CsvSource({"os,system", "posix,system", "builtins,eval", "builtins,exec", "__builtin__,getattr", "torch,load", "torch._utils,_rebuild_qtensor",
        "torch.jit,_unpickle", "collections,deque", "subprocess,Popen", "torch,FloatStorage.__init__", "numpy.core.multiarray,_reconstruct"})
    void everythingButTensorsIsRefused(String module, String name) {
        ByteArrayOutputStream harmful = new ByteArrayOutputStream();
        harmful.writeBytes(new byte[] {(byte) 0x80, 2});
        harmful.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        harmful.writeBytes(new byte[] {'X', 2, 0, 0, 0, 'i', 'd', (byte) 0x85, 'R', '.'});
        TorchWriter writer = new TorchWriter().tensor("a", List.of(1), 1);
        refused(writer.zip(harmful.toByteArray(), "little"), "'" + module + "." + name + "'", "not run");
        refused(writer.legacy(harmful.toByteArray()), "'" + module + "." + name + "'", "not run");
    }

    /** Instructions that build objects of classes, which weights have no use for: INST, OBJ, NEWOBJ, STACK_GLOBAL, REDUCE of no function. */
    @ParameterizedTest
    @ValueSource(strings = {"(ios\nsystem\n.", "(}o.", "})\u0081.", "X\1\0\0\0aX\1\0\0\0b\u0093.", "}}R.", "ctorch\nfloat32\n)R.", "c__main__\nx\n."})
    void instructionsThatRunThingsAreRefused(String pickle) {
        byte[] bytes = pickle.getBytes(StandardCharsets.ISO_8859_1);
        refused(new TorchWriter().tensor("a", List.of(1), 1).zip(bytes, "little"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tensorsBeyondTheirStorageAreRefused(boolean legacy) {
        for (TorchWriter writer : List.of(
                new TorchWriter().floats("0", 1, 2, 3).view("a", "0", 0, List.of(4), List.of(1L)),
                new TorchWriter().floats("0", 1, 2, 3).view("a", "0", 3, List.of(), List.of()),
                new TorchWriter().floats("0", 1, 2, 3).view("a", "0", 0, List.of(2, 2), List.of(2L, 2L)),
                new TorchWriter().floats("0", 1, 2, 3).view("a", "0", 0, List.of(Integer.MAX_VALUE, Integer.MAX_VALUE), List.of(0L, 0L)),
                new TorchWriter().floats("0", 1, 2, 3).view("a", "0", 0, List.of(3), List.of(Long.MAX_VALUE)))) {
            refused(write(writer, legacy), "reaches beyond its storage of 3 elements");
        }
        refused(write(new TorchWriter().floats("0", 1, 2, 3).view("a", "0", 0, List.of(2), List.of(-1L)), legacy), "negative");
        refused(write(new TorchWriter().floats("0", 1, 2, 3).view("a", "0", -1, List.of(2), List.of(1L)), legacy), "negative");
    }

    @Test
    void storagesThatLackElementsAreRefused() {
        TorchWriter writer = new TorchWriter().tensor("a", List.of(3), 1, 2, 3);
        byte[] pickle = writer.pickle(false);
        refused(new TorchWriter().floats("0", 1, 2).zip(pickle, "little"), "a storage of 3 elements but only 8 bytes");
        refused(new TorchWriter().zip(pickle, "little"), "no entry 'archive/data/0'");
        refused(new TorchWriter().floats("1", 1, 2, 3).legacy(writer.pickle(true)), "lists a storage that no tensor refers to");
    }

    @Test
    void otherByteOrdersAndCompressionAreRefused() {
        TorchWriter writer = new TorchWriter().tensor("a", List.of(1), 1);
        refused(writer.zip(writer.pickle(false), "big"), "another byte order");
        byte[] legacy = writer.legacy();
        int flag = new String(legacy, StandardCharsets.ISO_8859_1).indexOf("little_endian") + "little_endian".length();
        legacy[flag] = (byte) 0x89;
        refused(legacy, "another byte order");
        refused(TorchWriter.zip(Map.of("archive/data.pkl", writer.pickle(false)), ZipOutputStream.DEFLATED), "compressed entry");
    }

    @Test
    void otherFilesAreRefused() {
        refused(new byte[0], "neither as a zip file nor as a pickle");
        refused("version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.UTF_8), "neither as a zip file nor as a pickle");
        refused(TorchWriter.zip(Map.of("word/document.xml", new byte[3]), ZipOutputStream.STORED), "without the entry data.pkl");
        refused(new byte[] {(byte) 0x80, 2, ']', '.'}, "magic number");
        refused(new TorchWriter().zip(new byte[] {'K', 1, '.'}, "little"), "no dictionary of tensors");
        refused(new TorchWriter().zip(), "holds no tensors");
    }

    /** {"epoch": 3, KEY: state dict}, as trainers save it. */
    @ParameterizedTest
    @CsvSource({"state_dict, false", "model_state_dict, false", "model, true"})
    void aCheckpointOfATrainingIsNamed(String key, boolean legacy) {
        TorchWriter writer = new TorchWriter().tensor("a", List.of(2), 1, 2);
        byte[] inner = writer.pickle(legacy);
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes("}X\5\0\0\0epochK\3s".getBytes(StandardCharsets.ISO_8859_1));
        pickle.writeBytes(("X" + (char) key.length() + "\0\0\0" + key).getBytes(StandardCharsets.ISO_8859_1));
        pickle.write(inner, 2, inner.length - 3);
        pickle.writeBytes("s.".getBytes(StandardCharsets.ISO_8859_1));
        byte[] file = legacy ? writer.legacy(pickle.toByteArray()) : writer.zip(pickle.toByteArray(), "little");
        Messages.assertRefused(() -> read(file), "'x.bin' keeps its tensors under '" + key + "'", "save that dictionary alone");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyTruncationIsNoticed(boolean legacy) {
        byte[] bytes = write(new TorchWriter().tensor("a", List.of(2, 2), 1, 2, 3, 4).tensor("b", List.of(2), 5, 6), legacy);
        for (int length = 0; length < bytes.length; length++) {
            refused(Arrays.copyOf(bytes, length));
        }
    }

    /** Near a million lists, each within the next, or each a dictionary: neither the stack of the JVM nor its heap suffers. */
    @Test
    void deepNestingEndsInOneError() {
        byte[] lists = new byte[900_000];
        Arrays.fill(lists, (byte) ']');
        byte[] closes = new byte[900_000];
        Arrays.fill(closes, (byte) 'a');
        closes[closes.length - 2] = '.';
        byte[] nested = ByteBuffer.allocate(1_800_000).put(lists).put(closes).array();
        refused(new TorchWriter().zip(nested, "little"), "no dictionary of tensors");
        byte[] many = new byte[2_100_000];
        Arrays.fill(many, (byte) '}');
        refused(new TorchWriter().zip(many, "little"), "more than 2000000 instructions");
        byte[] itself = {']', 'q', 0, 'h', 0, 'a', '.'};
        refused(new TorchWriter().zip(itself, "little"), "no dictionary of tensors");
        byte[] key = {'}', ']', 'K', 1, 's', '.'};
        refused(new TorchWriter().zip(key, "little"), "keys are neither strings nor numbers");
    }

    /** What is written once can be recalled by five bytes: calls that copy it again and again would make far more than the file has. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsRecalledIsNotCopiedWithoutEnd(boolean legacy) {
        StringBuilder pairs = new StringBuilder("ccollections\nOrderedDict\nq\0(");
        for (int i = 0; i < 10_000; i++) {
            pairs.append('M').append((char) (i & 0xff)).append((char) (i >> 8)).append("N\u0086");
        }
        pairs.append("t\u0085q\1");
        String dimensions = "(" + "K\1".repeat(64) + "t";
        String tensor = "ctorch._utils\n_rebuild_tensor_v2\nq\0((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" + "0X\3\0\0\0cpuK\1tQK\0"
                + dimensions + dimensions + "tq\1";
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (String start : List.of(pairs.toString(), tensor)) {
            refused(state(start + "h\0h\1R.", legacy), start.equals(tensor) ? "no dictionary of tensors" : "holds no tensors");
            byte[] file = state(start + "h\0h\1R".repeat(1000) + ".", legacy);
            long before = threads.getCurrentThreadAllocatedBytes();
            refused(file, "copies more entries than it has bytes");
            long used = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(used < 20 << 20, "a file of " + file.length + " bytes took " + used + " of the heap");
        }
    }

    private static byte[] state(String pickle, boolean legacy) {
        byte[] bytes = pickle.getBytes(StandardCharsets.ISO_8859_1);
        return legacy ? new TorchWriter().legacy(bytes) : new TorchWriter().zip(bytes, "little");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sizesBeyondALongAreRefused(boolean legacy) {
        int most = Integer.MAX_VALUE;
        refused(write(new TorchWriter().claimed("0", 1L << 62).view("a", "0", 0, List.of(most, most), List.of(0L, 0L)), legacy),
                "a storage of " + (1L << 62) + " elements but only 4 bytes");
        refused(write(new TorchWriter().floats("0").view("a", "0", 0, List.of(most, most, 0), List.of(0L, 0L, 0L)), legacy),
                "'a' of shape [2147483647, 2147483647, 0], whose size overflows");
    }

    /** Names are the file's author's choice: up to 64 KiB of anything, which a terminal need not understand as it was meant. */
    @Test
    void namesInMessagesAreBriefAndPlain() {
        String name = "\u001b[2J\n\u202e" + "x".repeat(30_000);
        UserException e = Messages.assertRefused(() -> read(new TorchWriter().zip(new TorchWriter().floats(name, 1).view("a", name, 0, List.of(1), List.of(1L))
                .pickle(false), "little")), "no entry 'archive/data/?[2J??xxx");
        assertTrue(e.getMessage().length() < 300, e.getMessage());
        TorchFile file = read(new TorchWriter().storage("0", "LongStorage", 8, new byte[8]).view(name, "0", 0, List.of(1), List.of(1L)).zip());
        e = Messages.assertRefused(() -> file.floats(name), "a tensor '?[2J??xxx", "of type I64");
        assertTrue(e.getMessage().length() < 300, e.getMessage());
    }

    @Test
    void filesBeyondTwoGibibytesAreRead(@TempDir Path folder) throws Exception {
        // Three storages of which the last lies beyond 2 GiB; the file is sparse, so it takes no room.
        long numel = (1L << 29) + 5;
        TorchWriter small = new TorchWriter().floats("0", 1, 2).view("a", "0", 0, List.of(2), List.of(1L))
                .floats("1", 3, 4).view("b", "1", 1, List.of(1), List.of(1L));
        byte[] bytes = small.legacy();
        int end = bytes.length - 2 * (8 + 8);
        Path path = folder.resolve("large.bin");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(bytes, 0, end));
            channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, numel));
            channel.write(ByteBuffer.wrap(bytes, end + 16, 16), end + 8 + 4 * numel);
        }
        assertTrue(Files.size(path) > 1L << 31);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try (TorchFile file = TorchFile.open(path)) {
            assertArrayEquals(new float[] {4}, file.floats("b"));
            long used = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(used < 1 << 20, "a file of 2 GiB took " + used + " bytes of the heap");
            assertArrayEquals(new float[] {0, 0}, file.floats("a"));
        }
    }

    @Test
    void missingFilesAndFoldersAreToldApart(@TempDir Path folder) throws Exception {
        Messages.assertRefused(() -> TorchFile.open(folder.resolve("none.bin")), "none.bin' does not exist");
        Messages.assertRefused(() -> TorchFile.open(folder), "is not a file");
        Path path = Files.write(folder.resolve("x.bin"), new TorchWriter().tensor("a", List.of(1), 7).zip());
        TorchFile file = TorchFile.open(path);
        assertArrayEquals(new float[] {7}, file.floats("a"));
        file.close();
        assertThrows(IllegalStateException.class, () -> file.floats("a"));
        assertFalse(file.tensors().isEmpty());
    }
}
