// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.Collectives;
import dev.mixed.distributed.RankEnvironment;
import dev.mixed.distributed.RankGroup;
import dev.mixed.distributed.RankLostException;
import dev.mixed.distributed.RankProcess;
import dev.mixed.distributed.RankTimes;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.io.UserException;
import dev.mixed.train.DataParallel;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * This process as one of the ranks of a command. Rank 0 prints; what others print goes into a log, and only the reason why they can't go on to standard
 * error, too.
 */
final class RankSession implements AutoCloseable {
    /** Exit code of a rank that has lost rank 0, which can't say so itself. */
    static final int LOST_FIRST = 3;

    private final RankGroup group;
    private final CommandLine line;
    private final @Nullable RankLog log;
    private final PrintWriter out;
    private final PrintWriter err;
    /** Called for each signal that the launcher passes on; null where nothing has launched this process. */
    private final @Nullable AtomicReference<Runnable> signals;
    private Collective collective = Collective.single();
    private @Nullable Path folder;

    private RankSession(RankGroup group, CommandLine line, @Nullable RankLog log, @Nullable AtomicReference<Runnable> signals) {
        this.signals = signals;
        this.group = group;
        this.line = line;
        this.log = log;
        this.out = line.getOut();
        this.err = line.getErr();
    }

    /** A process by itself. */
    static RankSession single(CommandLine line) {
        return new RankSession(RankGroup.single(), line, null, null);
    }

    /** Joins the other ranks of an environment; a {@link UserException} where they do not come together. */
    static RankSession join(RankEnvironment environment, Map<String, String> variables, CommandLine line) {
        AtomicReference<Runnable> signals = null;
        if (variables.containsKey(RankProcess.LAUNCHED)) {
            AtomicReference<Runnable> action = new AtomicReference<>(() -> Runtime.getRuntime().halt(Interruption.EXIT_CODE));
            signals = action;
            Thread.ofPlatform().daemon().name("mixed-launcher").start(() -> listen(action));
        }
        RankGroup group = RankGroup.join(environment, RankTimes.of(variables));
        RankSession session = new RankSession(group, line, group.leads() ? null : new RankLog(), signals);
        session.divertOutput();
        return session;
    }

    /** The process that started this one holds its standard input open for as long as it lives, and writes a byte to it for each signal. */
    private static void listen(AtomicReference<Runnable> action) {
        try {
            while (System.in.read() >= 0) {
                action.get().run();
            }
        } catch (IOException e) {
            // It is gone, too.
        }
        Runtime.getRuntime().halt(Interruption.EXIT_CODE);
    }

    /** Ctrl-C and its like, for this process. */
    Interruption interruption() {
        return signals == null ? Interruption.ofThisProcess(line.getErr()) : Interruption.ofLauncher(line.getErr(), signals::set);
    }

    private void divertOutput() {
        if (log != null) {
            PrintStream stream = new PrintStream(log, true, StandardCharsets.UTF_8);
            System.setOut(stream);
            System.setErr(stream);
            line.setOut(new PrintWriter(stream, true, StandardCharsets.UTF_8));
            line.setErr(new PrintWriter(stream, true, StandardCharsets.UTF_8));
        }
    }

    RankGroup group() {
        return group;
    }

    /** Whether this process logs, scores and saves. */
    boolean leads() {
        return group.leads();
    }

    /**
     * What trains together on a device; all ranks call it.
     *
     * @param half  whether gradients travel in half
     * @param notes told of what is not as fast as it might be
     */
    DataParallel open(Device device, boolean half, Consumer<String> notes) {
        collective = Collectives.open(group, device, half, notes);
        return DataParallel.of(group, collective);
    }

    /** The ranks of a command that sums nothing over them. */
    DataParallel together() {
        return DataParallel.of(group, Collective.single());
    }

    /** Tells all ranks the run's folder, from rank 0, and lets the others write their logs there. */
    Path folder(Path path) {
        byte[] known = group.broadcast(path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8));
        Path run = Path.of(new String(known, StandardCharsets.UTF_8));
        folder = run;
        if (log != null) {
            log.writeTo(run.resolve(RankLog.fileName(group.rank())));
        }
        return run;
    }

    /**
     * Runs this rank's part. Where it can't go on, the other ranks are told why.
     *
     * @param goOn what to do when another rank is lost, as a sentence and a line, from the run's folder; null before there is one
     */
    int run(Callable<Integer> work, Function<@Nullable Path, String> goOn) throws Exception {
        try {
            return work.call();
        } catch (RankLostException e) {
            String words = "mixed: " + e.getMessage() + "\n" + goOn.apply(folder);
            say(words);
            return e.rank() == 0 ? LOST_FIRST : 1;
        } catch (Exception | OutOfMemoryError e) {
            String sentence = e instanceof UserException || e instanceof DeviceException ? UsageMistakes.sentence(String.valueOf(e.getMessage()))
                    : e instanceof OutOfMemoryError ? "the memory of its JVM is used up." : "an error in miXed itself, which its log shows (" + e + ").";
            if (!leads()) {
                // What every rank finds wrong is rank 0's to say.
                await();
            }
            group.fail(sentence);
            if (log != null) {
                line.getErr().println("mixed: " + sentence);
                err.println("mixed: rank " + group.rank() + ": " + sentence);
                err.flush();
            }
            throw e;
        }
    }

    private static void await() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void say(String words) {
        err.println(words);
        err.flush();
        if (log != null) {
            line.getErr().println(words);
        }
    }

    @Override
    public void close() {
        collective.close();
        group.close();
        line.getOut().flush();
        line.getErr().flush();
        line.setOut(out);
    }
}
