// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.cli.Main;
import dev.mixed.compare.libtorch.Libtorch;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mixed compare} by its command line. */
class CompareCommandTest {
    @TempDir
    private Path folder;

    /** What a command line printed and how it ended. */
    private record Cli(int code, String out, String err) {
        static Cli run(Object... args) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            int code = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true))
                    .execute(Arrays.stream(args).map(Object::toString).toArray(String[]::new));
            return new Cli(code, out.toString(), err.toString());
        }

        void refused(int expected, String... parts) {
            assertEquals(expected, code, err);
            assertEquals("", out);
            assertTrue(err.startsWith("mixed: ") && !err.contains("Exception") && !err.contains("\tat "), err);
            for (String part : parts) {
                assertTrue(err.contains(part), err);
            }
        }
    }

    @Test
    void mixedAlone() throws IOException {
        Path plot = folder.resolve("speed.png");
        Cli cli = Cli.run("compare", "--device", "jvm", "--against", "none", "--batch", 2, "--length", 8, "--steps", 3, "--warmup-steps", 1, "--vocab-size", 50,
                "--fp32", "--peak-tflops", 1, "--format", "json", "--plot", plot);
        assertEquals(0, cli.code, cli.err);
        JsonNode json = new ObjectMapper().readTree(cli.out);
        assertEquals(1, json.get("results").size());
        JsonNode result = json.get("results").get(0);
        assertEquals("miXed FP32", result.get("name").asText());
        assertEquals(3, result.get("rounds").size());
        assertTrue(result.get("ms_per_step").asDouble() > 0 && result.get("peak_bytes").asLong() > 0);
        assertEquals(result.get("tflops").asDouble(), result.get("model_flops_utilisation").asDouble(), 1e-12);
        assertEquals(900, ImageIO.read(plot.toFile()).getWidth());
    }

    @Test
    void epochsOfTextsBesideLibtorch() throws IOException {
        Assumptions.assumeTrue(Libtorch.available(), "skipped: libtorch is not on the class path (the profile libtorch adds it on Linux x86_64)");
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < 60; i++) {
            rows.append(i % 2 == 0 ? "a fine day number " : "a bad day number ").append(i).append(',').append(i % 2).append('\n');
        }
        Path data = Files.writeString(folder.resolve("data.csv"), rows);
        Cli cli = Cli.run("compare", "--device", "jvm", "--against", "libtorch", "--data", data, "--epochs", 2, "--batch", 8, "--length", 16);
        assertEquals(0, cli.code, cli.err);
        assertTrue(cli.out.lines().anyMatch(l -> l.matches("FP32 +\\d+\\.\\d +\\d+\\.\\d +\\d+\\.\\d\\d")), cli.out);
        assertTrue(cli.out.lines().anyMatch(l -> l.matches("AMP +\\d+\\.\\d +- +-")), cli.out);
        assertTrue(cli.out.contains("libtorch stands in for PyTorch"), cli.out);
    }

    /** Each recorded run has PyTorch's losses to the tolerance, its skipped steps and its scale after each step: else its line would not end in ok. */
    @Test
    void curves() throws IOException {
        Path plot = folder.resolve("curves.png");
        Cli cli = Cli.run("compare", "curves", "--device", "jvm", "--plot", plot);
        assertEquals(0, cli.code, cli.err);
        assertEquals(4, cli.out.lines().filter(l -> l.endsWith("ok") && l.contains("the same") && l.contains(" equal ")).count(), cli.out);
        assertEquals(1440, ImageIO.read(plot.toFile()).getWidth());
    }

    @Test
    void badInput() {
        Cli.run("compare", "--preset", "huge").refused(2, "'huge'");
        Cli.run("compare", "--steps", 0).refused(2, "--steps", "'0'");
        Cli.run("compare", "--epochs", 0).refused(2, "--epochs", "'0'");
        Cli.run("compare", "--length", 1000).refused(2, "--length 1000", "512");
        Cli.run("compare", "--peak-tflops", "1,2,3").refused(2, "--peak-tflops");
        Cli.run("compare", "--pad", "left").refused(2, "--pad must be one of auto, bucket, coarse, max, packed, not 'left'.");
        Cli.run("compare", "--data", folder.resolve("absent")).refused(1, "absent", "does not exist");
        Cli.run("compare", "--python", folder.resolve("absent")).refused(1, "--python", "cannot be run");
        Cli.run("compare", "--plot", folder.resolve("absent/a.png")).refused(2, "--plot", "does not exist");
        Cli.run("compare", "curves", "--plot", folder.resolve("absent/a.png")).refused(2, "--plot", "does not exist");
        Cli.run("compare", "--plot", "/").refused(2, "--plot '/' is a folder");
        Cli.run("compare", "curves", "--plot", "/").refused(2, "--plot '/' is a folder");
        assertFalse(Files.exists(folder.resolve("absent")));
    }

    @Test
    void optionsWithoutEffectAreRefused() {
        String[] none = {"compare", "--against", "none", "--device", "jvm"};
        for (String[] options : new String[][] {
            {"--vocab 'v.txt'", "--vocab", "v.txt"},
            {"--vocab 'v.txt'", "--vocab", "v.txt", "--pad", "max"},
            {"--vocab-size 5", "--vocab-size", "5", "--epochs", "1"},
            {"--vocab-size 5", "--vocab-size", "5", "--pad", "bucket"},
            {"--vocab-size 5", "--vocab-size", "5", "--data", "absent"},
            {"--amp and --fp32", "--amp", "--fp32"},
            {"--steps 3", "--steps", "3", "--epochs", "1"},
            {"--warmup-steps 3", "--warmup-steps", "3", "--epochs", "1"},
            {"--python 'p'", "--python", "p"}}) {
            Object[] line = Stream.concat(Arrays.stream(none), Arrays.stream(options).skip(1)).toArray();
            Cli cli = Cli.run(line);
            cli.refused(2, options[0]);
            assertEquals(1, cli.err.lines().count(), cli.err);
        }
    }

    @Test
    void helpListsIt() {
        assertTrue(Cli.run("--help").out.contains("compare"));
        assertTrue(Cli.run("compare", "--help").out.contains("curves"));
    }

    @Test
    void gpuTestWithoutAGpu() {
        Cli cli = Cli.run("gpu-test");
        cli.refused(1, "TORNADOVM_HOME", "tornado-env/setup", "'./mixed doctor'");
        assertTrue(cli.err.lines().count() == 1 && cli.err.endsWith("." + System.lineSeparator()), cli.err);
    }

    @Test
    void helpNamesTheSelfCheckWhereAGpuMayCompute() {
        for (String command : new String[] {"train", "eval", "predict", "bench", "demo precision", "compare", "compare curves"}) {
            Cli cli = Cli.run((Object[]) (command + " --help").split(" "));
            assertEquals(0, cli.code, cli.err);
            assertTrue(cli.out.contains("--no-self-check"), command + ": " + cli.out);
        }
    }

    @Test
    void withoutACommandAllAreNamed() {
        Cli.run().refused(2, "Give a command: train, eval, predict, embed, bench, demo, doctor, spark, compare, gpu-test.");
    }
}
