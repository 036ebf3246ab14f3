package dev.mixed.bert.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * One model in the folder that Python's {@code huggingface_hub} uses too, in its layout:
 * <pre>
 * models--google--bert/refs/main                       the commit that "main" stood for when it was last asked
 *                      blobs/ETAG                      each file's content, under its checksum
 *                      snapshots/COMMIT/config.json    links to blobs: the folder of the model
 *                      .no_exist/COMMIT/vocab.txt      files that the model is known not to have
 * .locks/models--google--bert/ETAG.lock                held while a blob is written
 * </pre>
 */
final class HubCache {
    private static final String BRANCH = "main";

    private final Path locks;
    private final Path root;

    HubCache(Path cache, RepoId repo) {
        this.root = cache.resolve(repo.folder());
        this.locks = cache.resolve(".locks").resolve(repo.folder());
    }

    /** The folder of the model as of the last visit to the hub; it need not hold all files. */
    Optional<Path> snapshot() throws IOException {
        Path ref = root.resolve("refs").resolve(BRANCH);
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
        if (!Files.exists(folder.resolve(file))) {
            Files.createFile(folder.resolve(file));
        }
    }

    /** Makes {@code commit} the one that the next offline use finds. */
    Path use(String commit) throws IOException {
        Path refs = Files.createDirectories(root.resolve("refs"));
        Path partial = refs.resolve("." + BRANCH + ".partial");
        Files.writeString(partial, commit);
        Files.move(partial, refs.resolve(BRANCH), StandardCopyOption.ATOMIC_MOVE);
        return Files.createDirectories(snapshot(commit));
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
        Files.createDirectories(link.getParent());
        // A link whose blob was removed is in the way.
        Files.deleteIfExists(link);
        try {
            Files.createSymbolicLink(link, link.getParent().relativize(blob));
        } catch (FileAlreadyExistsException e) {
            // Another process was faster.
        } catch (UnsupportedOperationException | FileSystemException e) {
            // Windows allows links to some users only; huggingface_hub moves the content there too.
            Files.move(blob, link, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
