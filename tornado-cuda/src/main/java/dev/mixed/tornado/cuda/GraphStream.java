// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.ArrayList;
import java.util.List;

/**
 * Launches CUDA graphs that TornadoVM has captured, on one stream: each begins when the one before has ended, and nobody waits in between. TornadoVM
 * itself goes through a graph's tasks each time and waits for each graph, which takes longer than small kernels do.
 */
final class GraphStream implements ProgramStream {
    private final Driver driver;
    private final long context;
    private final List<Runnable> guards = new ArrayList<>();
    private long stream;
    private boolean busy;

    /** @param context TornadoVM's */
    GraphStream(Driver driver, long context) {
        this.driver = driver;
        this.context = context;
    }

    /** Begins some graphs, after all that were begun before. */
    void launch(List<CapturedGraph> graphs) {
        long on = handle();
        for (CapturedGraph graph : graphs) {
            driver.use(context);
            busy = true;
            driver.launchGraph(graph.handle(), on);
        }
    }

    /** Throws what made graphs fail that TornadoVM has run itself, of which it only prints. */
    void check(CapturedGraph graph) {
        driver.use(graph.context());
        driver.await();
    }

    /** Waits for all that was begun. */
    void await() {
        if (busy) {
            driver.use(context);
            driver.await(stream);
            busy = false;
            guards.forEach(Runnable::run);
        }
    }

    @Override
    public long context() {
        return context;
    }

    @Override
    public long handle() {
        if (stream == 0) {
            driver.use(context);
            stream = driver.newStream();
        }
        return stream;
    }

    @Override
    public void begun() {
        busy = true;
    }

    @Override
    public void guard(Runnable check) {
        guards.add(check);
    }
}
