// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;

/**
 * Launches CUDA graphs that TornadoVM has captured, on one stream: each begins when the one before has ended, and nobody waits in between. TornadoVM
 * itself goes through a graph's tasks each time and waits for each graph, which takes longer than small kernels do.
 */
final class GraphStream {
    private final Driver driver;
    private long stream;
    private long context;
    private boolean busy;

    GraphStream(Driver driver) {
        this.driver = driver;
    }

    /** Begins some graphs, after all that were begun before. */
    void launch(List<CapturedGraph> graphs) {
        for (CapturedGraph graph : graphs) {
            if (stream == 0) {
                context = graph.context();
                driver.use(context);
                stream = driver.newStream();
            } else {
                driver.use(context);
            }
            busy = true;
            driver.launchGraph(graph.handle(), stream);
        }
    }

    /** Throws what made graphs fail that TornadoVM has run itself, of which it only prints. */
    void check(CapturedGraph graph) {
        driver.use(graph.context());
        driver.await();
    }

    /** Waits for all graphs that were begun. */
    void await() {
        if (busy) {
            driver.use(context);
            driver.await(stream);
            busy = false;
        }
    }
}
