// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * One model, or data set ({@code datasets--}), in the folder that Python's {@code huggingface_hub} uses too, in its layout:
 * <pre>
 * models--google--bert/refs/main                       the commit that "main" stood for when it was last asked
 *                      blobs/ETAG                      each file's content, under its checksum
 *                      snapshots/COMMIT/config.json    links to blobs: the folder of the model
 *                      .no_exist/COMMIT/vocab.txt      files that the model is known not to have
 *                      .mixed-whole/COMMIT/default     parts of a data set whose files are all here
 * .locks/models--google--bert/ETAG.lock                held by miXed while it writes a blob
 * </pre>
 *
 * <p>Python locks the same file but by {@code flock(2)}, of which Java's locks, {@code fcntl(2)}'s, see nothing: each keeps out its own
 * processes alone. So what miXed has not yet finished goes by names of its own, and all that both may write at once is the same, whoever is
 * first.
 */
final class HubCache {
    private static final String BRANCH = "main";

    /** Of miXed alone: huggingface_hub asks the hub each time. */
    private static final String WHOLE = ".mixed-whole";

    private final Path locks;
    private final Path root;
    private final String revision;

    HubCache(Path cache, RepoId repo) {
        this(cache, repo, BRANCH);
    }

    /** @param revision a branch, or a reference such as {@code refs/convert/parquet} */
    HubCache(Path cache, RepoId repo, String revision) {
        this.revision = revision;
        this.root = cache.resolve(repo.folder());
        this.locks = cache.resolve(".locks").resolve(repo.folder());
    }

    /** The folder of the model as of the last visit to the hub; it need not hold all files. */
    Optional<Path> snapshot() throws IOException {
        Path ref = root.resolve("refs").resolve(revision);
        if (!Files.isRegularFile(ref) || Files.size(ref) > 1000) {
            return Optional.empty();
        }
        String commit = Files.readString(ref).strip();
        return commit.matches("[0-9a-f]{40}") ? Optional.of(snapshot(commit)).filter(Files::isDirectory) : Optional.empty();
    }

    private Path snapshot(String commit) {
        return root.resolve("snapshots").resolve(commit);
    }

    /** Whether the model has no file of this name, as far as is known. */
    boolean isKnownAbsent(Path snapshot, String file) {
        return Files.exists(root.resolve(".no_exist").resolve(snapshot.getFileName()).resolve(file));
    }

    void rememberAbsent(String commit, String file) throws IOException {
        Path folder = root.resolve(".no_exist").resolve(commit);
        Files.createDirectories(folder);
        try {
            Files.createFile(folder.resolve(file));
        } catch (FileAlreadyExistsException e) {
            // Known before, or another process was faster.
        }
    }

    /** The folder of a commit's files, made if it is not there. */
    Path folder(String commit) throws IOException {
        return Files.createDirectories(snapshot(commit));
    }

    /** Makes {@code commit} the one that the next use finds; once its files are here, so that a broken download hides no older model. */
    void use(String commit) throws IOException {
        Path ref = root.resolve("refs").resolve(revision);
        Files.createDirectories(Objects.requireNonNull(ref.getParent(), "it is in refs"));
        // Of this process alone, and not in refs, where Python would take what a kill leaves for a branch.
        Path partial = root.resolve("." + revision.replace('/', '-') + "." + UUID.randomUUID() + ".partial");
        try {
            Files.writeString(partial, commit);
            Files.move(partial, ref, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Whether all files of a part of a commit, such as one configuration of a data set, are here. */
    boolean isWhole(Path snapshot, String part) {
        return Files.exists(root.resolve(WHOLE).resolve(snapshot.getFileName()).resolve(part));
    }

    /** Remembers that all files of a part are here. */
    void rememberWhole(String commit, String part) throws IOException {
        Path folder = Files.createDirectories(root.resolve(WHOLE).resolve(commit));
        if (!Files.exists(folder.resolve(part))) {
            Files.write(folder.resolve(part), new byte[0]);
        }
    }

    interface Fetch {
        void to(Path blob) throws IOException;
    }

    /** Puts {@code file} into its commit's folder, fetching the content unless it is here. */
    void add(RemoteFile file, Fetch fetch) throws IOException {
        Path link = snapshot(file.commit()).resolve(file.name());
        if (Files.exists(link)) {
            return;
        }
        Path blobs = Files.createDirectories(root.resolve("blobs"));
        Path blob = blobs.resolve(file.etag());
        Files.createDirectories(locks);
        try (FileChannel channel = FileChannel.open(locks.resolve(file.etag() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = channel.lock()) {
            // Another process may have been at it while this one waited.
            if (!Files.exists(blob)) {
                fetch.to(blob);
            }
        }
        Path folder = Objects.requireNonNull(link.getParent(), "a file of a commit is in a folder");
        Files.createDirectories(folder);
        // A link whose blob was removed is in the way.
        Files.deleteIfExists(link);
        try {
            Files.createSymbolicLink(link, folder.relativize(blob));
        } catch (FileAlreadyExistsException e) {
            // Another process was faster.
        } catch (UnsupportedOperationException | FileSystemException e) {
            // Windows allows links to some users only; huggingface_hub moves the content there too.
            Files.move(blob, link, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
