// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C in a run, and what may be changed when it goes on. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class InterruptedRunTest {
    @TempDir
    private Path temp;
    private Path data;
    private Path model;

    @BeforeEach
    void toy() {
        data = Toy.data(temp);
        model = Toy.model(temp, List.of("weather", "food"));
    }

    private List<String> train(Path output, Object... more) {
        List<String> args = new ArrayList<>(List.of("train", "--data", data.toString(), "--model", model.toString(), "--output", output.toString(), "--epochs",
                "3", "--batch", "4", "--length", "16", "--lr", "5e-3", "--log-every", "4"));
        Arrays.stream(more).map(Object::toString).forEach(args::add);
        return args;
    }

    private Path run(String output, Object... more) {
        Cli.run(train(temp.resolve(output), more).toArray()).done();
        return temp.resolve(output);
    }

    /** A real signal to a real process: SIGTERM, for a build in the background may have to ignore SIGINT. */
    @Test
    void aSignalEndsARunWithACheckpointAndTheCommandThatGoesOn() throws Exception {
        Path output = temp.resolve("run of 'mine'");
        Process process = ChildJvm.start(List.of(), SignalledRun.class, train(output));
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(130, process.waitFor(), printed);
        String command = "  ./mixed train --resume --output '" + temp + "/run of '\\''mine'\\'''";
        assertTrue(printed.contains("Stopping after this step") && printed.contains(" of 30; its checkpoint is in " + output.resolve("last"))
                && printed.endsWith(command + System.lineSeparator()), printed);
        assertFalse(Files.exists(output.resolve(".mixed.lock")));
        Cli resumed = Cli.run("train", "--resume", "--output", output).done();
        assertTrue(resumed.out().contains("resumed after step 1"), resumed.out());
        Runs.assertSame(run("whole"), output);
    }

    /** Runs a command line and sends itself SIGTERM once the progress display shows a step of the second epoch. */
    static final class SignalledRun {
        public static void main(String[] args) {
            PrintStream err = System.err;
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8) {
                private boolean sent;

                @Override
                public void println(String text) {
                    super.println(text);
                    if (!sent && text.startsWith("epoch 2/3  step 4/")) {
                        sent = true;
                        try {
                            new ProcessBuilder("kill", "-TERM", "" + ProcessHandle.current().pid()).start().waitFor();
                            // The handler prints to another stream: leave it the time to come before the run's end.
                            Thread.sleep(300);
                        } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                }
            });
            System.exit(Main.commandLine().execute(args));
        }
    }

    /** What an {@link Interruption} does with signals, without any. */
    @Test
    void theFirstSignalAsksAndTheSecondEnds() {
        List<String> done = new ArrayList<>();
        StringWriter err = new StringWriter();
        Interruption interruption = new Interruption(new PrintWriter(err), code -> done.add("halt " + code));
        interruption.arrived();
        assertEquals(List.of("halt 130"), done, "nothing to stop yet");
        interruption.stopBy(() -> done.add("stop"));
        assertFalse(interruption.requested());
        interruption.arrived();
        assertTrue(interruption.requested());
        assertEquals(List.of("halt 130", "stop"), done);
        interruption.arrived();
        assertEquals(List.of("halt 130", "stop", "halt 130"), done);
        assertFalse(err.toString().contains("To score it"));
        done.clear();
        interruption.endWith("To score it: x", () -> {
            done.add("saved");
            throw new UserException("the disk is full");
        });
        interruption.arrived();
        assertEquals(List.of("saved", "halt 130"), done, "the first one waits for what is unfinished");
        assertTrue(err.toString().contains("mixed: the disk is full"), err.toString());
        interruption.arrived();
        assertEquals(List.of("saved", "halt 130", "halt 130"), done, "the second one does not");
        assertTrue(err.toString().endsWith("To score it: x" + System.lineSeparator()), err.toString());
        interruption.close();
    }

    @Test
    void aRunGoesOnForMoreEpochsAndSaysSo() throws IOException {
        Path run = run("run");
        List<String> before = Runs.metrics(run);
        Cli.run("train", "--resume", "--output", run, "--epochs", 2).refused(2, "--epochs 2 is less than the run in '" + run + "' has done (3 epochs)",
                "at least 3");
        assertEquals(before, Runs.metrics(run));
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("\nepochs: 3\n"));
        Cli more = Cli.run("train", "--resume", "--output", run, "--epochs", 5).done();
        assertTrue(more.err().contains("The run had 3 epochs and gets 5") && more.err().contains("ends after step 50 in place of 30"), more.err());
        assertTrue(more.out().contains("resumed after step 30 of 50") && more.out().contains("test, with the model of epoch"), more.out());
        List<String> after = Runs.metrics(run);
        assertEquals(before.subList(0, before.size() - 1), after.subList(0, before.size() - 1), "all rows but that of the test");
        assertEquals(1, after.stream().filter(row -> row.contains(",test,")).count(), after.toString());
        assertTrue(after.stream().anyMatch(row -> row.startsWith("50,5.0,validation,")), after.toString());
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("\nepochs: 5\n"));
        Cli same = Cli.run("train", "--resume", "--output", run).done();
        assertFalse(same.err().contains("epochs and gets"), same.err());
        assertEquals(after, Runs.metrics(run));
    }

    @Test
    void whatElseIsOtherOnResumeIsRefusedByName() {
        Path run = run("a run");
        Cli.run("train", "--resume", "--output", run, "--epochs", 9, "--warmup", 0.5, "--accumulate", 2).refused(2, "warmup: 0.1 there, 0.5 here",
                "accumulate: 1 there, 2 here", "--model '" + run + "'");
        Cli.run("train", "--resume", "--output", run, "--epochs", 9, "--seed", 1).refused(2, "seed: 42 there, 1 here");
    }

    /** Three texts as one batch, and as batches of two and one in one step. */
    @Test
    void accumulatedBatchesAreOneStep() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("three"));
        Files.writeString(folder.resolve("train.csv"), "text,label\nthe rain and more snow,weather\nsome bread,food\na storm we saw today,weather\n");
        for (String split : List.of("validation", "test")) {
            Files.writeString(folder.resolve(split + ".csv"), "text,label\nsun and wind,weather\nsome soup,food\n");
        }
        List<Double> losses = new ArrayList<>();
        for (List<Integer> sizes : List.of(List.of(3, 1), List.of(2, 2), List.of(1, 3), List.of(1, 5), List.of(8, 4))) {
            Path output = temp.resolve("of" + sizes.getFirst() + "-" + sizes.getLast());
            Cli.run("train", "--data", folder, "--model", model, "--output", output, "--dropout", 0, "--clip", 0, "--weight-decay", 0, "--warmup", 0,
                    "--epochs", 4,
                    "--lr", "1e-2", "--pad", "max", "--length", 16, "--batch", sizes.getFirst(), "--accumulate", sizes.getLast(), "--log-every", 1).done();
            List<String[]> rows = Runs.metrics(output).stream().map(row -> row.split(",", -1)).toList();
            assertEquals(4, rows.stream().filter(row -> row[2].equals("train")).count());
            losses.add(Double.valueOf(rows.stream().filter(row -> row[2].equals("validation")).toList().getLast()[3]));
            assertEquals(losses.getFirst(), losses.getLast(), 1e-5, sizes.toString());
        }
    }
}
