// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetHubTest {
    @TempDir
    Path temp;

    private final List<String> notices = new ArrayList<>();
    private FakeHub hub;

    @BeforeEach
    void open() throws IOException {
        hub = new FakeHub("datasets/org/set");
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Path locate(String name, Optional<String> offline) {
        DownloadProgress progress = new DownloadProgress() {
            @Override
            public void notice(String sentence) {
                notices.add(sentence);
            }
        };
        return new DatasetHub(Set.of("train", "test"), () -> new HubSettings(hub.endpoint(), temp, Optional.of("tok"), offline), progress, Duration.ofMillis(1),
                Duration.ofSeconds(5)).locate(name);
    }

    @Test
    void theSplitsOfAConfigurationAreKeptAsPythonKeepsThem() throws IOException {
        hub.large("default/train/0000.parquet", bytes("one")).large("default/train/0001.parquet", bytes("two"))
                .small("default/test/0000.parquet", bytes("three"))
                .small("default/unsupervised/0000.parquet", bytes("four")).small("other/train/0000.parquet", bytes("five")).small("README.md", bytes("six"))
                .small("../train/0000.parquet", bytes("seven"));
        Path folder = locate("hub:org/set", Optional.empty());
        assertEquals(temp.resolve("datasets--org--set/snapshots/" + FakeHub.COMMIT + "/default"), folder);
        assertArrayEquals(bytes("one"), Files.readAllBytes(folder.resolve("train/0000.parquet")));
        assertArrayEquals(bytes("two"), Files.readAllBytes(folder.resolve("train/0001.parquet")));
        assertArrayEquals(bytes("three"), Files.readAllBytes(folder.resolve("test/0000.parquet")));
        assertFalse(Files.exists(folder.resolve("unsupervised")));
        assertEquals(FakeHub.COMMIT, Files.readString(temp.resolve("datasets--org--set/refs/refs/convert/parquet")));
        assertTrue(hub.requests.stream().filter(request -> request.contains("store")).noneMatch(request -> request.contains("tok")), hub.requests.toString());
        assertTrue(hub.requests.contains("GET hub /api/datasets/org/set/tree/refs/convert/parquet Bearer tok"), hub.requests.toString());

        int asked = hub.requests.size();
        assertEquals(folder, locate("hub:org/set", Optional.empty()));
        assertEquals(folder, locate("hub:org/set", Optional.of("--offline")));
        assertEquals(asked, hub.requests.size(), "what is whole is not asked for again");
        assertRefused(() -> locate("hub:org/set:other", Optional.of("--offline")), "The data set 'org/set' is not complete in the cache", "--offline forbids");
        assertTrue(Files.exists(locate("hub:org/set:other", Optional.empty()).resolve("train/0000.parquet")));
        assertRefused(() -> locate("hub:org/set:third", Optional.empty()),
                "has no configuration 'third', but default, other; name one, such as hub:org/set:default.");
        assertEquals(List.of(), notices);
    }

    @Test
    void theOnlyConfigurationNeedsNoName() {
        hub.small("plain/train/0000.parquet", bytes("one"));
        assertTrue(locate("hub:org/set", Optional.empty()).endsWith("plain"));
        assertEquals(List.of("'org/set' has the one configuration plain; offline, name it: hub:org/set:plain."), notices);
    }

    @Test
    void oneSentenceForWhatIsWrong() {
        assertRefused(() -> locate("hub:org/set", Optional.empty()), "'org/set' has no converted Parquet files");
        hub.small("a/train/0000.parquet", bytes("one")).small("b/train/0000.parquet", bytes("one")).small("c/other/0000.parquet", bytes("one"));
        assertRefused(() -> locate("hub:org/set", Optional.empty()), "has several configurations: a, b, c; name one, such as hub:org/set:a.");
        assertRefused(() -> locate("hub:org/set:c", Optional.empty()), "has no split for training, its splits are other");
        assertRefused(() -> locate("hub:org/none", Optional.empty()), "'org/none' is no data set that " + hub.endpoint() + " shows; check the name");
        assertRefused(() -> locate("hub:a/b/c", Optional.empty()), "'hub:a/b/c' names no data set on the hub; write hub:owner/name");
        assertRefused(() -> locate("hub:a/b:..", Optional.empty()), "'hub:a/b:..' names no data set on the hub");
        hub.close();
        assertRefused(() -> locate("hub:org/set:a", Optional.empty()),
                "cannot be reached (no connection); check the network, or give --data a file or folder.");
    }
}
