// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Launches CUDA graphs that TornadoVM has captured, and copies arrays for them, on one stream: each begins when what came before has ended, and nobody
 * waits in between. TornadoVM itself goes through a graph's tasks each time and waits for each graph, which takes longer than small kernels do.
 */
final class GraphStream implements ProgramStream {
    private final Driver driver;
    private final long context;
    private final List<Runnable> guards = new ArrayList<>();
    private long stream;
    private boolean busy;
    private @Nullable StagingRing ring;

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

    /**
     * What copies arrays to the GPU again that a plan has copied there, in turn with the graphs: what they hold when it is called, so that they may be
     * written again at once.
     *
     * @param made the plan's copies
     * @return empty where one of the arrays was not copied whole at once, or all are more than are worth it
     */
    Optional<Runnable> copies(List<DeviceCopy> made, List<MemorySegment> arrays) {
        List<DeviceCopy> copies = arrays.stream()
                .flatMap(array -> made.stream().filter(copy -> copy.host() == array.address() && copy.bytes() == array.byteSize())).toList();
        if (copies.size() != arrays.size() || !StagingRing.takes(copies.stream().mapToLong(DeviceCopy::bytes).sum())) {
            return Optional.empty();
        }
        return Optional.of(() -> {
            long on = handle();
            driver.use(context);
            for (int i = 0; i < copies.size(); i++) {
                DeviceCopy copy = copies.get(i);
                long staged = ring().put(arrays.get(i));
                busy = true;
                driver.copyToDevice(copy.device(), staged, copy.bytes(), on);
            }
        });
    }

    private StagingRing ring() {
        if (ring == null) {
            ring = new StagingRing(driver.allocateHost(StagingRing.BYTES), this::await);
        }
        return ring;
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
