// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Messages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models by name: from Hugging Face's cache, or by a download into it from a server on this machine. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModelHubTest {
    private static final String NAME = "org/small_BERT-1.0";
    private static final byte[] CONFIG = "{\"model_type\": \"bert\"}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] VOCAB = "[PAD]\n[UNK]\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] WEIGHTS = new byte[200_000];
    private static final ModelFiles FILES = new ModelFiles("a BERT model that transformers can load",
            List.of("vocab.txt", "tokenizer.json", "tokenizer_config.json"), Set.of("vocab.txt", "tokenizer.json"));
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path cache;
    private FakeHub hub;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(WEIGHTS);
        hub = new FakeHub(NAME).small("config.json", CONFIG).small("vocab.txt", VOCAB).large("pytorch_model.bin", WEIGHTS);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private ModelHub models(URI endpoint, String token, String offline, DownloadProgress progress, Duration patience) {
        return new ModelHub(FILES, () -> new HubSettings(endpoint, cache, Optional.ofNullable(token), Optional.ofNullable(offline)), progress,
                Duration.ofMillis(5), patience);
    }

    private ModelHub online() {
        return models(hub.endpoint(), null, null, DownloadProgress.NONE, PATIENCE);
    }

    private ModelHub offline() {
        return models(hub.endpoint(), null, "--offline", DownloadProgress.NONE, PATIENCE);
    }

    private void assertModel(Path folder) throws IOException {
        assertArrayEquals(CONFIG, Files.readAllBytes(folder.resolve("config.json")));
        assertArrayEquals(VOCAB, Files.readAllBytes(folder.resolve("vocab.txt")));
        assertArrayEquals(WEIGHTS, Files.readAllBytes(folder.resolve("pytorch_model.bin")));
    }

    private Path model() {
        return cache.resolve("models--org--small_BERT-1.0");
    }

    private List<String> gets() {
        return hub.requests.stream().filter(r -> r.startsWith("GET")).toList();
    }

    @Test
    void aDownloadLiesWherePythonLooksForIt() throws IOException {
        Path folder = online().locate(NAME);
        assertModel(folder);
        assertEquals(model().resolve("snapshots").resolve(FakeHub.COMMIT), folder);
        assertEquals(FakeHub.COMMIT, Files.readString(model().resolve("refs/main")));
        assertEquals(Path.of("../../blobs", FakeHub.sha256(WEIGHTS)), Files.readSymbolicLink(folder.resolve("pytorch_model.bin")));
        assertEquals(Path.of("../../blobs", FakeHub.gitBlob(CONFIG)), Files.readSymbolicLink(folder.resolve("config.json")));
        assertTrue(Files.exists(model().resolve(".no_exist").resolve(FakeHub.COMMIT).resolve("tokenizer.json")));
        try (var blobs = Files.list(model().resolve("blobs"))) {
            assertEquals(3, blobs.count());
        }
    }

    @Test
    void whatIsInTheCacheNeedsNoNetwork() throws IOException {
        online().locate(NAME);
        hub.requests.clear();
        assertModel(online().locate(NAME));
        assertModel(offline().locate(NAME));
        assertEquals(List.of(), hub.requests);
    }

    @Test
    void foldersComeFirst(@TempDir Path temp) {
        assertEquals(temp, online().locate(temp.toString()));
        assertEquals(Path.of("src"), online().locate("src"));
        for (String noName : List.of("./runs/x", "/nowhere/at/all", "a/b/c", "../x", "a..b")) {
            assertEquals(Path.of(noName), online().locate(noName));
        }
        assertEquals(List.of(), hub.requests);
    }

    @Test
    void offlineSaysWhatForbidsTheDownload() {
        Messages.assertRefused(() -> offline().locate(NAME), "'" + NAME + "' is neither a folder nor complete in the cache '" + cache, "--offline forbids");
        assertEquals(List.of(), hub.requests);
    }

    @Test
    void whatPythonLeftOutIsFetchedOrDoneWithout() throws IOException {
        Path folder = online().locate(NAME);
        Files.delete(folder.resolve("vocab.txt"));
        // Offline, the model may be used with another vocabulary.
        assertEquals(folder, offline().locate(NAME));
        assertFalse(Files.exists(folder.resolve("vocab.txt")));
        hub.status = 503;
        assertEquals(folder, online().locate(NAME));
        hub.status = 0;
        assertModel(online().locate(NAME));
        Files.delete(folder.resolve("pytorch_model.bin"));
        Messages.assertRefused(() -> offline().locate(NAME), "nor complete in the cache");
        assertModel(online().locate(NAME));
    }

    /** As after AutoModel.from_pretrained alone, or a download that was broken off: whether a tokenizer's settings are missing is not known. */
    @Test
    void whatMayBeMissingIsTold() throws IOException {
        List<String> told = new ArrayList<>();
        DownloadProgress progress = new DownloadProgress() {
            @Override
            public void notice(String sentence) {
                told.add(sentence);
            }
        };
        hub.small("tokenizer_config.json", CONFIG);
        ModelHub online = models(hub.endpoint(), null, null, progress, Duration.ofMillis(20));
        ModelHub offline = models(hub.endpoint(), null, "--offline", progress, PATIENCE);
        Path folder = online.locate(NAME);
        offline.locate(NAME);
        assertEquals(List.of(), told, "whole");
        Files.delete(folder.resolve("tokenizer_config.json"));
        assertEquals(folder, offline.locate(NAME));
        assertTrue(told.removeLast().contains("without tokenizer_config.json: whether the model has it can't be told, since --offline forbids to ask"));
        Path known = model().resolve(".no_exist").resolve(FakeHub.COMMIT).resolve("tokenizer.json");
        Files.delete(known);
        hub.status = 503;
        assertEquals(folder, online.locate(NAME));
        assertTrue(told.removeLast().contains("without tokenizer.json, tokenizer_config.json: whether the model has them can't be told, since the hub cannot"));
        hub.status = 0;
        online.locate(NAME);
        assertEquals(List.of(), told, "fetched");
        assertTrue(Files.exists(folder.resolve("tokenizer_config.json")));
        assertTrue(Files.exists(known));
    }

    @Test
    void cutConnectionsAreResumed() throws IOException {
        hub.cutAfter = 70_000;
        List<String> shown = new ArrayList<>();
        DownloadProgress progress = new DownloadProgress() {
            @Override
            public void start(String file, long done, long total) {
                shown.add(file + " " + done + "/" + total);
            }

            @Override
            public void advance(long done) {
                shown.add(String.valueOf(done));
            }
        };
        assertModel(models(hub.endpoint(), null, null, progress, PATIENCE).locate(NAME));
        List<String> store = gets().stream().filter(r -> r.contains("store")).toList();
        assertTrue(store.size() >= 3, store.toString());
        assertFalse(store.getFirst().contains("bytes="), store.toString());
        assertTrue(store.getLast().contains("bytes="), store.toString());
        assertTrue(shown.contains("pytorch_model.bin 0/200000"), shown.toString());
        assertEquals("200000", shown.getLast());
    }

    @Test
    void anEarlierCommandsPartIsTakenUp() throws IOException {
        Files.createDirectories(model().resolve("blobs"));
        Path part = model().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS) + ".mixed-incomplete");
        Files.write(part, java.util.Arrays.copyOf(WEIGHTS, 150_000));
        assertModel(online().locate(NAME));
        assertTrue(gets().contains("GET store /store/pytorch_model.bin bytes=150000-"), gets().toString());
        assertFalse(Files.exists(part));
    }

    @Test
    void serversWithoutRangesStartAgain() throws IOException {
        hub.ignoresRanges = true;
        Files.createDirectories(model().resolve("blobs"));
        Files.write(model().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS) + ".mixed-incomplete"), new byte[777]);
        assertModel(online().locate(NAME));
    }

    @Test
    void silentConnectionsAreGivenUpAndResumed() throws IOException {
        hub.silentAfter = 1000;
        assertModel(models(hub.endpoint(), null, null, DownloadProgress.NONE, Duration.ofMillis(300)).locate(NAME));
        assertTrue(gets().stream().anyMatch(r -> r.contains("bytes=1000-")), gets().toString());
    }

    @Test
    void aConnectionThatBringsNothingIsGivenUp() throws IOException {
        online().locate(NAME);
        Files.delete(model().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS)));
        Files.delete(model().resolve("snapshots").resolve(FakeHub.COMMIT).resolve("pytorch_model.bin"));
        FakeHub broken = hub;
        try (FakeHub other = new FakeHub(NAME).small("config.json", CONFIG).small("vocab.txt", VOCAB)) {
            other.large("pytorch_model.bin", WEIGHTS);
            other.cutAfter = 1;
            other.ignoresRanges = true;
            Messages.assertRefused(() -> models(other.endpoint(), null, null, DownloadProgress.NONE, PATIENCE).locate(NAME),
                    "pytorch_model.bin' cannot be reached", "check the network");
        }
        assertModel(models(broken.endpoint(), null, null, DownloadProgress.NONE, PATIENCE).locate(NAME));
    }

    @Test
    void damagedDownloadsAreRemoved() throws IOException {
        hub.damages = true;
        Messages.assertRefused(() -> online().locate(NAME), "config.json' was damaged on its way", FakeHub.gitBlob(CONFIG), "download it again");
        assertFalse(Files.exists(model().resolve("snapshots").resolve(FakeHub.COMMIT).resolve("config.json")));
        hub.damages = false;
        Path part = model().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS) + ".mixed-incomplete");
        Files.write(part, new byte[WEIGHTS.length]);
        Messages.assertRefused(() -> online().locate(NAME), "pytorch_model.bin' was damaged on its way", FakeHub.sha256(WEIGHTS));
        assertFalse(Files.exists(part));
        assertModel(online().locate(NAME));
    }

    /** A newer commit counts from the moment that its weights are here. */
    @Test
    void aBrokenUpdateLeavesTheOldModel() throws IOException {
        Path old = online().locate(NAME);
        // As Python leaves it, which does not look for every file of a tokenizer.
        Files.delete(model().resolve(".no_exist").resolve(FakeHub.COMMIT).resolve("tokenizer.json"));
        hub.commit = "f".repeat(40);
        hub.large("pytorch_model.bin", new byte[100_000]);
        hub.cutAfter = 1;
        hub.ignoresRanges = true;
        assertEquals(old, online().locate(NAME));
        assertEquals(FakeHub.COMMIT, Files.readString(model().resolve("refs/main")));
        assertModel(offline().locate(NAME));
        hub.cutAfter = 0;
        Path updated = online().locate(NAME);
        assertEquals(model().resolve("snapshots").resolve(hub.commit), updated);
        assertEquals(100_000, Files.size(updated.resolve("pytorch_model.bin")));
        assertEquals(updated, offline().locate(NAME));
    }

    /** Python locks and names its partial files in its own way: neither sees the other's. */
    @Test
    void aDownloadOfPythonsMayRunBesideThisOne() throws IOException {
        Path blob = model().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS));
        Files.createDirectories(blob.getParent());
        Path part = blob.resolveSibling(blob.getFileName() + ".incomplete");
        Files.write(part, new byte[1000]);
        DownloadProgress pythonIsFaster = new DownloadProgress() {
            private String name;

            @Override
            public void start(String file, long done, long total) {
                name = file;
            }

            @Override
            public void end() {
                if (name.equals("pytorch_model.bin")) {
                    try {
                        Files.write(blob, WEIGHTS);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        };
        assertModel(models(hub.endpoint(), null, null, pythonIsFaster, PATIENCE).locate(NAME));
        assertArrayEquals(new byte[1000], Files.readAllBytes(part));
    }

    @Test
    void theTokenGoesToTheHubAlone() throws IOException {
        hub.token = "hf_secret";
        assertModel(models(hub.endpoint(), "hf_secret", null, DownloadProgress.NONE, PATIENCE).locate(NAME));
        assertTrue(hub.requests.stream().anyMatch(r -> r.startsWith("GET store")), hub.requests.toString());
        for (String request : hub.requests) {
            assertEquals(request.contains(" hub "), request.contains("hf_secret"), request);
        }
    }

    @Test
    void privateUnknownAndGatedModels() {
        hub.token = "hf_secret";
        Messages.assertRefused(() -> online().locate(NAME), "'" + NAME + "' is neither a folder here nor a model that " + hub.endpoint() + " shows",
                "HF_TOKEN");
        Messages.assertRefused(() -> models(hub.endpoint(), "hf_wrong", null, DownloadProgress.NONE, PATIENCE).locate(NAME),
                "does not accept the token in HF_TOKEN");
        Messages.assertRefused(() -> online().locate("runs/first"), "'runs/first' is neither a folder here nor a model");
        hub.token = null;
        hub.status = 403;
        hub.errorCode = "GatedRepo";
        Messages.assertRefused(() -> online().locate(NAME), "may not be downloaded", "accept its terms", "HF_TOKEN");
    }

    @ParameterizedTest
    @CsvSource({"404,RepoNotFound,neither a folder here nor a model", "404,,neither a folder here nor a model", "404,EntryNotFound,has no config.json",
        "503,,answers with status 503", "200,,names no checksum", "302,,cannot be reached"})
    void otherAnswersAreToldApart(int status, String code, String message) {
        hub.status = status;
        hub.errorCode = code;
        Messages.assertRefused(() -> online().locate(NAME), NAME, message);
    }

    @Test
    void unreachableHubs() throws IOException {
        URI gone = hub.endpoint();
        online().locate(NAME);
        hub.close();
        assertModel(models(gone, null, null, DownloadProgress.NONE, PATIENCE).locate(NAME));
        Messages.assertRefused(() -> models(gone, null, null, DownloadProgress.NONE, PATIENCE).locate("org/other"),
                "'org/other' is no folder here, and '" + gone, "cannot be reached (no connection)", "give --model the folder");
        Messages.assertRefused(() -> models(URI.create("http://no-such-host.invalid"), null, null, DownloadProgress.NONE, PATIENCE).locate("org/other"),
                "cannot be reached (its host is unknown)");
    }

    @Test
    void renamedModelsAreFollowed() throws IOException {
        assertModel(online().locate("renamed"));
        assertTrue(Files.isDirectory(cache.resolve("models--renamed")));
    }

    @Test
    void shardsAreFetchedToo() throws IOException {
        byte[] index = "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\"}}".getBytes(StandardCharsets.UTF_8);
        hub.small("model.safetensors.index.json", index).large("model-1.safetensors", WEIGHTS);
        Messages.assertRefused(() -> online().locate(NAME), "lacks model-2.safetensors");
        hub.large("model-2.safetensors", VOCAB);
        Path folder = online().locate(NAME);
        assertArrayEquals(WEIGHTS, Files.readAllBytes(folder.resolve("model-1.safetensors")));
        assertArrayEquals(VOCAB, Files.readAllBytes(folder.resolve("model-2.safetensors")));
        assertFalse(Files.exists(folder.resolve("pytorch_model.bin")));
        assertEquals(folder, offline().locate(NAME));
        Files.delete(folder.resolve("model-2.safetensors"));
        Messages.assertRefused(() -> offline().locate(NAME), "nor complete in the cache");
    }

    @ParameterizedTest
    @ValueSource(strings = {"refs/main", "blobs", ".no_exist"})
    void aDamagedCacheIsNoCrash(String part) throws IOException {
        online().locate(NAME);
        Path path = model().resolve(part);
        if (Files.isDirectory(path)) {
            try (var files = Files.walk(path)) {
                files.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
            }
        } else {
            Files.writeString(path, "../../../../etc");
        }
        assertModel(online().locate(NAME));
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamed() throws IOException {
        Files.writeString(cache.resolve("models--org--small_BERT-1.0"), "a file in the way");
        Messages.assertRefused(() -> online().locate(NAME), "cannot be kept in the cache '" + cache, "HF_HOME");
    }
}
