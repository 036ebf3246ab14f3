// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a training run keeps its two checkpoints, and earlier ones where it is to keep some.
 * <pre>
 * runs/x/        config.json vocab.txt model.safetensors        the best epoch: what eval, predict and Hugging Face open
 * runs/x/last/   the same and training_state.{json,safetensors} the latest state: what --resume continues from
 * runs/x/checkpoint-500/ the same as last/ was after step 500
 * </pre>
 * Metrics, plots and the run's options lie in {@code runs/x/} too and are not touched here.
 * At the end of an epoch the best model is saved first: a kill in between repeats the epoch from {@code last/} and writes the same
 * best model again, whereas the other order would keep a best score whose model was never written.
 *
 * @param root the run's output folder
 */
public record RunFolder(Path root) {
    private static final String KEPT = "checkpoint-";

    /** Folder of the best epoch's model, without training state. */
    public Path best() {
        return root;
    }

    /** Folder of the latest model with its training state. */
    public Path last() {
        return root.resolve("last");
    }

    /** Folder of the checkpoint of a step, for a run that keeps several. */
    public Path kept(long step) {
        return root.resolve(KEPT + step);
    }

    /** The folders of {@link #kept} checkpoints, by step. */
    SortedMap<Long, Path> kept() {
        SortedMap<Long, Path> kept = new TreeMap<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root, KEPT + "*")) {
            for (Path folder : folders) {
                String step = folder.getFileName().toString().substring(KEPT.length());
                if (step.matches("\\d{1,18}") && Files.isDirectory(folder)) {
                    kept.put(Long.valueOf(step), folder);
                }
            }
        } catch (NoSuchFileException e) {
            // A run that has not saved anything.
        } catch (DirectoryIteratorException e) {
            throw unreadable(Objects.requireNonNull(e.getCause(), "such an exception has a cause"));
        } catch (IOException e) {
            throw unreadable(e);
        }
        return kept;
    }

    private UserException unreadable(IOException e) {
        return new UserException("'" + root + "' cannot be read (" + IoReason.of(e) + "); check its permissions.", e);
    }

    /** Whether a folder is one of this run's checkpoints but for the best. */
    public boolean holds(Path folder) {
        return folder.equals(last()) || kept().containsValue(folder);
    }

    /** Removes all kept checkpoints but the latest {@code most} of those up to a step, with which a run has gone on. */
    void prune(long step, int most) {
        SortedMap<Long, Path> kept = kept();
        List<Path> whole = kept.headMap(step + 1).values().stream().filter(CheckpointFolder::exists).toList();
        Set<Path> stay = Set.copyOf(whole.subList(Math.max(0, whole.size() - most), whole.size()));
        kept.values().stream().filter(folder -> !stay.contains(folder)).forEach(RunFolder::remove);
    }

    private static void remove(Path folder) {
        CheckpointFolder.clear(folder);
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // Someone keeps other files there.
        } catch (IOException e) {
            throw new UserException("'" + folder + "' cannot be removed (" + IoReason.of(e) + "); check its permissions.", e);
        }
    }

    /** Whether there is a state to resume from. */
    public boolean canResume() {
        return CheckpointFolder.exists(last()) && ModelFolder.locate(last(), CheckpointFolder.STATE).isPresent();
    }

    /** Completes interrupted saves of any checkpoint; a run calls it before it resumes. */
    public void recover() {
        CheckpointFolder.recover(best());
        CheckpointFolder.recover(last());
        kept().values().forEach(CheckpointFolder::recover);
    }

    /** Removes all checkpoints, for a run that starts anew in the same folder. */
    public void clear() {
        kept().values().forEach(RunFolder::remove);
        CheckpointFolder.clear(last());
        CheckpointFolder.clear(best());
    }
}
