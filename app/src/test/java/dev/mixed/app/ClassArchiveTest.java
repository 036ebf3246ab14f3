// SPDX-License-Identifier: Apache-2.0
package dev.mixed.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How {@code ./mixed} comes by its archive of loaded classes, with a java that only notes its arguments; and what a real one makes of a wrong one. */
@Timeout(60)
class ClassArchiveTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path temp;
    private Path app;
    private final Map<String, String> environment = new TreeMap<>();

    @BeforeEach
    void project() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "a POSIX shell");
        Path root = temp.resolve("project");
        Files.createDirectories(root.resolve("tornado-env"));
        for (String file : List.of("mixed", "tornado-env/launch.sh", "tornado-env/tornado.args")) {
            Files.copy(PROJECT.resolve(file), root.resolve(file));
        }
        app = Files.createDirectories(root.resolve("target/mixed"));
        Files.writeString(app.resolve("mixed.jar"), "");
        Files.writeString(app.resolve("built"), "");
        jdk("25.0.3");
        environment.put("JAVA_HOME", temp.resolve("jdk").toString());
        environment.put("MIXED_JDK_DIRS", "");
        environment.put("HOME", temp.resolve("home").toString());
    }

    /** A JDK whose java writes an archive where it is told to, unless its folder has a file "refusal", and notes its arguments. */
    private void jdk(String version) throws IOException {
        Path bin = Files.createDirectories(temp.resolve("jdk/bin"));
        Files.writeString(bin.resolve("java"), """
                #!/bin/sh
                here=$(dirname "$0")
                for argument in "$@"; do
                    case $argument in
                        -version) exit 0 ;;
                        -XX:ArchiveClassesAtExit=*/new.jsa)
                            [ -f "$here/refusal" ] || echo archive >"${argument#*=}"
                            printf '%s\\n' "$@" >>"$here/made"
                            exit 0 ;;
                    esac
                done
                printf '%s\\n' "$@"
                """);
        Files.writeString(bin.resolve("javac"), "#!/bin/sh\n");
        assertTrue(bin.resolve("java").toFile().setExecutable(true) && bin.resolve("javac").toFile().setExecutable(true));
        Files.writeString(temp.resolve("jdk/release"), "JAVA_VERSION=\"" + version + "\"\n");
    }

    /** The arguments of java. */
    private List<String> mixed() throws IOException, InterruptedException {
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        ProcessBuilder process = new ProcessBuilder("/bin/sh", temp.resolve("project/mixed").toString(), "predict").redirectOutput(out.toFile())
                .redirectError(err.toFile());
        process.environment().clear();
        process.environment().put("PATH", "/usr/bin:/bin");
        process.environment().putAll(environment);
        assertEquals(0, process.start().waitFor());
        assertEquals("", Files.readString(err));
        return Files.readAllLines(out);
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().endsWith(end)).toList();
        }
    }

    private static Path awaited(Path folder, String end) throws IOException, InterruptedException {
        while (files(folder, end).isEmpty() || !files(folder, ".making").isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertEquals(1, files(folder, end).size());
        return files(folder, end).getFirst();
    }

    private int made() throws IOException {
        Path made = temp.resolve("jdk/bin/made");
        return Files.exists(made) ? (int) Files.readAllLines(made).stream().filter(a -> a.endsWith("/new.jsa")).count() : 0;
    }

    private static boolean uses(List<String> arguments) {
        return arguments.stream().anyMatch(a -> a.contains("SharedArchiveFile"));
    }

    @Test
    void theFirstStartMakesItAndLaterOnesUseItUntilTheNextBuildOrJdk() throws Exception {
        assertFalse(uses(mixed()));
        Path archive = awaited(app, ".jsa");
        assertEquals("archive\n", Files.readString(archive));
        List<String> making = Files.readAllLines(temp.resolve("jdk/bin/made"));
        assertEquals(List.of("-cp", app.resolve("mixed.jar").toString(), "dev.mixed.cli.Rehearsal"), making.subList(making.size() - 3, making.size()));
        List<String> start = mixed();
        assertTrue(start.containsAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off")), start.toString());
        assertEquals(1, made());
        // Built again, elsewhere than in a new folder.
        Files.setLastModifiedTime(app.resolve("built"), FileTime.from(Instant.now().plusSeconds(5)));
        Files.setLastModifiedTime(archive, FileTime.from(Instant.now().minusSeconds(5)));
        assertFalse(uses(mixed()));
        while (made() < 2) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        awaited(app, ".jsa");
        jdk("26");
        assertFalse(uses(mixed()));
        while (files(app, ".jsa").size() < 2 || !files(app, ".making").isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void aJdkThatMakesNoneIsAskedOnce() throws Exception {
        Files.writeString(temp.resolve("jdk/bin/refusal"), "");
        assertFalse(uses(mixed()));
        awaited(app, ".failed");
        assertFalse(uses(mixed()));
        // Nothing is left to run after this start: had it asked again, that would be noted two seconds later.
        TimeUnit.SECONDS.sleep(2);
        assertEquals(1, made());
    }

    @Test
    void optionsThatRuleItOutDo() throws Exception {
        mixed();
        awaited(app, ".jsa");
        assertTrue(uses(mixed()));
        for (String option : List.of("-Xshare:off", "-XX:SharedArchiveFile=x", "-javaagent:x.jar", "-agentlib:jdwp", "-XX:AOTMode=off",
                "-XX:ArchiveClassesAtExit=y")) {
            environment.put("MIXED_JAVA_OPTS", option);
            assertFalse(mixed().stream().anyMatch(a -> a.startsWith("-XX:SharedArchiveFile=" + app)), option);
            environment.remove("MIXED_JAVA_OPTS");
            environment.put("JDK_JAVA_OPTIONS", option);
            assertFalse(uses(mixed()), option);
            environment.remove("JDK_JAVA_OPTIONS");
        }
        environment.put("MIXED_CLASS_ARCHIVE", "off");
        assertFalse(uses(mixed()));
        assertEquals(1, made());
    }

    @Test
    void whereTheBuildIsReadOnlyItLiesInTheUsersCache() throws Exception {
        assumeTrue(!"root".equals(System.getProperty("user.name")), "root writes everywhere");
        assertTrue(app.toFile().setWritable(false));
        try {
            assertFalse(uses(mixed()));
            Path archive = awaited(temp.resolve("home/.cache/mixed"), ".jsa");
            assertTrue(mixed().contains("-XX:SharedArchiveFile=" + archive));
        } finally {
            assertTrue(app.toFile().setWritable(true));
        }
    }

    /** The flags that the launcher adds, with archives that are missing, cut short, and no archive at all: the JVM starts, and says nothing. */
    @Test
    void aRealJvmDoesWithoutAWrongArchiveInSilence() throws Exception {
        Path empty = Files.writeString(temp.resolve("empty.jsa"), "");
        Path other = Files.writeString(temp.resolve("other.jsa"), "no archive ".repeat(10_000));
        for (Path archive : List.of(temp.resolve("none.jsa"), empty, other)) {
            Path said = temp.resolve("said");
            Process java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:SharedArchiveFile=" + archive,
                    "-Xlog:cds*=off", "-version").redirectErrorStream(true).redirectOutput(said.toFile()).start();
            assertEquals(0, java.waitFor());
            List<String> lines = Files.readAllLines(said);
            assertTrue(lines.size() == 3 && lines.getFirst().startsWith("openjdk version"), lines.toString());
        }
    }
}
