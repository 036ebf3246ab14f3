// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Replaces certain files of a folder together, so that it holds all of the previous or all of the new ones whenever the process is killed.
 *
 * <p>A folder with files in it cannot be replaced in one step, so a save keeps a redo log inside it; of a folder for a "checkpoint":
 * <ol>
 * <li>All files are written to {@code .checkpoint.partial} and forced to the disk. Until the next step this is rubbish.</li>
 * <li>{@code .checkpoint.partial} is renamed to {@code .checkpoint.commit}. From this single step on the new files count.</li>
 * <li>The files move, one rename each, from there into the folder; then the empty {@code .checkpoint.commit} is removed.</li>
 * </ol>
 * {@link #locate} finds each file in {@code .checkpoint.commit} first and in the folder second, so a reader sees all the new
 * files however far the third step got. The next {@link #save} or {@link #recover} completes an interrupted third step and
 * deletes what an interrupted first one left. Readers never change the folder: they may look on while another process is saving.
 * Other files in the folder are not touched.
 */
public final class AtomicFolder {
    /** Lists, in the commit, files of the previous save that the new one does not have. */
    private static final String OBSOLETE = "obsolete";
    /** A save at the same moment may move a file between finding and opening it, once for each of its saves. */
    private static final int ATTEMPTS = 3;

    private final String what;
    private final Set<String> required;
    private final Set<String> names;

    /**
     * Describes what such a folder holds; nothing on the disk is looked at.
     *
     * @param what     the files together, as messages and hidden folders name them, for example "checkpoint"
     * @param required names of the files without which there is none
     * @param optional names of the files that it may have too
     */
    public AtomicFolder(String what, Collection<String> required, Collection<String> optional) {
        this.what = what;
        this.required = Set.copyOf(required);
        this.names = new TreeSet<>(required);
        names.addAll(optional);
    }

    /** The same with further files that it may have. */
    public AtomicFolder with(String... more) {
        Set<String> optional = new TreeSet<>(names);
        optional.addAll(List.of(more));
        return new AtomicFolder(what, required, optional);
    }

    /** Gives the files of a save, one after the other. */
    public interface Contents {
        /** Writes all files to {@code save}. */
        void writeTo(Save save) throws IOException;
    }

    /** Gives the bytes of one file. */
    public interface Body {
        /** Writes all bytes to {@code channel}. */
        void writeTo(FileDigest.Writer channel) throws IOException;
    }

    /**
     * Replaces the files in {@code folder}, which is created where needed. A {@link UserException} (full disk, no permission)
     * means that the previous files are intact and nothing of the new ones is left behind.
     *
     * @param bytes roughly what the new files need, for that message
     */
    public void save(Path folder, long bytes, Contents contents) {
        save(folder, bytes, contents, Disk.REAL);
    }

    /** @param disk does the writing */
    public void save(Path folder, long bytes, Contents contents, Disk disk) {
        begin(folder, bytes, _ -> {}, disk).complete(contents);
    }

    /**
     * Begins a save with those of its files that are known before the others; the previous files count until it is complete. Who begins one completes or
     * abandons it, and does nothing else to the folder in between. Fails as {@link #save(Path, long, Contents, Disk)} does.
     *
     * @param bytes roughly what all new files need
     */
    public BegunSave begin(Path folder, long bytes, Contents first, Disk disk) {
        BegunSave begun = new BegunSave(folder, bytes, disk);
        begun.write(save -> {
            disk.createDirectories(folder);
            finish(folder, disk);
            disk.createDirectories(partial(folder));
            first.writeTo(save);
        });
        return begun;
    }

    /** A save some of whose files are written; those before them still count. */
    public final class BegunSave {
        private final Path folder;
        private final long bytes;
        private final Disk disk;
        private final boolean existed;
        private final Save save;

        private BegunSave(Path folder, long bytes, Disk disk) {
            this.folder = folder;
            this.bytes = bytes;
            this.disk = disk;
            this.existed = Files.exists(folder);
            this.save = new Save(partial(folder), disk);
        }

        private void write(Contents contents) {
            try {
                contents.writeTo(save);
            } catch (IOException e) {
                abandon();
                throw new UserException("The " + what + " could not be saved in '" + folder + "' (" + IoReason.of(e) + ")"
                        + remedy(e, bytes, freeBytes(folder)) + (exists(folder) ? " (the previous " + what + " there is intact)." : "."), e);
            } catch (RuntimeException e) {
                abandon();
                throw e;
            }
        }

        /** Writes the other files, and makes all of them count. */
        public void complete(Contents rest) {
            write(_ -> {
                rest.writeTo(save);
                save.listObsolete(folder);
                disk.sync(partial(folder));
                disk.rename(partial(folder), commit(folder));
            });
            try {
                disk.sync(folder);
                finish(folder, disk);
            } catch (IOException e) {
                throw new UserException("The " + what + " was saved in '" + commit(folder) + "' but could not be moved into '" + folder
                        + "' (" + IoReason.of(e) + "); correct that, and the next run or --resume completes it.", e);
            }
        }

        /** Removes what has been written; a failure there is left to the next save. */
        public void abandon() {
            try {
                deleteFolder(partial(folder), disk);
                if (!existed) {
                    disk.delete(folder);
                }
            } catch (IOException ignored) {
                // Where the save itself has failed, that is the failure to report; else nobody needs what is left.
            }
        }
    }

    /** Completes an interrupted save and removes its leftovers. Only for the process that owns the folder. */
    public void recover(Path folder) {
        recover(folder, Disk.REAL);
    }

    /** @param disk does the renaming */
    public void recover(Path folder, Disk disk) {
        try {
            finish(folder, disk);
        } catch (IOException e) {
            throw new UserException("An interrupted save in '" + folder + "' could not be completed (" + IoReason.of(e)
                    + "); check the folder's permissions.", e);
        }
    }

    /** Whether {@code folder} has the files without which there is none, as opposed to nothing or other files. */
    public boolean exists(Path folder) {
        return required.stream().allMatch(name -> locate(folder, name).isPresent());
    }

    /** Removes the files in {@code folder}, and whatever an interrupted save left, but no other file. */
    public void clear(Path folder) {
        try {
            deleteFolder(partial(folder), Disk.REAL);
            deleteFolder(commit(folder), Disk.REAL);
            for (String name : names) {
                Files.deleteIfExists(folder.resolve(name));
            }
        } catch (IOException e) {
            throw new UserException("The old " + what + " in '" + folder + "' could not be removed (" + IoReason.of(e)
                    + "); check the folder's permissions or choose another.", e);
        }
    }

    /** Where the file {@code name} is at this moment; empty when there is no such file. */
    public Optional<Path> locate(Path folder, String name) {
        Path commit = commit(folder);
        if (Files.exists(commit.resolve(name))) {
            return Optional.of(commit.resolve(name));
        }
        try {
            if (obsolete(commit).contains(name)) {
                return Optional.empty();
            }
        } catch (IOException e) {
            throw new UserException("'" + commit + "' cannot be read (" + IoReason.of(e) + "); check the folder's permissions.", e);
        }
        return Optional.of(folder.resolve(name)).filter(Files::exists);
    }

    /** What {@code reader} makes of the file {@code name}, also while another process saves; empty when there is no such file. */
    public <T> Optional<T> read(Path folder, String name, Function<Path, T> reader) {
        for (int attempt = 1;; attempt++) {
            Optional<Path> path = locate(folder, name);
            if (path.isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(reader.apply(path.get()));
            } catch (UserException e) {
                if (attempt == ATTEMPTS || Files.exists(path.get())) {
                    throw e;
                }
            }
        }
    }

    /** Where a save writes: rubbish after a kill. */
    public Path partial(Path folder) {
        return folder.resolve("." + what + ".partial");
    }

    /** Where the files of a save lie that counts but has not been moved yet. */
    public Path commit(Path folder) {
        return folder.resolve("." + what + ".commit");
    }

    /** Takes the files of one save. */
    public final class Save {
        private final Path partial;
        private final Disk disk;
        private final Set<String> missing = new TreeSet<>(names);

        private Save(Path partial, Disk disk) {
            this.partial = partial;
            this.disk = disk;
        }

        /** Writes a file of these bytes. */
        public void write(String name, byte[] bytes) throws IOException {
            write(name, to -> {
                for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining();) {
                    to.write(rest);
                }
            });
        }

        /** Writes the file {@code name}, one of those that the folder is known to hold, and forces it to the disk; gives its size and checksum. */
        public FileDigest write(String name, Body body) throws IOException {
            if (!missing.remove(name)) {
                throw new IllegalArgumentException("a " + what + " has no file '" + name + "', or has it already");
            }
            return force(name, body);
        }

        /**
         * Gives the file {@code name} the bytes of one that another save has completed, by a second name for it: files of a save are replaced, never
         * changed. Where that can't be, the bytes are written.
         *
         * @param existing  the other file
         * @param digest    its size and checksum
         * @param otherwise writes the same bytes
         */
        public FileDigest link(String name, Path existing, FileDigest digest, Body otherwise) throws IOException {
            if (!missing.remove(name)) {
                throw new IllegalArgumentException("a " + what + " has no file '" + name + "', or has it already");
            }
            try {
                disk.link(existing, partial.resolve(name));
            } catch (IOException e) {
                return force(name, otherwise);
            }
            return digest;
        }

        private FileDigest force(String name, Body body) throws IOException {
            try (Disk.Output out = disk.create(partial.resolve(name))) {
                FileDigest.Writer to = new FileDigest.Writer(out);
                body.writeTo(to);
                out.force();
                return to.digest();
            }
        }

        private void listObsolete(Path folder) throws IOException {
            missing.removeIf(name -> !Files.exists(folder.resolve(name)));
            if (!missing.isEmpty()) {
                byte[] list = String.join("\n", missing).getBytes(StandardCharsets.UTF_8);
                force(OBSOLETE, to -> to.write(ByteBuffer.wrap(list)));
            }
        }
    }

    /** Deletes an unfinished save, and carries a committed one to its end. Each step may be the last: the next call goes on from there. */
    private void finish(Path folder, Disk disk) throws IOException {
        deleteFolder(partial(folder), disk);
        Path commit = commit(folder);
        if (!Files.isDirectory(commit)) {
            return;
        }
        for (String name : obsolete(commit)) {
            disk.delete(folder.resolve(name));
        }
        for (Path file : list(commit)) {
            String name = file.getFileName().toString();
            if (!name.equals(OBSOLETE)) {
                disk.rename(file, folder.resolve(name));
            }
        }
        disk.sync(folder);
        deleteFolder(commit, disk);
        disk.sync(folder);
    }

    /** The list may be that of a folder with further files; but whoever wrote it, no name on it leads out of the folder. */
    private static Set<String> obsolete(Path commit) throws IOException {
        Path file = commit.resolve(OBSOLETE);
        Set<String> obsolete = new TreeSet<>();
        if (Files.exists(file)) {
            obsolete.addAll(Files.readAllLines(file));
            obsolete.removeIf(name -> !name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*"));
        }
        return obsolete;
    }

    private static void deleteFolder(Path folder, Disk disk) throws IOException {
        if (Files.isDirectory(folder)) {
            for (Path file : list(folder)) {
                disk.delete(file);
            }
            disk.delete(folder);
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** Space is spoken of only where it is short: a save fails for lack of permission and for limits on files, too. */
    private static String remedy(IOException e, long needed, OptionalLong free) {
        boolean full = free.isPresent() && free.getAsLong() < needed || IoReason.of(e).contains("No space left");
        if (!full) {
            return "; check the folder's permissions and the limits on files and their size, or choose another folder";
        }
        return ": it needs about " + mebibytes(needed) + " and " + (free.isPresent() ? mebibytes(free.getAsLong()) + " are free" : "the free space is unknown")
                + "; free some space or choose another folder";
    }

    private static OptionalLong freeBytes(Path folder) {
        try {
            Path nearest = folder.toAbsolutePath();
            while (nearest != null && !Files.exists(nearest)) {
                nearest = nearest.getParent();
            }
            return nearest == null ? OptionalLong.empty() : OptionalLong.of(Files.getFileStore(nearest).getUsableSpace());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
}
