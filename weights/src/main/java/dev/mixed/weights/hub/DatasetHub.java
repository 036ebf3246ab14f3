// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import dev.mixed.io.IoReason;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a data set by its name on Hugging Face's hub: in the cache, or else by downloading the Parquet files that the hub converts each data set to. What was
 * downloaded here, Python finds, too.
 */
public final class DatasetHub {
    /** What begins the name of a data set on the hub, where a file or folder might stand. */
    public static final String PREFIX = "hub:";

    private static final String REVISION = "refs/convert/parquet";
    private static final String DEFAULT = "default";
    /** Configuration, split and number of a converted file. */
    private static final Pattern CONVERTED = Pattern.compile("([A-Za-z0-9_][\\w.-]*)/([A-Za-z0-9_][\\w.-]*)/\\d+\\.parquet");
    private static final Pattern CONFIGURATION = Pattern.compile("[A-Za-z0-9][\\w.-]*");

    private final Set<String> splits;
    private final Supplier<HubSettings> environment;
    private final DownloadProgress progress;
    private final Duration pause;
    private final Duration patience;

    /**
     * A hub as the environment of this process describes it.
     *
     * @param splits  names of those that are wanted, of which a data set may lack some
     * @param offline whether to use only what is here
     */
    public DatasetHub(Set<String> splits, boolean offline, DownloadProgress progress) {
        this(splits, () -> HubSettings.of(System.getenv(), Path.of(System.getProperty("user.home")), offline), progress, Duration.ofSeconds(1),
                Duration.ofSeconds(60));
    }

    DatasetHub(Set<String> splits, Supplier<HubSettings> environment, DownloadProgress progress, Duration pause, Duration patience) {
        this.splits = Set.copyOf(splits);
        this.environment = environment;
        this.progress = progress;
        this.pause = pause;
        this.patience = patience;
    }

    /** Whether a name is one on the hub, rather than a path. */
    public static boolean isName(String data) {
        return data.startsWith(PREFIX);
    }

    /**
     * The folder of a data set, with a folder of Parquet files for each split.
     *
     * @param data {@code hub:owner/name}, or {@code hub:owner/name:configuration}
     * @throws UserException if there is none, in one sentence that says what was tried
     */
    public Path locate(String data) {
        String[] parts = data.substring(PREFIX.length()).split(":", -1);
        if (parts.length > 2 || !RepoId.isName(parts[0]) || parts.length == 2 && !CONFIGURATION.matcher(parts[1]).matches()) {
            throw new UsageException("'" + data + "' names no data set on the hub; write " + PREFIX + "owner/name, or " + PREFIX + "owner/name:configuration.");
        }
        RepoId repo = new RepoId(parts[0], RepoId.Kind.DATASET);
        Optional<String> configuration = parts.length == 2 ? Optional.of(parts[1]) : Optional.empty();
        HubSettings settings = environment.get();
        HubCache cache = new HubCache(settings.cache(), repo, REVISION);
        try {
            Optional<Path> snapshot = cache.snapshot();
            String known = configuration.orElse(DEFAULT);
            if (snapshot.isPresent() && cache.isWhole(snapshot.get(), known)) {
                return snapshot.get().resolve(known);
            }
            if (settings.offline().isPresent()) {
                throw new UserException("The data set '" + repo.name() + "' is not complete in the cache '" + settings.cache() + "', and "
                        + settings.offline().get() + " forbids to download it; allow that once, or give a file or folder.");
            }
            try (HubClient client = new HubClient(settings)) {
                return download(repo, configuration, cache, client, settings);
            }
        } catch (IOException e) {
            throw new UserException("The data set '" + repo.name() + "' cannot be kept in the cache '" + settings.cache() + "' (" + IoReason.of(e)
                    + "); correct that, or set HF_HOME to another folder.", e);
        }
    }

    private Path download(RepoId repo, Optional<String> asked, HubCache cache, HubClient client, HubSettings settings) throws IOException {
        List<String> files = client.files(repo, REVISION).orElseThrow(() -> new UserException("'" + repo.name() + "' has no converted Parquet files on "
                + settings.endpoint() + "; download its files, and name their folder."));
        Map<String, Set<String>> configurations = new TreeMap<>();
        for (String file : files) {
            Matcher converted = CONVERTED.matcher(file);
            if (converted.matches()) {
                configurations.computeIfAbsent(converted.group(1), name -> new TreeSet<>()).add(converted.group(2));
            }
        }
        String configuration = configuration(repo, asked, configurations.keySet());
        List<String> wanted = files.stream().filter(file -> {
            Matcher converted = CONVERTED.matcher(file);
            return converted.matches() && converted.group(1).equals(configuration) && splits.contains(converted.group(2));
        }).sorted().toList();
        if (wanted.isEmpty()) {
            throw new UserException("'" + repo.name() + "' has no split for training, its splits are " + String.join(", ",
                    configurations.getOrDefault(configuration, Set.of())) + "; download its files, and name them train, validation and test.");
        }
        Download download = new Download(client, progress, pause, patience);
        String commit = REVISION;
        for (String file : wanted) {
            // All of the commit that the first one was of.
            RemoteFile found = client.find(repo, commit, file)
                    .orElseThrow(
                            () -> new UserException("'" + repo.name() + "' lacks " + file + ", which " + settings.endpoint() + " lists; try again later."));
            commit = found.commit();
            cache.add(found, blob -> download.run(found, blob));
        }
        cache.rememberWhole(commit, configuration);
        cache.use(commit);
        // What was not named is found without the hub the next time.
        if (asked.isEmpty() && !configuration.equals(DEFAULT)) {
            progress.notice("'" + repo.name() + "' has the one configuration " + configuration + "; offline, name it: " + PREFIX + repo.name() + ":"
                    + configuration + ".");
        }
        return cache.folder(commit).resolve(configuration);
    }

    private static String configuration(RepoId repo, Optional<String> asked, Set<String> known) {
        if (known.isEmpty()) {
            throw new UserException("'" + repo.name() + "' has no converted Parquet files; download its files, and name their folder.");
        }
        String chosen = asked.orElseGet(() -> known.size() == 1 ? known.iterator().next() : DEFAULT);
        if (!known.contains(chosen)) {
            throw new UserException("'" + repo.name() + "' has " + (asked.isPresent() ? "no configuration '" + chosen + "', but " : "several configurations: ")
                    + String.join(", ", known) + "; name one, such as " + PREFIX + repo.name() + ":" + known.iterator().next() + ".");
        }
        return chosen;
    }
}
