// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C (SIGINT) and SIGTERM: while something can be stopped in order, the first of them asks for that. Otherwise, and with the second, the process
 * ends at once: whatever is written to a disk is whole or not there at any moment.
 */
final class Interruption implements AutoCloseable {
    /** What shells take for "ended by Ctrl-C": 128 and the number of SIGINT. */
    static final int EXIT_CODE = 130;
    private static final List<String> SIGNALS = List.of("INT", "TERM");

    private final PrintWriter err;
    private final IntConsumer halt;
    private final List<AutoCloseable> handlers = new ArrayList<>();
    private @Nullable Runnable stop;
    private @Nullable String parting;
    private Runnable unfinished = () -> {};
    private boolean requested;

    /** @param halt ends the process with an exit code */
    Interruption(PrintWriter err, IntConsumer halt) {
        this.err = err;
        this.halt = halt;
    }

    /** Takes the signals of this process until it is closed. */
    static Interruption ofThisProcess(PrintWriter err) {
        // No shutdown hooks: some take the device away from under a step that still runs.
        Interruption interruption = new Interruption(err, Runtime.getRuntime()::halt);
        SIGNALS.forEach(name -> interruption.handlers.add(Signals.handle(name, interruption::arrived)));
        return interruption;
    }

    /** Takes the signals of the process that has started this one, which passes on those that both get: {@code listen} is given what is to be called for each. */
    static Interruption ofLauncher(PrintWriter err, Consumer<Runnable> listen) {
        Interruption interruption = new Interruption(err, Runtime.getRuntime()::halt);
        SIGNALS.forEach(name -> interruption.handlers.add(Signals.handle(name, () -> {})));
        listen.accept(interruption::arrived);
        return interruption;
    }

    /** From here on, the first signal calls {@code request}, once, which is to make the work end soon. */
    synchronized void stopBy(Runnable request) {
        stop = request;
    }

    /**
     * From here on, a signal ends the process with these last words.
     *
     * @param wait for what is not finished yet; the next signal does not
     */
    synchronized void endWith(String words, Runnable wait) {
        stop = null;
        parting = words;
        unfinished = wait;
    }

    /** Whether {@link #stopBy}'s request was made. */
    synchronized boolean requested() {
        return requested;
    }

    /** A signal has arrived. */
    void arrived() {
        Runnable wait;
        synchronized (this) {
            if (stop != null && !requested) {
                requested = true;
                err.println();
                err.println("Stopping after this step, with a checkpoint; once more, and it ends at once.");
                err.flush();
                stop.run();
                return;
            }
            wait = unfinished;
            unfinished = () -> {};
        }
        try {
            wait.run();
        } catch (RuntimeException e) {
            err.println("mixed: " + e.getMessage());
        }
        synchronized (this) {
            if (parting != null) {
                err.println();
                err.println(parting);
            }
            err.flush();
            halt.accept(EXIT_CODE);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable handler : handlers) {
            try {
                handler.close();
            } catch (Exception e) {
                throw new IllegalStateException("the JVM took its own handler of a signal before", e);
            }
        }
        handlers.clear();
    }
}
