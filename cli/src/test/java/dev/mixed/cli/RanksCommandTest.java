// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.distributed.RankEnvironment;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks as processes: started by the command or by an environment, killed and stopped. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RanksCommandTest {
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
        List<String> args = new ArrayList<>(List.of("train", "--device", "jvm", "--data", data.toString(), "--model", model.toString(), "--output",
                temp.resolve(output).toString(), "--epochs", "2", "--batch", "4", "--length", "16", "--lr", "5e-3", "--log-every", "2", "--dropout", "0"));
        Arrays.stream(more).map(Object::toString).forEach(args::add);
        return args;
    }

    private void assertSameModel(String expected, String actual) throws IOException {
        for (String file : List.of("model.safetensors", "last/model.safetensors", "last/training_state.safetensors")) {
            assertArrayEquals(Files.readAllBytes(temp.resolve(expected).resolve(file)), Files.readAllBytes(temp.resolve(actual).resolve(file)), file);
        }
        assertEquals(Runs.metrics(temp.resolve(expected)), Runs.metrics(temp.resolve(actual)));
    }

    /** The command itself starts two ranks, which give the model and the printed scores of one that accumulates; one that is killed ends both. */
    @Test
    void theCommandStartsRanksAndWatchesThem() throws Exception {
        Cli one = Cli.run(train("one", "--accumulate", 2).toArray()).done();
        Process whole = ChildJvm.start(List.of(), Main.class, train("ranks", "--ranks", 2));
        String printed = new String(whole.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, whole.waitFor(), printed);
        assertTrue(printed.contains("2 classes; 2 ranks, gradients by a ring over TCP"), printed);
        String scores = one.out().substring(one.out().indexOf("test, with"), one.out().indexOf("Model, metrics.csv"));
        assertTrue(printed.contains(scores), printed);
        assertSameModel("one", "ranks");
        String log = Files.readString(temp.resolve("ranks/rank-1.log"));
        assertTrue(log.startsWith("WARNING") || log.contains("rank 1 of 2, process ") && log.endsWith("done" + System.lineSeparator()), log);

        Path texts = temp.resolve("texts.txt");
        Files.write(texts,
                Collections.nCopies(70, List.of("we saw rain", "more bread and more soup and cake", "today the wind")).stream().flatMap(List::stream).toList());
        List<String> predict = List.of("predict", "--device", "jvm", "--model", temp.resolve("one").toString(), "--file", texts.toString(), "--format", "csv");
        List<String> together = new ArrayList<>(predict);
        together.addAll(List.of("--ranks", "2"));
        Process predicted = ChildJvm.builder(List.of(), Main.class, together).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String answers = new String(predicted.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, predicted.waitFor());
        assertEquals(Cli.run(predict.toArray()).done().out(), answers);
        assertEquals(211, answers.lines().count());

        Process killed = ChildJvm.start(List.of(), Main.class, train("killed", "--ranks", 2, "--max-steps", 4000));
        Path of = temp.resolve("killed/rank-1.log");
        while (killed.isAlive() && !(Files.exists(of) && Files.readString(of).contains("step 2,"))) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        long process = Long.parseLong(Files.readString(of).replaceAll("(?s).*, process (\\d+), trains.*", "$1"));
        ProcessHandle.of(process).orElseThrow().destroyForcibly();
        printed = new String(killed.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, killed.waitFor(), printed);
        assertTrue(printed.contains("mixed: Rank 1 (process " + process + " on ") && printed.contains(") has ended: the run can't go on."), printed);
        assertTrue(printed.contains("  ./mixed train --resume --output " + temp.resolve("killed") + " --ranks 2") || printed.contains("--overwrite."), printed);
    }

    /** What a rank printed, and its exit code. */
    private record End(int code, String printed) {
    }

    private List<End> ranks(List<List<String>> arguments, String silence) throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < arguments.size(); rank++) {
            ProcessBuilder builder = ChildJvm.builder(List.of(), DyingRank.class, arguments.get(rank)).redirectErrorStream(true);
            builder.environment().putAll(new RankEnvironment(rank, arguments.size(), rank, "127.0.0.1", port).variables());
            builder.environment().put("MIXED_SILENCE_SECONDS", silence);
            processes.add(builder.start());
        }
        List<End> ends = new ArrayList<>();
        for (Process process : processes) {
            if (silence.equals("3") && ends.size() == 1) {
                // One that was stopped does not end by itself.
                process.toHandle().destroyForcibly();
            }
            ends.add(new End(process.waitFor(), new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)));
        }
        return ends;
    }

    private static List<String> with(String signal, String where, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of(signal, where));
        all.addAll(arguments);
        return all;
    }

    /** Ranks of an environment, one of which is killed in its forward pass, in the sum over ranks, while it saves (rank 0 does), or is stopped. */
    @ParameterizedTest
    @CsvSource({"0,KILL,dev.mixed.train.TrainingStep.computed,20", "1,KILL,dev.mixed.train.TrainingStep.computed,20",
        "0,KILL,dev.mixed.distributed.RingCollective,20", "1,KILL,dev.mixed.distributed.RingCollective,20",
        "0,KILL,dev.mixed.io.AtomicFolder,20", "1,STOP,dev.mixed.distributed.RingCollective,3"})
    void aRankThatDiesIsNamedAndNothingIsLost(int victim, String signal, String where, String silence) throws Exception {
        List<String> arguments = train("run", "--save-every", 2, "--max-steps", 24);
        List<List<String>> each = new ArrayList<>(List.of(with("NONE", "-", arguments), with("NONE", "-", arguments)));
        each.set(victim, with(signal, where, arguments));
        List<End> ends = ranks(each, silence);
        String named = victim == 0 ? "mixed: Rank 0 (at 127.0.0.1) has ended: the run can't go on."
                : signal.equals("KILL") ? ") has ended: the run can't go on." : ") has given no sign of life for 3 s: it hangs, or its machine is out of reach";
        End other = ends.get(1 - victim);
        assertEquals(victim == 0 ? RankSession.LOST_FIRST : 1, other.code, other.printed);
        assertTrue(other.printed.contains(named), other.printed);
        assertTrue(other.printed.stripTrailing().endsWith("./mixed train --resume --output " + temp.resolve("run") + " --ranks 2"), other.printed);
        assertEquals(137, ends.get(victim).code, ends.get(victim).printed);
        Cli.run("train", "--resume", "--output", temp.resolve("run"), "--ranks", "1").done();
        Cli.run(train("whole", "--save-every", 2, "--max-steps", 24, "--accumulate", 2).toArray()).done();
        assertSameModel("whole", "run");
    }

    /** A rank that sends itself a signal as soon as it is at a place in the code, once the run has a checkpoint. */
    static final class DyingRank {
        public static void main(String[] args) {
            List<String> arguments = List.of(args).subList(2, args.length);
            Path last = Path.of(arguments.get(arguments.indexOf("--output") + 1)).resolve("last/training_state.json");
            if (!args[0].equals("NONE")) {
                Thread.ofPlatform().daemon().start(() -> {
                    while (!Files.exists(last) || Thread.getAllStackTraces().values().stream().flatMap(Arrays::stream)
                            .noneMatch(frame -> (frame.getClassName() + "." + frame.getMethodName()).startsWith(args[1]))) {
                        Thread.onSpinWait();
                    }
                    try {
                        new ProcessBuilder("kill", "-" + args[0], String.valueOf(ProcessHandle.current().pid())).start();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
            }
            System.exit(Main.commandLine().execute(arguments.toArray(String[]::new)));
        }
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        Cli.run(train("run", "--gpus", 2).toArray()).refused(2, "--gpus 2 contradicts --device jvm", "leave one of them out");
        Cli.run("train", "--gpus", "2", "--ranks", "3").refused(2, "--gpus 2 stands for --ranks 2 --device gpu", "only one");
        Cli.run(train("run", "--ranks", 2, "--seeds", "1,2").toArray()).refused(2, "--seeds and --folds are several runs, each of one rank");
        Cli.run(train("run", "--ranks", 2, "--gradient-precision", "half").toArray()).refused(2, "--gradient-precision half needs --amp");
        Cli.run("predict", "--model", model, "--ranks", 2, "a text").refused(2, "--ranks and --gpus are for the texts of a file; give it with --file.");
        Cli.run("eval", "--model", model, "--gpus", 2, "--device", "jvm").refused(2, "--gpus 2 contradicts --device jvm");
        Cli.run("eval", "--model", model, "--ranks", 0).refused(2, "--ranks must be a whole number from 1 to 4096, not '0'.");
        Cli.run(train("run", "--ranks", 0).toArray()).refused(2, "--ranks must be a whole number from 1 to 4096, not '0'");
    }
}
