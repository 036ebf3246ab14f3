// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls into a driver whose functions are Java methods behind native addresses, with the signatures of CUDA's driver API. */
class CudaDriverTest {
    private static final int NO_DEVICE = 100;

    private final Map<String, MemorySegment> functions = new HashMap<>();
    private final Arena arena = Arena.ofConfined();
    private static int initResult;
    private static int contextResult;
    private static int devices;
    private static int openContexts;
    private static int madeContexts;
    private static long currentContext;

    // --- the driver ---

    static int init(int flags) {
        return initResult;
    }

    static int version(MemorySegment out) {
        return put(out, 12080);
    }

    static int count(MemorySegment out) {
        return put(out, devices);
    }

    static int device(MemorySegment out, int index) {
        return put(out, index + 40);
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    static int name(MemorySegment out, int length, int device) {
        out.reinterpret(length).setString(0, "GPU " + device);
        return 0;
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    static int total(MemorySegment out, int device) {
        out.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, device * 1000L);
        return 0;
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    static int create(MemorySegment out, int flags, int device) {
        if (contextResult == 0) {
            openContexts++;
            madeContexts++;
            out.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 77);
        }
        return contextResult;
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    static int memory(MemorySegment free, MemorySegment total) {
        free.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 500);
        total.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 900);
        return 0;
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    static int current(MemorySegment out) {
        out.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, currentContext);
        return 0;
    }

    static int destroy(MemorySegment context) {
        openContexts--;
        return context.address() == 77 ? 0 : 1;
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    static int errorName(int error, MemorySegment out) {
        out.reinterpret(8).set(ValueLayout.ADDRESS, 0, Arena.global().allocateFrom("CUDA_ERROR_" + error));
        return 0;
    }

    @SuppressWarnings("restricted") // it writes where a driver would
    private static int put(MemorySegment out, int value) {
        out.reinterpret(4).set(ValueLayout.JAVA_INT, 0, value);
        return 0;
    }

    @SuppressWarnings("restricted") // a driver made of functions of this class
    private void function(String name, String method, Class<?>... parameters) throws ReflectiveOperationException {
        MemoryLayout[] layouts = Arrays.stream(parameters).map(p -> p == int.class ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS).toArray(MemoryLayout[]::new);
        functions.put(name,
                Linker.nativeLinker().upcallStub(MethodHandles.lookup().findStatic(CudaDriverTest.class, method, MethodType.methodType(int.class, parameters)),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts), arena));
    }

    @BeforeEach
    void driver() throws ReflectiveOperationException {
        initResult = 0;
        contextResult = 0;
        devices = 2;
        openContexts = 0;
        madeContexts = 0;
        currentContext = 0;
        function("cuCtxGetCurrent", "current", MemorySegment.class);
        function("cuInit", "init", int.class);
        function("cuDriverGetVersion", "version", MemorySegment.class);
        function("cuDeviceGetCount", "count", MemorySegment.class);
        function("cuDeviceGet", "device", MemorySegment.class, int.class);
        function("cuDeviceGetName", "name", MemorySegment.class, int.class, int.class);
        function("cuDeviceTotalMem_v2", "total", MemorySegment.class, int.class);
        function("cuCtxCreate_v2", "create", MemorySegment.class, int.class, int.class);
        function("cuMemGetInfo_v2", "memory", MemorySegment.class, MemorySegment.class);
        function("cuCtxDestroy_v2", "destroy", MemorySegment.class);
        function("cuGetErrorName", "errorName", int.class, MemorySegment.class);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private CudaDriver query() {
        return CudaDriver.query(name -> Optional.ofNullable(functions.get(name)), true);
    }

    // --- the tests ---

    @Test
    void versionNamesAndMemory() {
        CudaDriver driver = query();
        assertEquals(new CudaDriver(12080, List.of(new CudaDriver.Gpu("GPU 40", 40_000, 500), new CudaDriver.Gpu("GPU 41", 41_000, 500))), driver);
        assertEquals("12.8", driver.versionText());
        assertEquals(0, openContexts);
    }

    /** A context of its own would take memory while it looks. */
    @Test
    void freeMemoryIsAskedOfTheContextThatThereIs() {
        assertEquals(500, CudaDriver.free(name -> Optional.ofNullable(functions.get(name))));
        assertEquals(1, madeContexts);
        assertEquals(0, openContexts);
        currentContext = 5;
        assertEquals(500, CudaDriver.free(name -> Optional.ofNullable(functions.get(name))));
        assertEquals(1, madeContexts);
        currentContext = 0;
        contextResult = 46;
        assertEquals(-1, CudaDriver.free(name -> Optional.ofNullable(functions.get(name))));
    }

    @Test
    void aGpuWithoutAContextHasNoFreeMemory() {
        contextResult = 46;
        assertEquals(-1, query().gpus().getFirst().free());
    }

    @Test
    void errorsAreNamed() {
        initResult = NO_DEVICE;
        String message = assertThrows(DeviceException.class, this::query).getMessage();
        assertTrue(message.contains("cuInit gives the error 100 (CUDA_ERROR_100)"), message);
        functions.remove("cuGetErrorName");
        message = assertThrows(DeviceException.class, this::query).getMessage();
        assertTrue(message.contains("cuInit gives the error 100;"), message);
    }

    @Test
    void noGpuAndMissingFunctionsAreErrors() {
        devices = 0;
        assertTrue(assertThrows(DeviceException.class, this::query).getMessage().contains("finds no GPU"));
        functions.remove("cuInit");
        assertTrue(assertThrows(DeviceException.class, this::query).getMessage().contains("no cuInit"));
    }
}
