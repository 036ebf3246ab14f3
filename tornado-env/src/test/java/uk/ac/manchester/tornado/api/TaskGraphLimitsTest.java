// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoBackendNotFound;
import uk.ac.manchester.tornado.api.exceptions.TornadoDeviceNotFound;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** TornadoVM's limits, and what the JVM says of its device. */
class TaskGraphLimitsTest {
    private final FloatArray x = new FloatArray(8);

    @AfterEach
    void forgetSettings() {
        System.clearProperty("tornado.tvm.maxbytecodesize");
        System.clearProperty("tornado.device.memory");
    }

    static void one(FloatArray x) {
        x.set(0, x.get(0) + 1f);
    }

    static void twenty(IntArray a, IntArray b, IntArray c, IntArray d, IntArray e, IntArray f, IntArray g, IntArray h, IntArray i, IntArray j,
            int k, int l, int m, int n, int o, int p, int q, int r, float s, IntArray out) {
        out.set(0, a.get(0) + b.get(0) + c.get(0) + d.get(0) + e.get(0) + f.get(0) + g.get(0) + h.get(0) + i.get(0) + j.get(0)
                + k + l + m + n + o + p + q + r + (int) s);
    }

    private TaskGraph graphOf(int tasks) {
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.EVERY_EXECUTION, x);
        for (int i = 0; i < tasks; i++) {
            graph.task("t" + i, TaskGraphLimitsTest::one, x);
        }
        return graph.transferToHost(DataTransferMode.EVERY_EXECUTION, x);
    }

    @Test
    void twentyArguments() {
        IntArray one = IntArray.fromElements(1);
        IntArray out = new IntArray(1);
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.FIRST_EXECUTION, one)
                .task("t", TaskGraphLimitsTest::twenty, one, one, one, one, one, one, one, one, one, one, 1, 2, 3, 4, 5, 6, 7, 8, 9f, out)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, out);
        new TornadoExecutionPlan(graph.snapshot()).execute();
        assertEquals(55, out.get(0));
    }

    @Test
    void onlyKernelTypesAreArguments() {
        TaskGraph graph = new TaskGraph("g");
        Task2<FloatArray, String> text = (array, name) -> array.set(0, name.length());
        assertEquals("task g.t: argument 2 is a java.lang.String; a kernel takes TornadoVM arrays, boxed numbers and a KernelContext",
                assertThrows(TornadoTaskRuntimeException.class, () -> graph.task("t", text, x, "no")).getMessage());
        assertThrows(TornadoTaskRuntimeException.class, () -> graph.task("t", TaskGraphLimitsTest::one, null));
        assertThrows(TornadoRuntimeException.class, () -> graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, new float[3]));
        assertThrows(TornadoRuntimeException.class, () -> graph.transferToDevice(3, x));
        assertThrows(TornadoRuntimeException.class, () -> new TaskGraph("a.b"));
    }

    @Test
    void namesAreUnique() {
        TaskGraph graph = graphOf(1);
        assertTrue(assertThrows(TornadoRuntimeException.class, () -> graph.task("t0", TaskGraphLimitsTest::one, x)).getMessage()
                .contains("two tasks named t0"));
    }

    @Test
    void tooManyTasks() {
        System.setProperty("tornado.tvm.maxbytecodesize", "131072");
        new TornadoExecutionPlan(graphOf(256).snapshot()).execute();
        assertEquals(256f, x.get(0));
        assertEquals("task graph g has more than 256 tasks; split it",
                assertThrows(TornadoRuntimeException.class, () -> graphOf(257)).getMessage());
    }

    @Test
    void tooLongADescription() {
        IntArray a = IntArray.fromElements(1);
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.FIRST_EXECUTION, a);
        String message = assertThrows(TornadoRuntimeException.class, () -> {
            for (int i = 0; i < 256; i++) {
                graph.task("t" + i, TaskGraphLimitsTest::twenty, a, a, a, a, a, a, a, a, a, a, 1, 2, 3, 4, 5, 6, 7, 8, 9f, a);
            }
        }).getMessage();
        assertEquals("task graph g: 72 tasks with their arguments need 8280 bytes of TornadoVM's 8192; split the graph", message);
    }

    @Test
    void codeLargerThanTheBuffer() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graphOf(120).snapshot());
        assertTrue(assertThrows(TornadoRuntimeException.class, plan::execute).getMessage()
                .endsWith("bytes of TornadoVM code, 4096 are set; start Java with -Dtornado.tvm.maxbytecodesize=131072"));
        System.setProperty("tornado.tvm.maxbytecodesize", "131072");
        plan.execute();
        assertEquals(120f, x.get(0));
    }

    @Test
    void moreMemoryThanTheDeviceHas() {
        TornadoDevice device = TornadoExecutionPlan.DEFAULT_DEVICE;
        assertEquals(4L << 30, device.getMaxGlobalMemory());
        System.setProperty("tornado.device.memory", "32B");
        assertEquals(32, device.getMaxGlobalMemory());
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graphOf(1).snapshot());
        assertTrue(assertThrows(TornadoOutOfMemoryException.class, plan::execute).getMessage()
                .contains("a FloatArray of 8 elements needs 48 bytes, of 32 bytes of device memory 0 are in use"));
        System.setProperty("tornado.device.memory", "a lot");
        assertThrows(TornadoRuntimeException.class, device::getMaxGlobalMemory);
    }

    @Test
    void oneJavaDevice() {
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        assertEquals(1, runtime.getNumBackends());
        assertEquals(TornadoVMBackendType.JAVA, runtime.getBackendType(0));
        assertEquals(1, runtime.getBackend(0).getNumDevices());
        assertThrows(TornadoBackendNotFound.class, () -> runtime.getBackend(1));
        assertThrows(TornadoDeviceNotFound.class, () -> TornadoExecutionPlan.getDevice(0, 1));
        TornadoDevice device = TornadoExecutionPlan.getDevice(0, 0);
        assertTrue(device.getDeviceName().startsWith("JVM"), device.getDeviceName());
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graphOf(1).snapshot()).withDevice(device);
        assertEquals(device, plan.getDevice(0));
        plan.execute();
        assertEquals(1f, x.get(0));
    }
}
