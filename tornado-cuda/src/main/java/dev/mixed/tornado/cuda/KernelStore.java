// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels in a folder, a file each, which all processes of a user share.
 *
 * <p>A file appears whole or not at all: it is written under a name of its own and then moved. A damaged one is deleted and compiled anew. When the
 * folder grows beyond its limit, the kernels that were used longest ago go. Where the folder can't be written, kernels are compiled by each process,
 * and one line says so.
 */
public final class KernelStore {
    /** Bytes of kernels that are kept. A training has some seventy of 10 to 100 KB. */
    public static final long MAX_BYTES = 256L << 20;

    /** The property that names the folder, or is {@link #OFF}. */
    public static final String PROPERTY = "mixed.kernel.cache";

    /** The value of {@link #PROPERTY} with which no kernels are kept. */
    public static final String OFF = "off";

    private static final Logger LOG = LoggerFactory.getLogger(KernelStore.class);
    private static final String SUFFIX = ".kernel";
    private static final String PARTIAL = ".partial";
    /** After so long, a partial file is one that a killed process left. */
    private static final Duration STALE = Duration.ofHours(1);

    private final Path folder;
    private final long maxBytes;
    private boolean complained;

    /**
     * A store in {@code folder}, which need not exist yet.
     *
     * @param maxBytes most bytes of files that are kept, at least those of the newest kernel
     */
    public KernelStore(Path folder, long maxBytes) {
        this.folder = folder;
        this.maxBytes = maxBytes;
    }

    /** The user's store: {@link #PROPERTY}, or {@code mixed/kernels} in XDG_CACHE_HOME or ~/.cache; empty where it is turned off. */
    public static Optional<KernelStore> ofUser() {
        String given = System.getProperty(PROPERTY, "");
        if (given.equals(OFF)) {
            return Optional.empty();
        }
        if (!given.isBlank()) {
            return Optional.of(new KernelStore(Path.of(given), MAX_BYTES));
        }
        String xdg = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path cache = xdg.startsWith("/") ? Path.of(xdg) : Path.of(System.getProperty("user.home", "."), ".cache");
        return Optional.of(new KernelStore(cache.resolve("mixed").resolve("kernels"), MAX_BYTES));
    }

    /** Where the files are. */
    public Path folder() {
        return folder;
    }

    /**
     * What is kept.
     *
     * @param kernels how many kernels
     * @param bytes   of their files
     */
    public record Contents(int kernels, long bytes) {
    }

    /** Counts what is kept; nothing where the folder is not there or can't be read. */
    public Contents contents() {
        List<Entry> entries = entries();
        return new Contents(entries.size(), entries.stream().mapToLong(Entry::bytes).sum());
    }

    /** The kernel of {@code key}, if a whole and undamaged one is kept. */
    Optional<StoredKernel> read(String key) {
        Path file = file(key);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            complain("read", e);
            return Optional.empty();
        }
        Optional<StoredKernel> kernel = KernelFile.decode(key, bytes);
        if (kernel.isEmpty()) {
            LOG.warn("The kept kernel '{}' is damaged; it is compiled anew.", file);
            delete(file);
        } else {
            touch(file);
        }
        return kernel;
    }

    /** Keeps a kernel, in the place of an older one of the same key. Where that fails, a line says so once, and nothing is left behind. */
    void write(String key, StoredKernel kernel) {
        Path partial = folder.resolve(UUID.randomUUID() + PARTIAL);
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(KernelFile.encode(key, kernel));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            Files.move(partial, file(key), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            delete(partial);
            complain("written", e);
        }
    }

    /** Deletes what was used longest ago, until at most nine tenths of the limit are left, and what killed processes left half-written. */
    void trim() {
        List<Entry> entries = entries();
        long bytes = entries.stream().mapToLong(Entry::bytes).sum();
        if (bytes > maxBytes) {
            entries.sort(Comparator.comparing(Entry::used));
            for (Entry entry : entries.subList(0, entries.size() - 1)) {
                if (bytes <= maxBytes / 10 * 9) {
                    break;
                }
                delete(entry.file);
                bytes -= entry.bytes;
            }
        }
        for (Entry partial : list(PARTIAL)) {
            if (partial.used.toInstant().isBefore(Instant.now().minus(STALE))) {
                delete(partial.file);
            }
        }
    }

    private record Entry(Path file, long bytes, FileTime used) {
    }

    private List<Entry> entries() {
        return list(SUFFIX);
    }

    private List<Entry> list(String suffix) {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + suffix)) {
            for (Path file : files) {
                try {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime()));
                } catch (NoSuchFileException e) {
                    // Another process deleted or renamed it meanwhile.
                }
            }
        } catch (NoSuchFileException e) {
            return entries;
        } catch (IOException | DirectoryIteratorException e) {
            complain("listed", e);
        }
        return entries;
    }

    private Path file(String key) {
        return folder.resolve(KernelFile.name(key) + SUFFIX);
    }

    /** The time of its last use decides which kernel goes first. */
    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            LOG.debug("'{}' keeps its time", file, e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.debug("'{}' stays", file, e);
        }
    }

    private void complain(String what, Exception e) {
        if (!complained) {
            complained = true;
            LOG.warn("Compiled kernels can't be {} in '{}' ({}); each run compiles them anew.", what, folder, e.toString());
        }
    }
}
