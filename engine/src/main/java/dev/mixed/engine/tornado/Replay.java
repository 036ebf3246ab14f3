// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.Optional;
import java.util.function.Supplier;

/** Work that TornadoVM does the first time, and that is begun anew from then on without it and without waiting, where that can be done. */
final class Replay {
    private final TaskCompiler compiler;
    private final Runnable first;
    private final Supplier<Optional<Runnable>> later;
    private Optional<Runnable> again = Optional.empty();
    private boolean ran;

    /**
     * @param compiler waits for what was begun before TornadoVM does the work
     * @param first    has TornadoVM do it, to its end
     * @param later    asked once TornadoVM has done it: what begins it again, empty where TornadoVM is to do it each time
     */
    Replay(TaskCompiler compiler, Runnable first, Supplier<Optional<Runnable>> later) {
        this.compiler = compiler;
        this.first = first;
        this.later = later;
    }

    /** Begins it, after all that was begun before. It may not have ended when this returns: {@link TaskCompiler#awaitGraphs} waits for it. */
    void start() {
        if (again.isPresent()) {
            again.get().run();
            return;
        }
        compiler.awaitGraphs();
        first.run();
        if (!ran) {
            ran = true;
            again = later.get();
        }
    }
}
