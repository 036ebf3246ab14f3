// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.mixed.io.IoReason;
import dev.mixed.io.LfsPointer;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the rows of Parquet files, one after the other as one where a split is in several. */
final class ParquetFile {
    /** Those with a library for them. */
    private static final Set<CompressionCodec> CODECS = Set.of(CompressionCodec.UNCOMPRESSED, CompressionCodec.SNAPPY, CompressionCodec.GZIP,
            CompressionCodec.ZSTD);
    /** As Hugging Face's datasets name the parts of a split. */
    private static final Pattern FIRST_PART = Pattern.compile("(.+)-00000-of-(\\d{5})\\.parquet");
    /** As Spark names the files that its tasks wrote. */
    private static final Pattern SPARK_PART = Pattern.compile("part-\\d{5,}-.+\\.parquet");
    /** Spark's folder for what its tasks have not finished. */
    private static final String UNFINISHED = "_temporary";
    /** So long nothing may come of a file. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Held here, or its level would be forgotten: what the library says of how it starts is of no use to those who read a file. */
    private static final Logger LIBRARY = Logger.getLogger("dev.hardwood");

    static {
        LIBRARY.setLevel(Level.WARNING);
    }

    private static final int HEAD_BYTES = 1024;

    private ParquetFile() {
    }

    /** Whether the name of a file says so, or it is a folder of such. */
    static boolean isOne(Path file) {
        return DataFormat.of(file.toString()).filter(format -> format == DataFormat.PARQUET).isPresent() || isFolder(file);
    }

    /** Whether a folder is one split: it holds files such as {@code 0000.parquet}, as the hub converts them, or {@code part-00000-...}, as Spark writes them. */
    static boolean isFolder(Path folder) {
        return Files.exists(folder.resolve("0000.parquet")) || isOfSpark(folder);
    }

    private static boolean isOfSpark(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> SPARK_PART.matcher(file.getFileName().toString()).matches());
        } catch (IOException | UncheckedIOException e) {
            // Whoever reads it says so.
            return false;
        }
    }

    /** The first part of a split in a folder, if its parts are there as {@code train-00000-of-00002.parquet} and so on. */
    static Optional<Path> firstPart(Path folder, String stem) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(file -> {
                Matcher name = FIRST_PART.matcher(file.getFileName().toString());
                return name.matches() && name.group(1).equals(stem);
            }).sorted().toList();
            if (found.size() > 1) {
                throw new UserException("%s and %s are both there and mean the same split; keep one of them.".formatted(found.get(0), found.get(1)));
            }
            return found.stream().findFirst();
        } catch (IOException e) {
            throw new UserException("'" + folder + "' cannot be read (" + IoReason.of(e) + "); check its permissions.", e);
        }
    }

    /**
     * All rows of a file, of those in a folder, or of all parts of a split that {@link #firstPart} found.
     *
     * @throws UserException one sentence for a file that is damaged, or compressed in a way that is not read
     */
    static List<PlacedObject> read(Path file) {
        List<PlacedObject> rows = new ArrayList<>();
        for (Path part : parts(file)) {
            read(part, row -> {
                rows.add(row);
                return true;
            });
        }
        return rows;
    }

    /** The first row. */
    static Optional<PlacedObject> first(Path file) {
        List<PlacedObject> rows = new ArrayList<>();
        for (Path part : parts(file)) {
            read(part, row -> {
                rows.add(row);
                return false;
            });
            if (!rows.isEmpty()) {
                break;
            }
        }
        return rows.stream().findFirst();
    }

    private static List<Path> parts(Path file) {
        Matcher first = FIRST_PART.matcher(file.getFileName().toString());
        if (first.matches()) {
            int count = Integer.parseInt(first.group(2));
            List<Path> parts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Path part = file.resolveSibling(String.format(Locale.ROOT, "%s-%05d-of-%s.parquet", first.group(1), i, first.group(2)));
                if (!Files.exists(part)) {
                    throw new UserException(part + " is missing, part " + (i + 1) + " of " + count + "; restore it, or write the split as one file.");
                }
                parts.add(part);
            }
            return parts;
        }
        if (!Files.isDirectory(file)) {
            return List.of(file);
        }
        if (Files.exists(file.resolve(UNFINISHED))) {
            throw new UserException(
                    file + " is not complete: the job of Spark that writes it is still at work, or has failed; wait for it, or write it again.");
        }
        try (Stream<Path> files = Files.list(file)) {
            List<Path> parts = files.filter(ParquetFile::isOne).sorted().toList();
            if (parts.isEmpty()) {
                throw new UserException(file + " is a folder without .parquet files; give one that has some.");
            }
            return parts;
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be read (" + IoReason.of(e) + "); check its permissions.", e);
        }
    }

    /**
     * Reads on a thread of its own: of some damaged files the library waits for pages that will never come.
     *
     * @param rows takes each row, and says whether to go on
     */
    private static void read(Path file, Predicate<PlacedObject> rows) {
        read(file, rows, PATIENCE);
    }

    static void read(Path file, Predicate<PlacedObject> rows, Duration patience) {
        requireParquet(file);
        AtomicLong number = new AtomicLong();
        FutureTask<@Nullable Void> reading = new FutureTask<>(() -> {
            readAll(file, rows, number);
            return null;
        });
        Thread reader = Thread.ofPlatform().name("parquet").daemon().start(reading);
        try {
            for (long before = 0;; before = number.get()) {
                try {
                    reading.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                    return;
                } catch (TimeoutException e) {
                    if (number.get() == before) {
                        throw damaged(file, "nothing comes after its row " + before, e);
                    }
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case UserException cause -> throw cause;
                case Exception cause -> throw damaged(file, reason(cause), cause);
                case OutOfMemoryError cause -> throw damaged(file, "it names sizes that no memory holds", cause);
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("Reading " + file + " was interrupted; start again.", e);
        } finally {
            reader.interrupt();
        }
    }

    private static void readAll(Path file, Predicate<PlacedObject> rows, AtomicLong number) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(new ParquetBytes(file))) {
            requireCodecs(file, reader);
            requireCounts(reader);
            ParquetRows values = ParquetRows.of(file.toString(), reader);
            try (RowReader row = reader.rowReader()) {
                while (row.hasNext()) {
                    row.next();
                    String place = file + ", row " + number.incrementAndGet();
                    if (!rows.test(new PlacedObject(place, values.object(place, row)))) {
                        return;
                    }
                }
            }
            if (number.get() != reader.getFileMetaData().numRows()) {
                throw new IOException("it has " + number + " rows and announces " + reader.getFileMetaData().numRows());
            }
        }
    }

    /** Refuses counts that contradict each other, for whose missing values the library would wait. */
    private static void requireCounts(ParquetFileReader reader) throws IOException {
        long rows = 0;
        for (RowGroup group : reader.getFileMetaData().rowGroups()) {
            rows += group.numRows();
            for (int i = 0; i < group.columns().size(); i++) {
                if (reader.getFileSchema().getColumn(i).maxRepetitionLevel() == 0 && group.columns().get(i).metaData().numValues() != group.numRows()) {
                    throw new IOException("it announces " + group.numRows() + " rows, and " + group.columns().get(i).metaData().numValues()
                            + " values of one of their columns");
                }
            }
        }
        if (rows != reader.getFileMetaData().numRows()) {
            throw new IOException("it announces " + reader.getFileMetaData().numRows() + " rows, and groups of " + rows);
        }
    }

    private static UserException damaged(Path file, String reason, Throwable e) {
        return new UserException(file + " is a damaged Parquet file (" + reason + "); write or download it again.", e);
    }

    private static String reason(Throwable e) {
        String message = e.getMessage();
        return message == null || e instanceof NullPointerException ? "a part of it is missing"
                : message.lines().findFirst().orElse("").replaceFirst("[.:]\\s*$", "");
    }

    private static void requireCodecs(Path file, ParquetFileReader reader) {
        Set<String> others = reader.getFileMetaData().rowGroups().stream().flatMap(group -> group.columns().stream()).map(column -> column.metaData().codec())
                .filter(codec -> !CODECS.contains(codec)).map(Object::toString).collect(Collectors.toCollection(TreeSet::new));
        if (!others.isEmpty()) {
            throw new UserException(file + " is compressed with " + String.join(" and ", others)
                    + ", which miXed does not read; write it again with snappy, zstd, gzip or none.");
        }
    }

    private static void requireParquet(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(HEAD_BYTES);
            LfsPointer.refuse(file.toString(), head);
            if (head.length < 4 || head[0] != 'P' || head[1] != 'A' || head[2] != 'R' || head[3] != '1') {
                throw new UserException(file + " is no Parquet file (it does not begin with PAR1); name it by what it is, or write it again.");
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            throw new UserException(file + " cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        } catch (IOException e) {
            throw new UserException(file + " cannot be read (" + IoReason.of(e) + ").", e);
        }
    }
}
