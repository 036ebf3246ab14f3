// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tornado-env/setup} against a web server on this machine: it resumes, verifies, and installs all or nothing. */
class SetupTest {
    private static final String NAME = "tornadovm-5.2.0-jdk25-cuda-linux-amd64.zip";

    @TempDir
    private Path temp;
    private HttpServer server;
    private byte[] archive;
    /** Null where none is published. */
    private String published;
    private boolean ranges = true;
    /** What the server answers in the place of the archive; 200 for the archive. */
    private int refusal = 200;
    /** Bytes after which the next answer breaks off; -1 for none. */
    private int breakAfter = -1;
    private final List<String> asked = new ArrayList<>();

    /** What the script printed and how it ended. */
    private record Result(int code, String out, String err) {
    }

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Stream.of("curl", "unzip", "sh").allMatch(SetupTest::onPath), "the script's tools");
        assumeTrue("Linux amd64".equals(System.getProperty("os.name") + " " + System.getProperty("os.arch")), "the platform of the releases");
        archive = sdk("5.2.0-jdk25");
        published = sha256(archive) + "  " + NAME + "\n";
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private static boolean onPath(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator)).anyMatch(dir -> Files.isExecutable(Path.of(dir, tool)));
    }

    private static byte[] sdk(String version) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] noise = new byte[200_000];
        new Random(1).nextBytes(noise);
        String top = "tornadovm-" + version + "-cuda/";
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String file : List.of("bin/tornado", "share/java/tornado/tornado-api-" + version + ".jar", "lib/libtornado-cuda.so")) {
                zip.putNextEntry(new ZipEntry(top + file));
                zip.write(noise);
            }
            zip.putNextEntry(new ZipEntry(top + "tornado-argfile.template"));
            zip.write("-Djava.library.path=${TORNADOVM_HOME}/lib\n".getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String range = ranges ? exchange.getRequestHeaders().getFirst("Range") : null;
            asked.add(path + (range == null ? "" : " " + range));
            byte[] body = path.endsWith(".sha256") ? published == null ? null : published.getBytes(StandardCharsets.UTF_8)
                    : path.endsWith(NAME) ? archive : null;
            if (body == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            if (refusal != 200 && path.endsWith(NAME)) {
                exchange.sendResponseHeaders(refusal, -1);
                return;
            }
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
            if (from >= body.length) {
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            if (range != null) {
                exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (body.length - 1) + "/" + body.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, body.length - from);
            boolean breaks = breakAfter >= 0 && path.endsWith(NAME);
            exchange.getResponseBody().write(body, from, breaks ? breakAfter : body.length - from);
            exchange.getResponseBody().flush();
            if (breaks) {
                breakAfter = -1;
            }
        }
    }

    private Path folder() {
        return temp.resolve("sdk");
    }

    private Result setup(String... more) throws IOException, InterruptedException {
        return setup(Map.of(), more);
    }

    private Result setup(Map<String, String> environment, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", Path.of("setup").toAbsolutePath().toString(), "--dir", folder().toString(),
                "--from", "http://127.0.0.1:" + server.getAddress().getPort() + "/files"));
        command.addAll(List.of(more));
        return run(command, environment);
    }

    /** Runs a script that asks the servers of this test, whatever proxy this machine has. */
    private Result run(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        ProcessBuilder process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        process.environment().keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        process.environment().putAll(environment);
        int code = process.start().waitFor();
        return new Result(code, Files.readString(out), Files.readString(err));
    }

    private void assertInstalled(Result result) throws IOException {
        assertEquals(0, result.code, result.err);
        assertTrue(result.out.endsWith("export TORNADOVM_HOME='" + folder() + "'\n"), result.out);
        assertTrue(Files.exists(folder().resolve("share/java/tornado/tornado-api-5.2.0-jdk25.jar")));
        assertEquals("-Djava.library.path=" + folder() + "/lib\n", Files.readString(folder().resolve("tornado-argfile")));
        assertNothingElse("sdk");
    }

    private void assertNothingElse(String... expected) throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            List<String> names = files.map(f -> f.getFileName().toString()).filter(f -> !f.equals("out") && !f.equals("err")).sorted().toList();
            assertEquals(List.of(expected), names);
        }
    }

    private void assertRefused(Result result, String... parts) throws IOException {
        assertEquals(1, result.code, result.err);
        assertEquals("", result.out);
        String last = result.err.lines().reduce((a, b) -> b).orElseThrow();
        assertTrue(last.startsWith("tornado-env/setup: "), result.err);
        for (String part : parts) {
            assertTrue(last.contains(part), "'" + part + "' is not in: " + last);
        }
        assertFalse(Files.exists(folder()));
    }

    @Test
    void aVerifiedReleaseIsInstalledOnce() throws Exception {
        assertInstalled(setup());
        assertEquals(2, asked.size(), asked.toString());
        assertInstalledAlready(setup());
    }

    private void assertInstalledAlready(Result again) throws IOException {
        assertInstalled(again);
        assertTrue(again.out.contains("already"), again.out);
        assertEquals(2, asked.size(), asked.toString());
    }

    /** As the shell completes a folder's name. */
    @Test
    void aFolderNamedWithSlashesIsTheSame() throws Exception {
        assertInstalled(setup("--dir", folder() + "//"));
        assertInstalledAlready(setup("--dir", folder() + "/"));
    }

    @Test
    void anInterruptedDownloadIsContinued() throws Exception {
        breakAfter = 100_000;
        assertRefused(setup(), "start this again to continue it");
        assertNothingElse("sdk.tornadovm-download");
        asked.clear();
        assertInstalled(setup());
        assertTrue(asked.stream().anyMatch(a -> a.matches(".*zip bytes=[1-9]\\d*-")), asked.toString());
    }

    @Test
    void aServerThatContinuesNothingIsAskedForAllAgain() throws Exception {
        ranges = false;
        breakAfter = 100_000;
        assertRefused(setup(), "start this again");
        assertInstalled(setup());
    }

    @Test
    void aDownloadThatIsWholeIsNotRepeated() throws Exception {
        Path part = Files.createDirectory(temp.resolve("sdk.tornadovm-download"));
        Files.write(part.resolve(NAME), archive);
        assertInstalled(setup());
        assertEquals(List.of("/files/" + NAME + ".sha256"), asked);
    }

    @Test
    void aDownloadThatIsWholeIsNotRepeatedUnverifiedEither() throws Exception {
        published = null;
        Files.write(Files.createDirectory(temp.resolve("sdk.tornadovm-download")).resolve(NAME), archive);
        assertInstalled(setup("--no-verify"));
        assertTrue(asked.getLast().endsWith("zip bytes=" + archive.length + "-"), asked.toString());
    }

    /** The file may be there again in a while: what came of it is kept, and is not taken for all of it. */
    @Test
    void aServerThatRefusesStopsTheDownloadAndNothingIsLost(@TempDir Path settings) throws Exception {
        // curl's own settings: it tries a server that fails once more, not for seven seconds.
        Files.writeString(settings.resolve(".curlrc"), "retry-max-time = 1\n");
        Map<String, String> impatient = Map.of("CURL_HOME", settings.toString());
        Path file = Files.createDirectory(temp.resolve("sdk.tornadovm-download")).resolve(NAME);
        byte[] begun = Arrays.copyOf(archive, 1000);
        Files.write(file, begun);
        for (int answer : new int[] {403, 500}) {
            refusal = answer;
            for (String[] more : List.of(new String[0], new String[] {"--no-verify"})) {
                assertRefused(setup(impatient, more), "stopped", "" + answer, "start this again to continue it");
                assertArrayEquals(begun, Files.readAllBytes(file));
            }
        }
        refusal = 200;
        assertInstalled(setup());
    }

    @Test
    void anotherChecksumIsRefusedAndNothingKept() throws Exception {
        published = "0".repeat(64) + "\n";
        assertRefused(setup(), sha256(archive), "0".repeat(64), "nothing is installed");
        assertNothingElse();
        assertRefused(setup("--no-verify"), "nothing is installed");
        assertRefused(setup("--sha256", "1".repeat(64)), "not " + "1".repeat(64));
    }

    @Test
    void withoutAChecksumNothingIsDownloaded() throws Exception {
        published = null;
        assertRefused(setup(), "no checksum", "--sha256", "--no-verify");
        assertTrue(asked.stream().allMatch(a -> a.endsWith(".sha256")), asked.toString());
        assertNothingElse();
    }

    @Test
    void theUsersChecksumStandsForAPublishedOne() throws Exception {
        published = null;
        assertInstalled(setup("--sha256", sha256(archive).toUpperCase(Locale.ROOT)));
    }

    @Test
    void anUnverifiedReleaseIsInstalledOnlyWhenAskedFor() throws Exception {
        published = null;
        Result result = setup("--no-verify");
        assertInstalled(result);
        assertTrue(result.err.contains("not verified"), result.err);
    }

    @Test
    void whatIsNoSdkIsRefused() throws Exception {
        ByteArrayOutputStream other = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(other)) {
            zip.putNextEntry(new ZipEntry("readme"));
        }
        archive = other.toByteArray();
        assertRefused(setup("--sha256", sha256(archive)), "holds no TornadoVM SDK");
        archive = "<html>".getBytes(StandardCharsets.UTF_8);
        assertRefused(setup("--sha256", sha256(archive)), "can't be unpacked");
        assertNothingElse();
    }

    @Test
    void aFolderWithOtherThingsStaysAsItIs() throws Exception {
        Files.createDirectory(folder());
        Files.writeString(folder().resolve("mine"), "mine");
        Result result = setup();
        assertEquals(1, result.code);
        assertTrue(result.err.contains("--dir"), result.err);
        assertEquals("mine", Files.readString(folder().resolve("mine")));
        assertTrue(asked.isEmpty());
    }

    /** Neither the archive nor its checksum may come from where anyone on the way can change it. */
    @Test
    void anHttpsAddressIsNotLeftForHttp(@TempDir Path keys) throws Exception {
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(SelfSigned.key(keys)));
        String own = "https://127.0.0.1:" + https.getAddress().getPort();
        String[] target = {"http://127.0.0.1:" + server.getAddress().getPort()};
        https.createContext("/moved/", exchange -> {
            exchange.getResponseHeaders().set("Location", target[0] + exchange.getRequestURI().getPath().replace("/moved/", "/files/"));
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        https.createContext("/files/", this::answer);
        https.start();
        try {
            Map<String, String> trust = Map.of("CURL_CA_BUNDLE", SelfSigned.certificate(keys).toString());
            assertRefused(setup(trust, "--from", own + "/moved"), "no checksum");
            assertRefused(setup(trust, "--from", own + "/moved", "--sha256", sha256(archive)), "stopped");
            assertEquals(List.of(), asked);
            target[0] = own;
            assertInstalled(setup(trust, "--from", own + "/moved"));
        } finally {
            https.stop(0);
        }
    }

    @Test
    void mistakesInTheArgumentsAreNamed() throws Exception {
        for (String[] wrong : List.of(new String[] {"--backend", "opencl"}, new String[] {"--sha256", "12"}, new String[] {"--what"},
                new String[] {"--backend"})) {
            Result result = setup(wrong);
            assertEquals(2, result.code, result.err);
            assertTrue(result.err.startsWith("tornado-env/setup: ") && result.err.contains("Usage:"), result.err);
        }
        assertTrue(asked.isEmpty());
    }

    /** The release host lists digests of its files; this is the shape of its answer. */
    @Test
    void theReleaseHostsDigestIsRead() throws Exception {
        Path copy = Files.createDirectory(temp.resolve("copy"));
        for (String file : List.of("setup", "launch.sh")) {
            Files.copy(Path.of(file), copy.resolve(file));
        }
        String host = "http://127.0.0.1:" + server.getAddress().getPort();
        Files.writeString(copy.resolve("releases"), "5.2.0-jdk25 cuda linux-amd64 - " + host + "/files/" + NAME + " " + host + "/release\n");
        published = null;
        String[] digest = {sha256(archive)};
        server.createContext("/release", exchange -> {
            byte[] json = ("{\"name\": \"TornadoVM 5.2.0\", \"assets\": [{\"name\": \"other.zip\", \"digest\": \"sha256:" + "2".repeat(64) + "\"},\n"
                    + "{\"url\": \"x\", \"name\": \"" + NAME + "\", \"uploader\": {\"login\": \"y\"}, \"size\": 7, \"digest\": \"sha256:" + digest[0] + "\"}]}")
                            .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, json.length);
            try (exchange) {
                exchange.getResponseBody().write(json);
            }
        });
        for (String expected : List.of("3".repeat(64), sha256(archive))) {
            digest[0] = expected;
            Result result = run(List.of("sh", copy.resolve("setup").toString(), "--dir", folder().toString()), Map.of());
            assertEquals(expected.startsWith("333") ? 1 : 0, result.code, result.err);
            assertEquals(!expected.startsWith("333"), Files.exists(folder()));
        }
    }
}
