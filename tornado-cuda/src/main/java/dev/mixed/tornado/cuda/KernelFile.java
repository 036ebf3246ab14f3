// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of a {@link StoredKernel} in a file: a magic number, the whole key, the kernel, and the SHA-256 of all that. A file of which one bit
 * differs, or one that was made for another key, is no kernel.
 */
final class KernelFile {
    private static final int MAGIC = 0x6d58_4b31; // mXK1
    private static final int DIGEST = 32;

    private KernelFile() {
    }

    static byte[] encode(String key, StoredKernel kernel) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            write(out, key.getBytes(StandardCharsets.UTF_8));
            write(out, kernel.entry().getBytes(StandardCharsets.UTF_8));
            writeInts(out, kernel.access());
            writeInts(out, kernel.domain());
            write(out, kernel.binary());
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        byte[] body = bytes.toByteArray();
        byte[] all = Arrays.copyOf(body, body.length + DIGEST);
        System.arraycopy(sha256(body), 0, all, body.length, DIGEST);
        return all;
    }

    /** The kernel in {@code file}; empty if it is damaged, cut short, or that of another key. */
    static Optional<StoredKernel> decode(String key, byte[] file) {
        if (file.length < DIGEST) {
            return Optional.empty();
        }
        byte[] body = Arrays.copyOf(file, file.length - DIGEST);
        if (!MessageDigest.isEqual(sha256(body), Arrays.copyOfRange(file, body.length, file.length))) {
            return Optional.empty();
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(body))) {
            if (in.readInt() != MAGIC || !Arrays.equals(read(in), key.getBytes(StandardCharsets.UTF_8))) {
                return Optional.empty();
            }
            String entry = new String(read(in), StandardCharsets.UTF_8);
            return Optional.of(new StoredKernel(entry, readInts(in), readInts(in), read(in)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A name for a key: 64 hexadecimal digits. */
    static String name(String key) {
        StringBuilder name = new StringBuilder();
        for (byte b : sha256(key.getBytes(StandardCharsets.UTF_8))) {
            name.append(String.format("%02x", b));
        }
        return name.toString();
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }

    private static void writeInts(DataOutputStream out, List<Integer> values) throws IOException {
        out.writeInt(values.size());
        for (int value : values) {
            out.writeInt(value);
        }
    }

    private static List<Integer> readInts(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<Integer> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(in.readInt());
        }
        return List.copyOf(values);
    }
}
