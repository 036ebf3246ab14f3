// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in JVMs of its own, since DJL calls home once a day and JVM at most. */
class NativeTokenizersTest {
    @TempDir
    Path folder;

    @Test
    void opensNoConnectionAndCachesWhereTold() throws Exception {
        Path cache = folder.resolve("cache");
        Path home = Files.createDirectory(folder.resolve("home"));
        assertEquals("connections 0, tokens 3", probe("-DDJL_CACHE_DIR=" + cache, "-Duser.home=" + home));
        assertEquals(1, files(cache).stream().filter(file -> file.toString().contains("tokenizers")).count());
        assertEquals(List.of(), files(home));
    }

    /** The same probe does see the call home where DJL's own defaults stand, so that the test above can fail. */
    @Test
    void probeSeesConnections() throws Exception {
        String output = probe("-DDJL_CACHE_DIR=" + folder, "-Dai.djl.offline=false", "-DOPT_OUT_TRACKING=false");
        assertTrue(output.matches("connections [1-9]\\d*, tokens 3"), output);
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamed() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        String output = probe("-DDJL_CACHE_DIR=" + file);
        assertTrue(output.startsWith("The tokenizer's native library") && output.contains(file.toString()) && output.contains("set DJL_CACHE_DIR"), output);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static String probe(String... flags) throws Exception {
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines().toList().getLast();
    }

    /** Opens a tokenizer where every http connection is counted and refused. */
    static final class Probe {
        private static final AtomicInteger CONNECTIONS = new AtomicInteger();

        private Probe() {}

        public static void main(String[] args) {
            URL.setURLStreamHandlerFactory(protocol -> protocol.startsWith("http") ? new Refusing() : null);
            try (BertTokenizer tokenizer = BertTokenizer.of(Vocabulary.of("test", List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat")))) {
                int tokens = tokenizer.encode("cat", 8).length;
                System.out.println("connections " + CONNECTIONS.get() + ", tokens " + tokens);
            } catch (UserException e) {
                System.out.println(e.getMessage());
            }
        }

        private static final class Refusing extends URLStreamHandler {
            @Override
            protected URLConnection openConnection(URL url) throws IOException {
                CONNECTIONS.incrementAndGet();
                throw new IOException("refused");
            }

            @Override
            protected URLConnection openConnection(URL url, java.net.Proxy proxy) throws IOException {
                return openConnection(url);
            }
        }
    }
}
