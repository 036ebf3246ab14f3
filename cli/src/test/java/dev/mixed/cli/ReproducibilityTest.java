// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same seed gives the same bytes, also when a run is killed and resumed. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ReproducibilityTest {
    private static final int EPOCHS = 3;
    private static final int STEPS_AN_EPOCH = 10;

    @TempDir
    private Path temp;
    private Path data;
    private Path model;

    @BeforeEach
    void toy() {
        data = Toy.data(temp);
        model = Toy.model(temp, List.of("weather", "food"));
    }

    private List<String> train(String output, Object... more) {
        List<String> args = new ArrayList<>(
                List.of("train", "--data", data.toString(), "--model", model.toString(), "--output", temp.resolve(output).toString(),
                        "--epochs", "" + EPOCHS, "--batch", "4", "--length", "16", "--lr", "5e-3", "--log-every", "4"));
        Arrays.stream(more).map(Object::toString).forEach(args::add);
        return args;
    }

    private Path run(String output, Object... more) {
        Cli.run(train(output, more).toArray()).done();
        return temp.resolve(output);
    }

    @Test
    void sameSeedSameRun() throws IOException {
        Path first = run("first");
        Runs.assertSame(first, run("second"));
        List<String> rows = Runs.metrics(first);
        // Header, training rows at steps 4, 8, ... 28, one validation row an epoch, the test row.
        assertEquals(1 + STEPS_AN_EPOCH * EPOCHS / 4 + EPOCHS + 1, rows.size(), rows.toString());
        assertNotEquals(rows, Runs.metrics(run("other", "--seed", 43)));
    }

    @Test
    void sameSeedSameRunFromRandomWeights() throws IOException {
        Path first = temp.resolve("first");
        for (String name : List.of("first", "second")) {
            Cli.run("train", "--data", data, "--output", temp.resolve(name), "--epochs", 1, "--batch", 16, "--length", 16, "--log-every", 1).done();
        }
        Runs.assertSame(first, temp.resolve("second"));
    }

    /**
     * Step 2 is before any checkpoint, 10 follows the epoch's end, 14 has one from the middle of its epoch, 21 is just behind one. A checkpoint is
     * written while training goes on: the kill may come before it is there, and then the one before it counts.
     */
    @ParameterizedTest
    @CsvSource({"2,0,--fp32", "10,9,--fp32", "14,12,--fp32", "21,20,--fp32", "14,12,--amp",
        "14,13,--amp --eval-steps 4 --metric mcc --save-total-limit 3 --scheduler cosine --save-every 1"})
    void killedInMidEpochAndResumed(int step, int saved, String options) throws Exception {
        Object[] more = options.split(" ");
        Path whole = run("whole", more);
        List<String> arguments = new ArrayList<>(List.of("" + (step - 1) / STEPS_AN_EPOCH, "" + ((step - 1) % STEPS_AN_EPOCH + 1)));
        arguments.addAll(train("killed", more));
        if (more.length == 1) {
            arguments.addAll(List.of("--save-every", "3"));
        }
        Process process = ChildJvm.start(List.of(), KilledRun.class, arguments);
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(137, process.exitValue(), "not ended by SIGKILL");

        Path killed = temp.resolve("killed");
        Cli resumed = Cli.run("train", "--output", killed, "--resume").done();
        if (saved == 0) {
            assertTrue(resumed.err().contains("stopped before it saved a checkpoint"), resumed.toString());
        } else {
            Matcher after = Pattern.compile("resumed after step (\\d+) of " + EPOCHS * STEPS_AN_EPOCH).matcher(resumed.out());
            assertTrue(after.find(), resumed.toString());
            int found = Integer.parseInt(after.group(1));
            assertTrue(found <= saved && found >= saved - 3, "resumed after step " + found + ", and " + saved + " was the last one to be saved");
        }
        Runs.assertSame(whole, killed);
    }

    @Test
    void killedWhileSavingAndResumed() throws Exception {
        Path whole = run("whole");
        Path killed = temp.resolve("killed");
        Path partial = killed.resolve("last/.checkpoint.partial");
        List<String> arguments = train("killed", "--save-every", 1);
        for (int kill = 0; kill < 3; kill++) {
            Process process = ChildJvm.start(List.of(), Main.class, arguments);
            try {
                // From the second save on, there is a previous checkpoint that must outlive the kill.
                while (process.isAlive() && !(Files.exists(killed.resolve("last/config.json")) && Files.exists(partial))) {
                    Thread.onSpinWait();
                }
                TimeUnit.MICROSECONDS.sleep(700L * kill);
            } finally {
                process.destroyForcibly().waitFor();
            }
            assertEquals(137, process.exitValue(), "the run ended before it was killed");
            Cli.run("predict", "--model", killed.resolve("last"), "the rain and snow").done();
            arguments = List.of("train", "--output", killed.toString(), "--resume");
        }
        Cli.run(arguments.toArray()).done();
        Runs.assertSame(whole, killed);
    }

    @Test
    void resumingAFinishedRunChangesNothing() throws IOException {
        Path whole = run("whole");
        Path again = run("again");
        Cli.run("train", "--output", again, "--resume").done();
        Runs.assertSame(whole, again);
    }

    /** Runs a command line and kills its own process once the progress display shows a step: {@code args[0]} epochs and {@code args[1]} steps done. */
    static final class KilledRun {
        public static void main(String[] args) {
            String line = "epoch " + (Integer.parseInt(args[0]) + 1) + "/" + EPOCHS + "  step " + args[1] + "/";
            System.setErr(new PrintStream(System.err, true, StandardCharsets.UTF_8) {
                @Override
                public void println(String text) {
                    if (text.startsWith(line)) {
                        killMyself();
                    }
                }
            });
            System.exit(Main.commandLine().execute(Arrays.copyOfRange(args, 2, args.length)));
        }

        /** With the signal that can't be caught; the JVM's own way out would run shutdown hooks. */
        private static void killMyself() {
            try {
                new ProcessBuilder("kill", "-9", "" + ProcessHandle.current().pid()).start().waitFor();
                Thread.sleep(60_000);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
