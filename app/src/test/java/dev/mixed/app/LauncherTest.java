// SPDX-License-Identifier: Apache-2.0
package dev.mixed.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./mixed} and {@code tornado-env/run} with SDKs of a few files, and with a java that only prints its arguments. */
class LauncherTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final String MAIN = "dev.mixed.cli.Main";
    private static final String TEMPLATE = """
            # flags
            -Djava.library.path=${TORNADOVM_HOME}/lib
            -Dtornado.load.runtime.implementation=example.Runtime
            --module-path .:${TORNADOVM_HOME}/share/java/tornado
            --upgrade-module-path ${TORNADOVM_HOME}/share/java/graalJars
            --add-modules ALL-SYSTEM,tornado.runtime,tornado.drivers.common,tornado.drivers.cuda
            """;

    @TempDir
    private Path temp;
    private Path root;
    private final Map<String, String> environment = new TreeMap<>();

    /** What a script printed and how it ended. */
    private record Result(int code, List<String> out, String err) {
    }

    @BeforeEach
    void project() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "a POSIX shell");
        root = temp.resolve("project");
        Files.createDirectories(root.resolve("tornado-env"));
        for (String file : List.of("mixed", "tornado-env/launch.sh", "tornado-env/tornado.args", "tornado-env/run")) {
            Files.copy(PROJECT.resolve(file), root.resolve(file));
        }
        write("project/target/mixed/mixed.jar", "");
        write("project/target/mixed/built", "");
        environment.put("JAVA_HOME", jdk("jdk", "25.0.3").toString());
        environment.put("MIXED_JDK_DIRS", "");
        // What goes on after a start would be in the way of the folder's removal.
        environment.put("MIXED_CLASS_ARCHIVE", "off");
    }

    private Path write(String file, String text) throws IOException {
        Path path = temp.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    private Path script(String file, String text) throws IOException {
        Path path = write(file, "#!/bin/sh\n" + text);
        assertTrue(path.toFile().setExecutable(true));
        return path;
    }

    /** A JDK whose java refuses to start where its folder has a file "refusal", and else prints its arguments. */
    private Path jdk(String name, String version) throws IOException {
        script(name + "/bin/java", """
                here=$(dirname "$0")
                for argument in "$@"; do last=$argument; done
                if [ "$last" = -version ]; then
                    [ ! -f "$here/refusal" ] || { echo 'WARNING: nothing' >&2; cat "$here/refusal"; exit 1; }
                    exit 0
                fi
                echo "$here"
                echo "home=${TORNADOVM_HOME:-}"
                printf '%s\\n' "$@"
                """);
        script(name + "/bin/javac", "");
        write(name + "/release", "JAVA_VERSION=\"" + version + "\"\n");
        return temp.resolve(name);
    }

    private Path sdk(String name) throws IOException {
        write(name + "/share/java/tornado/tornado-api-5.2.0-jdk25.jar", "");
        Files.createDirectories(temp.resolve(name).resolve("share/java/graalJars"));
        return temp.resolve(name);
    }

    private Path sdkWithTemplate(String name) throws IOException {
        write(name + "/tornado-argfile.template", TEMPLATE);
        return sdk(name);
    }

    private Result start(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", root.resolve(script).toString()));
        command.addAll(List.of(arguments));
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        ProcessBuilder process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        process.environment().clear();
        process.environment().put("PATH", "/usr/bin:/bin");
        process.environment().putAll(environment);
        int code = process.start().waitFor();
        return new Result(code, Files.readAllLines(out), Files.readString(err));
    }

    /** The arguments of java, after its folder and TORNADOVM_HOME. */
    private List<String> mixed(String... arguments) throws IOException, InterruptedException {
        Result result = start("mixed", arguments);
        assertEquals(0, result.code, result.err);
        assertEquals("", result.err);
        return result.out.subList(2, result.out.size());
    }

    private static List<String> tail(List<String> list, int count) {
        return list.subList(list.size() - count, list.size());
    }

    private Path argumentFile() {
        return root.resolve("target/mixed-tornado.args");
    }

    private void assertStartsWithTornado(List<String> arguments) {
        assertEquals(List.of("@" + argumentFile(), "@" + root.resolve("tornado-env/tornado.args"), "--add-modules", "jdk.incubator.vector"),
                arguments.subList(0, 4));
        assertTrue(arguments.contains("--enable-native-access=ALL-UNNAMED") && arguments.contains("-Djava.awt.headless=true"), arguments.toString());
    }

    private static void assertStartsWithoutTornado(List<String> arguments) {
        assertEquals("--add-modules", arguments.getFirst());
        assertTrue(arguments.subList(0, arguments.indexOf("-cp")).stream().noneMatch(a -> a.startsWith("@") || a.contains("tornado")), arguments.toString());
    }

    @Test
    void withoutAnSdkJavaStartsAlone() throws Exception {
        environment.put("MIXED_JAVA_OPTS", "-Xmx1g -Dx=y");
        List<String> arguments = mixed("train", "--device", "auto", "a b", "@x");
        assertStartsWithoutTornado(arguments);
        assertEquals(List.of("-Xmx1g", "-Dx=y", "-cp", root.resolve("target/mixed/mixed.jar").toString(), MAIN, "train", "--device", "auto", "a b", "@x"),
                tail(arguments, 10));
    }

    /** The script becomes Java's process: who signals the one reaches the other, and gets its exit code. */
    @Test
    void signalsAndTheExitCodePass() throws Exception {
        script("jdk/bin/java", """
                for argument in "$@"; do last=$argument; done
                [ "$last" != -version ] || exit 0
                trap 'echo stopped; exit 130' TERM
                echo ready
                while :; do sleep 0.05; done
                """);
        Path out = temp.resolve("out");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", root.resolve("mixed").toString(), "train").redirectOutput(out.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            while (process.isAlive() && Files.size(out) == 0) {
                Thread.sleep(10);
            }
            process.destroy();
            assertEquals(130, process.waitFor());
            assertEquals(List.of("ready", "stopped"), Files.readAllLines(out));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theSdkOfTheVariableIsUsed() throws Exception {
        Path sdk = sdkWithTemplate("sdk");
        environment.put("TORNADOVM_HOME", sdk.toString());
        assertEquals("home=" + sdk, start("mixed", "doctor").out.get(1));
        List<String> arguments = mixed("train", "--device", "gpu");
        assertStartsWithTornado(arguments);
        assertEquals(List.of(MAIN, "train", "--device", "gpu"), tail(arguments, 4));
        List<String> flags = Files.readAllLines(argumentFile());
        // Not the folder that the user works in, and no warning of the backend's native library.
        assertTrue(flags.containsAll(List.of("-Djava.library.path=\"" + sdk + "\"/lib", "--module-path \"" + sdk + "\"/share/java/tornado",
                "--enable-native-access=tornado.drivers.cuda")), flags.toString());
    }

    @Test
    void theSdkOfTheLauncherOnThePathIsUsed() throws Exception {
        Path sdk = sdkWithTemplate("sdk");
        Path launcher = script("sdk/bin/tornado", "exit 9");
        Path link = temp.resolve("bin/tornado");
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, launcher);
        environment.put("PATH", link.getParent() + ":/usr/bin:/bin");
        assertStartsWithTornado(mixed("bench"));
        assertEquals("home=" + sdk.toRealPath(), start("mixed", "bench").out.get(1));
    }

    @Test
    void theJvmNeedsNoTornado() throws Exception {
        environment.put("TORNADOVM_HOME", sdkWithTemplate("sdk").toString());
        for (String[] words : List.of(new String[] {"train", "--device", "jvm"}, new String[] {"eval", "--device=JVM", "x"})) {
            assertStartsWithoutTornado(mixed(words));
        }
        assertStartsWithTornado(mixed("predict", "jvm"));
    }

    @Test
    void theSdksOwnArgumentFileComesFirst() throws Exception {
        Path sdk = sdkWithTemplate("sdk");
        Files.writeString(sdk.resolve("tornado-argfile"), TEMPLATE.replace("${TORNADOVM_HOME}", sdk.toString()) + "-Dmine=1\n");
        environment.put("TORNADOVM_HOME", sdk.toString());
        assertStartsWithTornado(mixed("bench"));
        assertTrue(Files.readAllLines(argumentFile()).contains("-Dmine=1"));
    }

    @Test
    void anArgumentFileOfAnotherFolderIsNotUsed() throws Exception {
        Path sdk = sdkWithTemplate("sdk");
        Files.writeString(sdk.resolve("tornado-argfile"), TEMPLATE.replace("${TORNADOVM_HOME}", "/before/it/was/moved"));
        environment.put("TORNADOVM_HOME", sdk.toString());
        assertStartsWithTornado(mixed("bench"));
        assertFalse(Files.readString(argumentFile()).contains("/before/it/was/moved"));
    }

    @Test
    void anSdkWithoutArgumentFileIsAsked() throws Exception {
        Path sdk = sdk("sdk");
        Path exports = write("sdk/etc/exports", "# why\n--add-exports a/b=c\n");
        script("sdk/bin/tornado", "echo '[WARNING] something'\n"
                + "echo \"$JAVA_HOME/bin/java -server  -Dtornado.load.runtime.implementation=x --module-path .:$TORNADOVM_HOME/jars @" + exports
                + " --add-modules ALL-SYSTEM \"");
        environment.put("TORNADOVM_HOME", sdk.toString());
        assertStartsWithTornado(mixed("bench"));
        List<String> flags = Files.readAllLines(argumentFile());
        assertEquals(
                List.of("-server", "-Dtornado.load.runtime.implementation=x", "--module-path", sdk + "/jars", "--add-exports a/b=c", "--add-modules",
                        "ALL-SYSTEM"),
                flags.subList(1, 8));
        Files.delete(argumentFile());
        script("sdk/bin/tornado", "echo no >&2; exit 1");
        assertProblem("no tornado-argfile", sdk.toString());
    }

    @Test
    void anotherSdkOrJdkOrNewerFlagsAreSeen() throws Exception {
        environment.put("TORNADOVM_HOME", sdkWithTemplate("one").toString());
        mixed("bench");
        String first = Files.readString(argumentFile());
        environment.put("TORNADOVM_HOME", sdkWithTemplate("two").toString());
        mixed("bench");
        String second = Files.readString(argumentFile());
        assertEquals(first.replace(temp.resolve("one").toString(), temp.resolve("two").toString()), second);
        Path template = write("two/tornado-argfile.template", TEMPLATE + "-Dnew=1\n");
        Files.setLastModifiedTime(template, java.nio.file.attribute.FileTime.fromMillis(System.currentTimeMillis() + 10_000));
        mixed("bench");
        assertTrue(Files.readString(argumentFile()).contains("-Dnew=1"));
        environment.put("JAVA_HOME", jdk("graal", "25.0.3").toString());
        Files.writeString(temp.resolve("graal/release"), "JAVA_VERSION=\"25.0.3\"\nGRAALVM_VERSION=\"25\"\n");
        mixed("bench");
        assertFalse(Files.readString(argumentFile()).contains("--upgrade-module-path"));
    }

    private void assertProblem(String... parts) throws IOException, InterruptedException {
        List<String> arguments = mixed("bench");
        String first = arguments.getFirst();
        assertTrue(first.startsWith("-Dmixed.tornado.problem="), first);
        for (String part : parts) {
            assertTrue(first.contains(part), "'" + part + "' is not in: " + first);
        }
        assertStartsWithoutTornado(arguments.subList(1, arguments.size()));
        assertFalse(Files.exists(argumentFile()));
        try (var files = Files.list(root.resolve("target"))) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void whatIsNoSdkIsHandedOnAsTheProblem() throws Exception {
        environment.put("TORNADOVM_HOME", temp.toString());
        assertProblem("TORNADOVM_HOME is '" + temp + "'", "; set it to one, or install one with tornado-env/setup");
        environment.remove("TORNADOVM_HOME");
        script("bin/tornado", "");
        environment.put("PATH", temp.resolve("bin") + ":/usr/bin:/bin");
        assertProblem("'tornado' on the PATH", "bin/tornado", "tornado-env/setup");
    }

    @Test
    void aJdkThatRefusesTheFlagsIsHandedOnAsTheProblem() throws Exception {
        environment.put("TORNADOVM_HOME", sdkWithTemplate("sdk").toString());
        write("jdk/bin/refusal", "Error occurred during boot\nModule x not found\n");
        assertProblem("does not start", temp.resolve("jdk").toString(), "(Error occurred during boot Module x not found)");
    }

    @Test
    void tornadoRunsOnTheJdkThatItIsMadeFor() throws Exception {
        jdk("jdks/a", "26");
        jdk("jdks/b", "25.0.3");
        environment.remove("JAVA_HOME");
        environment.put("MIXED_JDK_DIRS", temp.resolve("jdks").toString());
        assertEquals(temp.resolve("jdks/a/bin").toString(), start("mixed", "bench").out.getFirst());
        environment.put("TORNADOVM_HOME", sdkWithTemplate("sdk").toString());
        assertEquals(temp.resolve("jdks/b/bin").toString(), start("mixed", "bench").out.getFirst());
    }

    @Test
    void theBuildDoesNotDependOnTheSdk() throws Exception {
        environment.put("TORNADOVM_HOME", sdkWithTemplate("sdk").toString());
        Files.delete(root.resolve("target/mixed/built"));
        script("bin/mvn", "echo \"${TORNADOVM_HOME-unset}\" >'" + temp + "/seen'\nmkdir -p app/target/lib\n: >app/target/mixed.jar\n");
        environment.put("PATH", temp.resolve("bin") + ":/usr/bin:/bin");
        assertEquals(0, start("mixed", "bench").code);
        assertEquals("unset\n", Files.readString(temp.resolve("seen")));
    }

    @Test
    void theModuleForSparkIsBuiltWhenItIsFirstAskedFor() throws Exception {
        script("bin/mvn", "echo \"$@\" >>'" + temp + "/built'\nmkdir -p app/target/lib spark/target\n: >app/target/mixed.jar\n: >spark/target/spark-1.jar\n");
        environment.put("PATH", temp.resolve("bin") + ":/usr/bin:/bin");
        assertTrue(mixed("bench").stream().noneMatch(argument -> argument.contains("spark")));
        Result first = start("mixed", "spark", "train");
        assertTrue(first.err.startsWith("building miXed (with Spark"), first.err);
        Path jar = root.resolve("target/mixed/spark.jar");
        assertTrue(first.out.contains("-Dmixed.spark.jar=" + jar) && Files.exists(jar), first.out.toString());
        assertEquals(0, start("mixed", "spark", "train").code);
        assertEquals(1, Files.readAllLines(temp.resolve("built")).size());
        // It stays when all is built anew for another command.
        Files.delete(root.resolve("target/mixed/built"));
        assertEquals(0, start("mixed", "bench").code);
        assertTrue(Files.exists(jar) && Files.readAllLines(temp.resolve("built")).get(1).contains("-pl app,spark"));
    }

    @Test
    void whereNothingCanBeBuiltASentenceSaysSo() throws Exception {
        script("bin/mvn", "exit 9");
        environment.put("PATH", temp.resolve("bin") + ":/usr/bin:/bin");
        Files.delete(root.resolve("target/mixed/built"));
        // Folders in the place of files: nobody can write to them, not even root.
        for (String taken : List.of("target/mixed-build.lock", "target/mixed-build.log")) {
            Path folder = Files.createDirectory(root.resolve(taken));
            Result result = start("mixed", "bench");
            assertEquals(1, result.code, result.err);
            List<String> said = result.err.lines().filter(line -> !line.startsWith("building miXed")).toList();
            assertTrue(said.size() == 1 && said.getFirst().startsWith("mixed: cannot write in " + root.resolve("target") + ", where miXed is built"),
                    result.err);
            Files.delete(folder);
        }
    }

    @Test
    void optionsThatJavaDoesNotStartWithAreNamed() throws Exception {
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        for (String options : List.of("-Xfoo", "-Dx=y -XX:+Foo", "-Xmx1g -Xmxmuch", "-XX:+UseSerialGC -XX:+UseParallelGC")) {
            environment.put("MIXED_JAVA_OPTS", options);
            Result result = start("mixed", "--version");
            assertEquals(1, result.code, result.err);
            assertTrue(result.err.startsWith("mixed: Java does not start with MIXED_JAVA_OPTS='" + options + "' (") && result.err.lines().count() == 1,
                    result.err);
            assertTrue(result.err.endsWith("); correct or unset it.\n") && !result.err.contains("()"), result.err);
        }
        environment.put("MIXED_JAVA_OPTS", "-Xmx1g");
        assertTrue(start("mixed", "--version").err.contains(MAIN));
    }

    /** Whether {@code ./mixed compare} asks Maven for libtorch, with no more on the PATH than the script's tools and what the test put into bin. */
    private boolean fetchesLibtorch(String... words) throws IOException, InterruptedException {
        write("project/pom.xml", "");
        write("project/target/mixed/built", "");
        script("bin/mvn", "echo \"$@\" >>'" + temp + "/fetched'\nmkdir -p target/libtorch\n");
        for (String tool : List.of("dirname", "find", "grep", "head", "mkdir", "mv", "sed", "tr", "uname")) {
            script("bin/" + tool, "PATH=/usr/bin:/bin exec " + tool + " \"$@\"");
        }
        environment.put("PATH", temp.resolve("bin").toString());
        List<String> arguments = new ArrayList<>(List.of("compare"));
        arguments.addAll(List.of(words));
        Result result = start("mixed", arguments.toArray(String[]::new));
        assertEquals(0, result.code, result.err);
        boolean fetched = Files.deleteIfExists(temp.resolve("fetched"));
        Files.deleteIfExists(root.resolve("target/libtorch/complete"));
        assertEquals(fetched, result.err.startsWith("fetching libtorch"), result.err);
        assertEquals(fetched, result.out.stream().anyMatch(a -> a.endsWith("mixed.jar:" + root.resolve("target/libtorch/*"))), result.out.toString());
        return fetched;
    }

    private static void assumeLibtorch() {
        assumeTrue("Linux amd64".equals(System.getProperty("os.name") + " " + System.getProperty("os.arch")), "the platform of libtorch");
    }

    @Test
    void libtorchIsFetchedOnlyToBeComparedWith() throws Exception {
        assumeLibtorch();
        assertTrue(fetchesLibtorch());
        assertTrue(fetchesLibtorch("--against", "auto", "--device=jvm"));
        for (String words : List.of("--against none", "--against=python", "--against NONE", "--python x", "--python=x", "--device gpu", "--device=GPU",
                "curves", "scores", "--help")) {
            assertFalse(fetchesLibtorch(words.split(" ")), words);
        }
        for (String words : List.of("--against libtorch", "--against=LIBTORCH", "--python x --against libtorch")) {
            assertTrue(fetchesLibtorch(words.split(" ")), words);
        }
        assertFalse(fetchesLibtorch("--against", "libtorch", "--device", "gpu"));
        assertFalse(fetchesLibtorch("--against", "none", "--data", "libtorch"));
    }

    @Test
    void libtorchIsNotFetchedWhereAPythonHasTorch() throws Exception {
        assumeLibtorch();
        script("bin/python3", "exit 1");
        assertTrue(fetchesLibtorch());
        script("bin/python3.12", "exit 0");
        assertTrue(fetchesLibtorch());
        environment.put("PYTHON", "python3.12");
        assertFalse(fetchesLibtorch());
        environment.put("PYTHON", temp.resolve("bin/python3.12").toString());
        assertFalse(fetchesLibtorch());
        // A folder is no command.
        script("other/python", "exit 0");
        environment.put("PYTHON", temp.resolve("other").toString());
        assertTrue(fetchesLibtorch());
        environment.put("PYTHON", "absent");
        assertTrue(fetchesLibtorch());
        script("bin/python", "exit 0");
        assertFalse(fetchesLibtorch());
    }

    @Test
    void libtorchIsNotFetchedWhereCompareComputesOnAGpu() throws Exception {
        assumeLibtorch();
        script("bin/nvidia-smi", "echo 'GPU 0: some'");
        assertTrue(fetchesLibtorch());
        environment.put("TORNADOVM_HOME", sdkWithTemplate("sdk").toString());
        assertFalse(fetchesLibtorch());
        assertTrue(fetchesLibtorch("--device", "jvm"));
        script("bin/nvidia-smi", "exit 9");
        assertTrue(fetchesLibtorch());
        script("bin/nvidia-smi", "echo 'GPU 0: some'");
        environment.put("TORNADOVM_HOME", temp.toString());
        assertTrue(fetchesLibtorch());
    }

    /** A path with a space and this project's settings, read by a real java. */
    @Test
    void anyProgramStartsWithTheSettings() throws Exception {
        Path sdk = sdk("folder with spaces");
        Files.writeString(sdk.resolve("tornado-argfile.template"), "-Djava.library.path=${TORNADOVM_HOME}/lib\n-Dtornado.load.runtime.implementation=x\n");
        environment.put("TORNADOVM_HOME", sdk.toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        Result result = start("tornado-env/run", "-Dtornado.max.events=7", "-XshowSettings:properties", "-version");
        assertEquals(0, result.code, result.err);
        for (String setting : List.of("java.library.path = " + sdk + "/lib", "tornado.recover.bailout = false", "tornado.max.events = 7")) {
            assertTrue(result.err.lines().map(String::strip).anyMatch(setting::equals), "'" + setting + "' is not in: " + result.err);
        }
        environment.put("TORNADOVM_HOME", temp.toString());
        result = start("tornado-env/run", "-version");
        assertEquals(1, result.code);
        assertTrue(result.err.startsWith("tornado-env/run: TORNADOVM_HOME is '" + temp + "'") && result.err.endsWith("tornado-env/setup.\n")
                && result.err.lines().count() == 1, result.err);
    }
}
