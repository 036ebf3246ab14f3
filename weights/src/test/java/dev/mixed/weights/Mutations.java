// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.mixed.io.UserException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages files at random, always in the same way, and watches over what reading them does. */
public final class Mutations {
    /** So many for each format. */
    public static final int COUNT = 10_000;

    private static final long SEED = 20260301;

    /** Reads a file of these bytes with all that is in it. */
    public interface Reader {
        void read(byte[] bytes) throws Exception;
    }

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<byte[]> tokens;

    /** @param tokens pieces of the format, which are put anywhere */
    public Mutations(List<byte[]> tokens) {
        this.tokens = tokens;
    }

    public static List<byte[]> texts(String... texts) {
        return Arrays.stream(texts).map(t -> t.getBytes(StandardCharsets.UTF_8)).toList();
    }

    /**
     * Reads {@link #COUNT} damaged copies of {@code seeds}: each is read well or refused in one sentence, with no more memory than
     * {@code allowance} and a multiple of its size.
     *
     * @param name what every message has to contain
     */
    public void run(List<byte[]> seeds, String name, long allowance, Reader reader) {
        run(COUNT, seeds, name, allowance, reader);
    }

    /** As {@link #run(List, String, long, Reader)}, with {@code count} copies. */
    public void run(int count, List<byte[]> seeds, String name, long allowance, Reader reader) {
        int valid = 0;
        int refused = 0;
        for (int i = 0; i < count; i++) {
            byte[] bytes = mutate(seeds.get(i % seeds.size()));
            long allowed = allowance + 64L * bytes.length;
            long before = threads.getCurrentThreadAllocatedBytes();
            if (isRead(i, bytes, name, reader)) {
                valid++;
            } else {
                refused++;
            }
            long used = threads.getCurrentThreadAllocatedBytes() - before;
            if (used >= allowed) {
                // The first to come to some place loads the classes there: once more, without that.
                before = threads.getCurrentThreadAllocatedBytes();
                isRead(i, bytes, name, reader);
                used = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertTrue(used < allowed, "mutation " + i + " of seed " + SEED + " allocated " + used + " bytes: " + Arrays.toString(bytes));
        }
        assertTrue(valid > count / 50 && refused > count / 5, valid + " valid, " + refused + " refused: the mutations do not explore both sides");
    }

    private static boolean isRead(int i, byte[] bytes, String name, Reader reader) {
        try {
            reader.read(bytes);
            return true;
        } catch (UserException e) {
            String message = e.getMessage();
            assertTrue(message.contains(name) && message.endsWith(".") && message.length() < 50_000, message);
            assertFalse(message.contains("Exception"), message);
            return false;
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError("mutation " + i + " of seed " + SEED + ": " + Arrays.toString(bytes), e);
        }
    }

    private byte[] mutate(byte[] seed) {
        byte[] bytes = seed.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            int at = random.nextInt(bytes.length + 1);
            int until = Math.min(bytes.length, at + random.nextInt(5));
            bytes = switch (random.nextInt(8)) {
                case 0 -> random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : flip(bytes);
                case 1 -> flip(bytes);
                case 2 -> set(bytes, random.nextInt(256));
                case 3 -> set(bytes, random.nextBoolean() ? 0xff : 0);
                case 4 -> splice(bytes, at, until, new byte[0]);
                case 5 -> splice(bytes, at, at + Math.min(bytes.length - at, token().length), token());
                case 6 -> splice(bytes, at, at, token());
                default -> {
                    int from = random.nextInt(bytes.length + 1);
                    yield splice(bytes, at, until, Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + random.nextInt(60))));
                }
            };
        }
        return bytes;
    }

    private byte[] token() {
        return tokens.get(random.nextInt(tokens.size()));
    }

    private byte[] flip(byte[] bytes) {
        if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private byte[] set(byte[] bytes, int value) {
        if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] = (byte) value;
        }
        return bytes;
    }

    private static byte[] splice(byte[] bytes, int from, int until, byte[] by) {
        byte[] result = new byte[bytes.length - (until - from) + by.length];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(by, 0, result, from, by.length);
        System.arraycopy(bytes, until, result, from + by.length, bytes.length - until);
        return result;
    }
}
