package dev.mixed.bert.checkpoint;

import dev.mixed.bert.IoReason;
import dev.mixed.bert.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Saves checkpoints so that the folder holds a complete one, the previous or the new, whenever the process is killed.
 *
 * <p>A folder with files in it cannot be replaced in one step, so a save keeps a redo log inside it:
 * <ol>
 * <li>All files are written to {@code .checkpoint.partial} and forced to the disk. Until the next step this is rubbish.</li>
 * <li>{@code .checkpoint.partial} is renamed to {@code .checkpoint.commit}. From this single step on the new checkpoint counts.</li>
 * <li>The files move, one rename each, from there into the folder; then the empty {@code .checkpoint.commit} is removed.</li>
 * </ol>
 * {@link #locate} finds each file in {@code .checkpoint.commit} first and in the folder second, so a reader sees the whole new
 * checkpoint however far the third step got. The next {@link #save} or {@link #recover} completes an interrupted third step and
 * deletes what an interrupted first one left. Readers never change the folder: {@code eval} may look on while a run is saving.
 * Other files in the folder (metrics, plots, {@code last/}) are not touched.
 */
public final class CheckpointFolder {

    public static final String CONFIG = "config.json";
    public static final String VOCAB = "vocab.txt";
    public static final String MODEL = "model.safetensors";
    public static final String STATE = "training_state.json";
    public static final String STATE_TENSORS = "training_state.safetensors";

    /** The files of a tokenizer that Hugging Face knows and a checkpoint carries along. */
    public static final List<String> TOKENIZER_FILES = List.of(VOCAB, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");

    static final String PARTIAL = ".checkpoint.partial";
    static final String COMMIT = ".checkpoint.commit";

    /** Lists, in {@link #COMMIT}, files of the previous checkpoint that the new one does not have. */
    private static final String OBSOLETE = "obsolete";

    private CheckpointFolder() {
    }

    /**
     * Replaces the checkpoint in {@code folder}, which is created where needed. A {@link UserException} (full disk, no permission)
     * means that the previous checkpoint is intact and nothing of the new one is left behind.
     */
    public static void save(Path folder, CheckpointContents contents) {
        save(folder, contents, Disk.REAL);
    }

    static void save(Path folder, CheckpointContents contents, Disk disk) {
        boolean existed = Files.exists(folder);
        try {
            disk.createDirectories(folder);
            finish(folder, disk);
            Path partial = folder.resolve(PARTIAL);
            disk.createDirectories(partial);
            writeFiles(folder, partial, contents, disk);
            disk.sync(partial);
            disk.rename(partial, folder.resolve(COMMIT));
        } catch (IOException e) {
            discard(folder, existed, disk);
            throw new UserException("The checkpoint could not be saved in '" + folder + "' (" + IoReason.of(e) + ")"
                    + remedy(e, contents.tensorBytes(), freeBytes(folder)) + (exists(folder) ? " (the previous checkpoint there is intact)." : "."), e);
        } catch (RuntimeException e) {
            discard(folder, existed, disk);
            throw e;
        }
        try {
            disk.sync(folder);
            finish(folder, disk);
        } catch (IOException e) {
            throw new UserException("The checkpoint was saved in '" + folder.resolve(COMMIT) + "' but could not be moved into '" + folder
                    + "' (" + IoReason.of(e) + "); correct that, and the next run or --resume completes it.", e);
        }
    }

    /** Completes an interrupted save and removes its leftovers. Only for the run that owns the folder, before it resumes. */
    public static void recover(Path folder) {
        try {
            finish(folder, Disk.REAL);
        } catch (IOException e) {
            throw new UserException("An interrupted save in '" + folder + "' could not be completed (" + IoReason.of(e)
                    + "); check the folder's permissions.", e);
        }
    }

    /** Whether {@code folder} holds a checkpoint, as opposed to nothing or other files. */
    public static boolean exists(Path folder) {
        return locate(folder, CONFIG).isPresent() && locate(folder, MODEL).isPresent();
    }

    /** Removes the checkpoint in {@code folder}, and whatever an interrupted save left, but no other file. */
    public static void clear(Path folder) {
        try {
            deleteFolder(folder.resolve(PARTIAL), Disk.REAL);
            deleteFolder(folder.resolve(COMMIT), Disk.REAL);
            for (String name : allNames()) {
                Files.deleteIfExists(folder.resolve(name));
            }
        } catch (IOException e) {
            throw new UserException("The old checkpoint in '" + folder + "' could not be removed (" + IoReason.of(e)
                    + "); check the folder's permissions or choose another.", e);
        }
    }

    /** Where the checkpoint's file {@code name} is at this moment; empty when the checkpoint has no such file. */
    public static Optional<Path> locate(Path folder, String name) {
        Path commit = folder.resolve(COMMIT);
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

    private static void writeFiles(Path folder, Path partial, CheckpointContents contents, Disk disk) throws IOException {
        Map<String, FileDigest> digests = new LinkedHashMap<>();
        Set<String> obsolete = new TreeSet<>(allNames());
        writeBytes(partial, CONFIG, contents.config().toJson(), obsolete, disk);
        for (Map.Entry<String, byte[]> file : contents.tokenizerFiles().entrySet()) {
            writeBytes(partial, file.getKey(), file.getValue(), obsolete, disk);
        }
        digests.put(MODEL, write(partial, MODEL, obsolete, disk, to -> SafetensorsWriter.write(to, contents.model(), SafetensorsWriter.PYTORCH)));
        if (contents.state().isPresent()) {
            digests.put(STATE_TENSORS, write(partial, STATE_TENSORS, obsolete, disk,
                    to -> SafetensorsWriter.write(to, contents.stateTensors(), SafetensorsWriter.PYTORCH)));
            writeBytes(partial, STATE, contents.state().get().toJson(digests), obsolete, disk);
        }
        obsolete.removeIf(name -> !Files.exists(folder.resolve(name)));
        if (!obsolete.isEmpty()) {
            writeBytes(partial, OBSOLETE, String.join("\n", obsolete).getBytes(StandardCharsets.UTF_8), obsolete, disk);
        }
    }

    private interface Body {
        void writeTo(FileDigest.Writer channel) throws IOException;
    }

    private static void writeBytes(Path partial, String name, byte[] bytes, Set<String> obsolete, Disk disk) throws IOException {
        write(partial, name, obsolete, disk, to -> {
            for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                to.write(rest);
            }
        });
    }

    private static FileDigest write(Path partial, String name, Set<String> obsolete, Disk disk, Body body) throws IOException {
        obsolete.remove(name);
        try (Disk.Output out = disk.create(partial.resolve(name))) {
            FileDigest.Writer to = new FileDigest.Writer(out);
            body.writeTo(to);
            out.force();
            return to.digest();
        }
    }

    /** Deletes an unfinished save, and carries a committed one to its end. Each step may be the last: the next call goes on from there. */
    static void finish(Path folder, Disk disk) throws IOException {
        deleteFolder(folder.resolve(PARTIAL), disk);
        Path commit = folder.resolve(COMMIT);
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

    private static Set<String> obsolete(Path commit) throws IOException {
        Path file = commit.resolve(OBSOLETE);
        Set<String> names = new TreeSet<>();
        if (Files.exists(file)) {
            names.addAll(Files.readAllLines(file));
            names.retainAll(allNames());
        }
        return names;
    }

    private static List<String> allNames() {
        List<String> names = new ArrayList<>(TOKENIZER_FILES);
        names.addAll(List.of(CONFIG, MODEL, STATE, STATE_TENSORS));
        return names;
    }

    /** Removes what a failed save wrote; a second failure there is left to the next save. */
    private static void discard(Path folder, boolean existed, Disk disk) {
        try {
            deleteFolder(folder.resolve(PARTIAL), disk);
            if (!existed) {
                disk.delete(folder);
            }
        } catch (IOException ignored) {
            // The save's own failure is the one to report.
        }
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
            while (!Files.exists(nearest)) {
                nearest = nearest.getParent();
            }
            return OptionalLong.of(Files.getFileStore(nearest).getUsableSpace());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
}
