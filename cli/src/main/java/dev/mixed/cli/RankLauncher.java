// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.distributed.RankEnvironment;
import dev.mixed.distributed.RankProcess;
import dev.mixed.io.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts the ranks of a command on this machine, a JVM each, and watches them: one that ends with a failure ends all. */
final class RankLauncher {
    private static final String GPUS = "CUDA_VISIBLE_DEVICES";
    /** For rank 0 to say what has happened, and to finish a checkpoint. */
    private static final long GRACE_SECONDS = 10;
    /** Where rank 0 itself is lost, and the others have waited for it already. */
    private static final long SHORT_GRACE_SECONDS = 2;
    private static final int LOOK_MILLIS = 50;
    /** What is kept of a rank's output, for when rank 0 has no words of its own. */
    private static final int KEPT_BYTES = 1 << 16;
    private static final int SIGNALLED = 128;
    private static final byte[] INCUBATOR = "WARNING: Using incubator modules: ".getBytes(StandardCharsets.US_ASCII);

    private final int ranks;
    private final boolean gpus;
    private final Map<String, String> variables;
    private final PrintWriter err;
    private final List<Process> processes = new ArrayList<>();
    private final List<ByteArrayOutputStream> said = new ArrayList<>();
    private @Nullable Thread passing;

    /**
     * @param ranks     how many
     * @param gpus      whether each is to see one of the machine's GPUs
     * @param variables environment of this process
     */
    RankLauncher(int ranks, boolean gpus, Map<String, String> variables, PrintWriter err) {
        this.ranks = ranks;
        this.gpus = gpus;
        this.variables = variables;
        this.err = err;
    }

    /** Runs the command {@code mixed} with these arguments on all ranks; the exit code of the run. */
    int run(List<String> arguments) {
        // A terminal sends them to the ranks, too, which leave it to this process to tell them.
        AutoCloseable interrupt = Signals.handle("INT", this::signal);
        AutoCloseable terminate = Signals.handle("TERM", this::signal);
        try {
            start(arguments);
            return watch();
        } catch (IOException e) {
            throw new UserException("The ranks could not be started (" + e.getMessage() + "); start fewer, or give the machine more memory.", e);
        } finally {
            processes.forEach(Process::destroyForcibly);
            for (AutoCloseable handler : List.of(interrupt, terminate)) {
                try {
                    handler.close();
                } catch (Exception e) {
                    err.println("mixed: " + e);
                }
            }
        }
    }

    /** Tells rank 0, by which all end together. */
    private void signal() {
        try {
            OutputStream input = processes.getFirst().getOutputStream();
            input.write(1);
            input.flush();
        } catch (IOException | NoSuchElementException e) {
            // It has ended, or has not begun.
        }
    }

    private void start(List<String> arguments) throws IOException {
        int port = RankProcess.freePort();
        for (int rank = 0; rank < ranks; rank++) {
            Map<String, String> more = new LinkedHashMap<>();
            more.put("LOCAL_WORLD_SIZE", String.valueOf(ranks));
            more.put(RankProcess.LAUNCHED, "1");
            if (gpus) {
                more.put(GPUS, gpu(rank));
            }
            ProcessBuilder builder = RankProcess.of(new RankEnvironment(rank, ranks, rank, "127.0.0.1", port), more, Main.class.getName(), arguments);
            if (rank == 0) {
                // Its standard input is a pipe from here, and so is what it says on standard error, of which the JVM's own words are left out.
                builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
            } else {
                builder.redirectErrorStream(true);
            }
            Process process = builder.start();
            processes.add(process);
            ByteArrayOutputStream words = new ByteArrayOutputStream();
            said.add(words);
            if (rank > 0) {
                InputStream output = process.getInputStream();
                Thread.ofVirtual().start(() -> keep(output, words));
            } else {
                InputStream errors = process.getErrorStream();
                passing = Thread.ofPlatform().daemon().start(() -> pass(errors));
            }
        }
    }

    /** The GPU of a rank, of those that this process may use. */
    private String gpu(int rank) {
        String visible = variables.get(GPUS);
        if (visible == null || visible.isBlank()) {
            return String.valueOf(rank);
        }
        String[] all = visible.split(",");
        if (all.length < ranks) {
            throw new UserException(GPUS + "=" + visible + " names " + all.length + (all.length == 1 ? " GPU" : " GPUs") + ", too few for " + ranks
                    + " ranks; name as many, or start fewer.");
        }
        return all[rank].strip();
    }

    /** Passes standard error on, but for the first line where that is the JVM's on incubating modules: it has no switch for it. */
    private static void pass(InputStream errors) {
        try {
            byte[] first = errors.readNBytes(INCUBATOR.length);
            if (Arrays.equals(first, INCUBATOR)) {
                for (int b = errors.read(); b >= 0 && b != '\n'; b = errors.read()) {
                    // The rest of the line.
                }
            } else {
                System.err.write(first);
            }
            byte[] some = new byte[4096];
            for (int count = errors.read(some); count >= 0; count = errors.read(some)) {
                System.err.write(some, 0, count);
                System.err.flush();
            }
        } catch (IOException e) {
            // Its end.
        }
    }

    private static void keep(InputStream output, ByteArrayOutputStream words) {
        byte[] some = new byte[4096];
        try {
            for (int count = output.read(some); count >= 0; count = output.read(some)) {
                synchronized (words) {
                    if (words.size() < KEPT_BYTES) {
                        words.write(some, 0, count);
                    }
                }
            }
        } catch (IOException e) {
            // Its end.
        }
    }

    private int watch() {
        int failed = -1;
        long end = Long.MAX_VALUE;
        while (processes.stream().anyMatch(Process::isAlive)) {
            for (int rank = 0; rank < ranks && failed < 0; rank++) {
                Process process = processes.get(rank);
                if (!process.isAlive() && process.exitValue() != 0) {
                    failed = rank;
                    long grace = process.exitValue() == RankSession.LOST_FIRST ? SHORT_GRACE_SECONDS : GRACE_SECONDS;
                    end = System.nanoTime() + TimeUnit.SECONDS.toNanos(grace);
                }
            }
            if (System.nanoTime() > end) {
                processes.forEach(Process::destroyForcibly);
            }
            sleep();
        }
        if (passing != null) {
            try {
                passing.join(TimeUnit.SECONDS.toMillis(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        int first = processes.getFirst().exitValue();
        if (first > SIGNALLED && first != Interruption.EXIT_CODE) {
            err.print(words());
            err.flush();
            return 1;
        }
        return first != 0 ? first : processes.stream().mapToInt(Process::exitValue).filter(code -> code != 0).findFirst().orElse(0);
    }

    /** What another rank has said of the end of rank 0. */
    private String words() {
        for (int rank = 1; rank < ranks; rank++) {
            ByteArrayOutputStream words = said.get(rank);
            synchronized (words) {
                String said = words.toString(StandardCharsets.UTF_8).replaceFirst("^WARNING: Using incubator modules: .*\\R", "");
                if (!said.isEmpty()) {
                    return said;
                }
            }
        }
        return "mixed: Rank 0 was ended from outside, before the run had begun; start it again.\n";
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
