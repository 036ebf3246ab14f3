// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.mixed.io.UserException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random damage to safetensors files: always a valid read or a {@link UserException}, and never more memory than the file warrants. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SafetensorsFuzzTest {

    private static final long SEED = 20260101;
    private static final String[] TOKENS = {"0", "-1", "9999999999", "18446744073709551615", "1e9", "null", "true", "[", "]", "{", "}", "\"",
        ",", ":", "\\u0000", "F32", "F16", "I64", "BF16", "U8", "shape", "dtype", "data_offsets", "__metadata__", "[[[[", " ", "\0", "é"};

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static List<byte[]> seeds() throws Exception {
        byte[] ours = SafetensorsBytes.of(List.of(
                TensorSource.floats("bert.a", List.of(2, 3), () -> new float[] {1, 2, 3, 4, 5, 6}),
                TensorSource.ints("b", List.of(4), () -> new int[4]),
                TensorSource.longs("c", List.of(), () -> new long[1]),
                new TensorSource("d", StoredType.BF16, List.of(3), () -> MemorySegment.ofArray(new short[3]))));
        byte[] theirs = SafetensorsFuzzTest.class.getResourceAsStream("/weights/dtypes.safetensors").readAllBytes();
        return List.of(ours, theirs, SafetensorsFileTest.file("{}", 0));
    }

    @Test
    void damagedBytesNeverDoHarm() throws Exception {
        int valid = 0;
        int refused = 0;
        List<byte[]> seeds = seeds();
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())));
            long before = threads.getCurrentThreadAllocatedBytes();
            boolean ok = readsOrRefuses(i, bytes);
            long used = threads.getCurrentThreadAllocatedBytes() - before;
            if (ok) {
                valid++;
            } else {
                refused++;
            }
            // 100 kB covers JSON buffers and the exception; beyond that memory may only grow with the file's own size.
            long allowed = 100_000 + 64L * bytes.length;
            if (used >= allowed) {
                // The first to come to some place loads the classes there: once more, without that.
                before = threads.getCurrentThreadAllocatedBytes();
                readsOrRefuses(i, bytes);
                used = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertTrue(used < allowed, "mutation " + i + " of seed " + SEED + " allocated " + used + " bytes");
        }
        assertEquals(20_000, valid + refused);
        assertTrue(valid > 500 && refused > 5_000, valid + " valid, " + refused + " refused: the mutations do not explore both sides");
    }

    @Test
    void damagedFilesOnDiskNeverDoHarm(@TempDir Path folder) throws Exception {
        List<byte[]> seeds = seeds();
        Path path = folder.resolve("fuzz.safetensors");
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            Files.write(path, mutate(seeds.get(i % 2)));
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                readAll(file);
            } catch (UserException e) {
                assertTrue(e.getMessage().contains("fuzz.safetensors"), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " refused");
    }

    private boolean readsOrRefuses(int i, byte[] bytes) {
        try {
            readAll(SafetensorsFile.of("fuzz", MemorySegment.ofArray(bytes)));
            return true;
        } catch (UserException e) {
            assertTrue(e.getMessage().length() < 1_000 && e.getMessage().startsWith("'fuzz'"), e.getMessage());
            return false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("mutation " + i + " of seed " + SEED + ": " + Arrays.toString(bytes), e);
        }
    }

    /** Reads each tensor in every way that its type allows. */
    private static void readAll(SafetensorsFile file) {
        for (TensorInfo info : file.tensors().values()) {
            assertEquals(info.end() - info.begin(), file.segment(info.name()).byteSize());
            if (info.type().isFloat()) {
                assertEquals(info.elements(), file.floats(info.name()).length);
            } else {
                try {
                    assertEquals(info.elements(), file.longs(info.name()).length);
                    file.ints(info.name());
                } catch (UserException e) {
                    assertTrue(e.getMessage().contains("of type " + info.type()), e.getMessage());
                }
            }
        }
    }

    private byte[] mutate(byte[] seed) throws Exception {
        byte[] bytes = seed.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            bytes = switch (random.nextInt(9)) {
                case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                case 1 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
                case 2 -> flip(bytes, bytes.length);
                case 3 -> flip(bytes, Math.min(bytes.length, 8));
                case 4 -> randomLength(bytes);
                case 5 -> splice(bytes, TOKENS[random.nextInt(TOKENS.length)].getBytes(StandardCharsets.UTF_8), random.nextInt(4), false);
                case 6 -> splice(bytes, TOKENS[random.nextInt(TOKENS.length)].getBytes(StandardCharsets.UTF_8), random.nextInt(4), true);
                case 7 -> digit(bytes);
                default -> duplicate(bytes);
            };
        }
        return bytes;
    }

    private byte[] flip(byte[] bytes, int limit) {
        if (limit > 0) {
            bytes[random.nextInt(limit)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private byte[] randomLength(byte[] bytes) {
        if (bytes.length >= 8) {
            long length = random.nextBoolean() ? random.nextInt(bytes.length + 8) : random.nextLong() >>> random.nextInt(64);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        }
        return bytes;
    }

    /** Puts {@code token} in place of some bytes; with {@code honest} the header length follows, so that the JSON itself is tried. */
    private byte[] splice(byte[] bytes, byte[] token, int replaced, boolean honest) {
        if (bytes.length < 9) {
            return bytes;
        }
        int at = 8 + random.nextInt(bytes.length - 8);
        int until = Math.min(bytes.length, at + replaced);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        out.writeBytes(token);
        out.write(bytes, until, bytes.length - until);
        byte[] result = out.toByteArray();
        if (honest) {
            ByteBuffer length = ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN);
            length.putLong(0, length.getLong(0) + result.length - bytes.length);
        }
        return result;
    }

    private byte[] digit(byte[] bytes) {
        for (int tries = 0; tries < 50 && bytes.length > 8; tries++) {
            int at = 8 + random.nextInt(bytes.length - 8);
            if (bytes[at] >= '0' && bytes[at] <= '9') {
                bytes[at] = (byte) ('0' + random.nextInt(10));
                break;
            }
        }
        return bytes;
    }

    private byte[] duplicate(byte[] bytes) {
        if (bytes.length < 20) {
            return bytes;
        }
        int from = 8 + random.nextInt(bytes.length - 10);
        int to = Math.min(bytes.length, from + random.nextInt(80));
        return splice(bytes, Arrays.copyOfRange(bytes, from, to), 0, true);
    }
}
