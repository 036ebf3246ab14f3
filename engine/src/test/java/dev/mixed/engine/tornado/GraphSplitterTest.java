// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Parts of a program stay within the tables of a TornadoVM task graph, and together hold every launch in order. */
class GraphSplitterTest {
    private static final Kernel COPY = Kernel.of("copy", GraphSplitterTest::copy);
    private static final Kernel KEEP = Kernel.grid("keep", GraphSplitterTest::keep);
    private static final Kernel LOOK = Kernel.of("look", GraphSplitterTest::look);
    private static final Kernel WIDE = Kernel.of("wide", GraphSplitterTest::wide);

    static void copy(FloatArray x, FloatArray y, int from, int count) {
        y.set(from, x.get(from));
    }

    static void look(FloatArray x, int from, int count) {
    }

    static void wide(FloatArray a, FloatArray b, FloatArray c, FloatArray d, FloatArray e, FloatArray f, FloatArray g, FloatArray h, FloatArray i,
            FloatArray j, FloatArray k, FloatArray l, FloatArray m, FloatArray n, FloatArray o, FloatArray p, FloatArray q, FloatArray r, int from,
            int count) {
        r.set(from, a.get(from));
    }

    private static List<Launch> record(Runnable body, JvmDevice device) {
        return Program.record(device, () -> {
            body.run();
            return List.of();
        }).launches();
    }

    private static void check(List<Launch> launches) {
        List<Launch> joined = new ArrayList<>();
        for (List<Launch> part : GraphSplitter.split(launches)) {
            assertTrue(part.size() <= GraphSplitter.MAX_TASKS);
            int description = part.stream().mapToInt(l -> 15 + 5 * l.kernel().arity()).sum();
            assertTrue(description <= GraphSplitter.MAX_DESCRIPTION, "description of " + description + " bytes");
            joined.addAll(part);
        }
        assertEquals(launches, joined);
    }

    static void keep(KernelContext context, IntArray a, IntArray b, IntArray c, IntArray d) {
    }

    /** For TornadoVM, a launch that keeps its arrays' addresses may write them all: that takes a node more of each. */
    @Test
    void launchesThatKeepAddressesTakeANodeMoreForEachArray() {
        int nodes = 4 * (GraphSplitter.NODES_PER_ARRAY + 1) + 3;
        List<Launch> kept;
        try (EmulatedGpu gpu = new EmulatedGpu(List.of((_, _, out) -> {
            for (int number = 0; number < 60; number++) {
                Launch.Builder launch = out.launch(KEEP);
                for (int j = 0; j < 4; j++) {
                    launch.read(out.ints(4 * number + j));
                }
                launch.once().over(Grid.of(1, 1));
            }
            return 1;
        }))) {
            Tensor x = Tensor.of(gpu, Shape.of(1), 1);
            Tensor y = Tensor.of(gpu, Shape.of(1), 1);
            kept = Program.record(gpu, () -> {
                COPY.launch().read(x).update(y).over(1, 1);
                return List.of();
            }).launches();
        }
        assertEquals(60, kept.size());
        for (List<Launch> part : GraphSplitter.split(kept)) {
            assertTrue(part.size() * nodes <= GraphSplitter.MAX_NODES, part.size() + " launches in one graph");
        }
    }

    @Test
    void nothingNeedsNoGraph() {
        assertEquals(List.of(), GraphSplitter.split(List.of()));
    }

    @Test
    void fewTasksStayInOneGraph() {
        JvmDevice device = JvmDevice.open(1);
        Tensor x = Tensor.of(device, Shape.of(1), 1);
        Tensor y = Tensor.of(device, Shape.of(1), 1);
        List<Launch> launches = record(() -> {
            for (int i = 0; i < 200; i++) {
                COPY.launch().read(x).update(y).over(1, 1);
            }
        }, device);
        assertEquals(1, GraphSplitter.split(launches).size());
        check(launches);
    }

    @Test
    void theDescriptionOfManyTasksIsLimited() {
        JvmDevice device = JvmDevice.open(1);
        Tensor x = Tensor.of(device, Shape.of(1), 1);
        Tensor y = Tensor.of(device, Shape.of(1), 1);
        List<Launch> launches = record(() -> {
            for (int i = 0; i < 251; i++) {
                COPY.launch().read(x).update(y).over(1, 1);
            }
        }, device);
        List<List<Launch>> parts = GraphSplitter.split(launches);
        assertEquals(List.of(228, 23), parts.stream().map(List::size).toList(), "8000 bytes are 228 tasks of 4 arguments");
        check(launches);
    }

    @Test
    void theNumberOfTasksIsLimited() {
        JvmDevice device = JvmDevice.open(1);
        Tensor x = Tensor.of(device, Shape.of(1), 1);
        List<Launch> launches = record(() -> {
            for (int i = 0; i < 260; i++) {
                LOOK.launch().read(x).over(1, 1);
            }
        }, device);
        List<List<Launch>> parts = GraphSplitter.split(launches);
        assertEquals(List.of(250, 10), parts.stream().map(List::size).toList(), "their description would fit for 266");
        check(launches);
    }

    @Test
    void tasksOfManyArgumentsFillTheDescriptionSooner() {
        JvmDevice device = JvmDevice.open(1);
        Tensor x = Tensor.of(device, Shape.of(1), 1);
        Tensor y = Tensor.of(device, Shape.of(1), 1);
        List<Launch> launches = record(() -> {
            for (int i = 0; i < 100; i++) {
                Launch.Builder wide = WIDE.launch();
                for (int a = 0; a < 17; a++) {
                    wide.read(x);
                }
                wide.update(y).over(1, 1);
            }
        }, device);
        assertTrue(GraphSplitter.split(launches).size() >= 2);
        check(launches);
    }

    /** Each array takes three nodes and each result one more of a table of 1024. */
    @Test
    void manyArraysFillTheTableOfNodes() {
        JvmDevice device = JvmDevice.open(1);
        List<Tensor> xs = new ArrayList<>();
        List<Tensor> ys = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            xs.add(Tensor.of(device, Shape.of(1), 1));
            ys.add(Tensor.zeros(device, Shape.of(1), DType.F32));
        }
        List<Launch> launches = record(() -> {
            for (int i = 0; i < 200; i++) {
                COPY.launch().read(xs.get(i)).update(ys.get(i)).over(1, 1);
            }
        }, device);
        List<List<Launch>> parts = GraphSplitter.split(launches);
        assertTrue(parts.size() >= 2, parts.size() + " parts");
        for (List<Launch> part : parts) {
            assertTrue(part.size() * (2 * GraphSplitter.NODES_PER_ARRAY + 2) <= GraphSplitter.MAX_NODES);
        }
        check(launches);
    }

    @Test
    void aKernelTakesTwentyArgumentsAtMost() {
        assertEquals(20, WIDE.arity());
        JvmDevice device = JvmDevice.open(1);
        Tensor x = Tensor.of(device, Shape.of(1), 1);
        Launch.Builder launch = WIDE.launch();
        for (int a = 0; a < 19; a++) {
            launch.read(x);
        }
        assertThrows(IllegalArgumentException.class, () -> launch.over(1, 1));
    }
}
