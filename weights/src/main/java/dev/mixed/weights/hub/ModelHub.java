// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import dev.mixed.io.IoReason;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import dev.mixed.weights.ShardedWeights;
import dev.mixed.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Finds the model that a user names: a folder here, else a model in Hugging Face's cache, else one that is downloaded into that cache.
 * Python finds what was downloaded here, and the reverse.
 */
public final class ModelHub {
    private static final String BRANCH = "main";

    private final ModelFiles files;
    private final Supplier<HubSettings> environment;
    private final DownloadProgress progress;
    private final Duration pause;
    private final Duration patience;

    /**
     * A hub as the environment of this process describes it.
     *
     * @param files   what to look for and to fetch of each model
     * @param offline whether to use only what is here
     */
    public ModelHub(ModelFiles files, boolean offline, DownloadProgress progress) {
        this(files, () -> HubSettings.of(System.getenv(), Path.of(System.getProperty("user.home")), offline), progress, Duration.ofSeconds(1),
                Duration.ofSeconds(60));
    }

    /** @param environment asked only for a name on the hub: a wrong variable is no matter to who uses a folder */
    ModelHub(ModelFiles files, Supplier<HubSettings> environment, DownloadProgress progress, Duration pause, Duration patience) {
        this.files = files;
        this.environment = environment;
        this.progress = progress;
        this.pause = pause;
        this.patience = patience;
    }

    /**
     * The folder of a model, with its configuration and weights.
     *
     * @param model path of a folder, or a name on the hub
     * @throws UserException if there is none, in one sentence that says what was tried
     */
    public Path locate(String model) {
        try {
            Path path = Path.of(model);
            // What can't be a name is left to the reader of the folder to complain about.
            if (Files.exists(path) || !RepoId.isName(model)) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw new UserException("'" + model + "' is neither a folder nor a model's name; correct it.", e);
        }
        RepoId repo = new RepoId(model);
        HubSettings settings = environment.get();
        HubCache cache = new HubCache(settings.cache(), repo);
        try {
            return locate(repo, cache, settings);
        } catch (IOException e) {
            throw new UserException("'" + model + "' cannot be kept in the cache '" + settings.cache() + "' (" + IoReason.of(e)
                    + "); correct that, or set HF_HOME to another folder.", e);
        }
    }

    private Path locate(RepoId repo, HubCache cache, HubSettings settings) throws IOException {
        Optional<Path> snapshot = cache.snapshot();
        if (snapshot.isPresent() && hasModel(snapshot.get()) && hasExtras(snapshot.get(), cache)) {
            return snapshot.get();
        }
        Optional<Path> usable = snapshot.filter(ModelHub::hasModel);
        if (settings.offline().isPresent()) {
            usable.ifPresent(folder -> tellUnknown(repo, folder, cache, settings.offline().get() + " forbids to ask"));
            return usable.orElseThrow(() -> new UserException("'" + repo.name() + "' is neither a folder nor complete in the cache '" + settings.cache()
                    + "', and " + settings.offline().get() + " forbids to download it; allow that once, or give the folder of a model."));
        }
        try (HubClient client = new HubClient(settings)) {
            return download(repo, cache, client, settings);
        } catch (UnreachableException e) {
            usable.ifPresent(folder -> tellUnknown(repo, folder, cache, "the hub cannot be reached"));
            return usable.orElseThrow(() -> new UserException("'" + repo.name() + "' is no folder here, and " + e.getMessage(), e));
        }
    }

    private static boolean hasModel(Path snapshot) {
        if (!Files.exists(snapshot.resolve(ModelFiles.CONFIG))) {
            return false;
        }
        for (WeightFormat format : WeightFormat.values()) {
            Path file = snapshot.resolve(format.fileName());
            if (Files.exists(file)) {
                return !format.isIndex() || shards(file).stream().allMatch(shard -> Files.exists(snapshot.resolve(shard)));
            }
        }
        return false;
    }

    /** Settings of a tokenizer that the cache has not got would change the ids of all texts: what is used without them is not used in silence. */
    private void tellUnknown(RepoId repo, Path snapshot, HubCache cache, String why) {
        List<String> unknown = files.extras().stream().filter(file -> !Files.exists(snapshot.resolve(file)) && !cache.isKnownAbsent(snapshot, file)).toList();
        progress.notice("'" + repo.name() + "' is used as the cache has it, without " + String.join(", ", unknown) + ": whether the model has "
                + (unknown.size() == 1 ? "it" : "them") + " can't be told, since " + why + "; if so, texts are read otherwise than it was trained. "
                + "To be sure, run once with the network.");
    }

    private boolean hasExtras(Path snapshot, HubCache cache) {
        return files.anyOf().stream().anyMatch(file -> Files.exists(snapshot.resolve(file)))
                && files.extras().stream().allMatch(file -> Files.exists(snapshot.resolve(file)) || cache.isKnownAbsent(snapshot, file));
    }

    private static List<String> shards(Path index) {
        return List.copyOf(ShardedWeights.files(index.toString(), JsonFile.read(index)));
    }

    private Path download(RepoId repo, HubCache cache, HubClient client, HubSettings settings) throws IOException {
        RemoteFile config = client.find(repo, BRANCH, ModelFiles.CONFIG).orElseThrow(() -> new UserException("'" + repo.name()
                + "' has no config.json on " + settings.endpoint() + "; name " + files.kind() + "."));
        String commit = config.commit();
        Path snapshot = cache.folder(commit);
        Download download = new Download(client, progress, pause, patience);
        cache.add(config, blob -> download.run(config, blob));
        // Small files first: a model that can't be used shows before its weights are fetched.
        for (String name : files.extras()) {
            if (!add(repo, cache, client, download, commit, name)) {
                cache.rememberAbsent(commit, name);
            }
        }
        for (WeightFormat format : WeightFormat.values()) {
            if (add(repo, cache, client, download, commit, format.fileName())) {
                if (format.isIndex()) {
                    for (String shard : shards(snapshot.resolve(format.fileName()))) {
                        if (!add(repo, cache, client, download, commit, shard)) {
                            throw new UserException(
                                    "'" + repo.name() + "' lacks " + shard + ", which its " + format.fileName() + " names; choose another model.");
                        }
                    }
                }
                cache.use(commit);
                return snapshot;
            }
        }
        throw new UserException("'" + repo.name() + "' has neither model.safetensors nor pytorch_model.bin on " + settings.endpoint()
                + "; name a model with weights for PyTorch.");
    }

    private static boolean add(RepoId repo, HubCache cache, HubClient client, Download download, String commit, String name) throws IOException {
        Optional<RemoteFile> file = client.find(repo, commit, name);
        if (file.isPresent()) {
            cache.add(file.get(), blob -> download.run(file.get(), blob));
        }
        return file.isPresent();
    }
}
