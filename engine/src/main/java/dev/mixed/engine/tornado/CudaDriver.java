// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What NVIDIA's driver says of itself and its GPUs, asked through CUDA's driver API. TornadoVM is not needed for it, and does not say why it
 * finds no GPU.
 *
 * @param version the newest CUDA version that the driver runs, 1000 * major + 10 * minor
 * @param gpus    at least one; none where only {@link #require} asked
 */
public record CudaDriver(int version, List<Gpu> gpus) {
    private static final String LIBRARY = System.getProperty("os.name", "").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1";
    private static final int NAME_BYTES = 256;
    private static final Logger LOG = LoggerFactory.getLogger(CudaDriver.class);

    /**
     * @param name  for example NVIDIA H200
     * @param total bytes of memory
     * @param free  bytes of memory that no program uses, -1 where the driver does not say
     */
    public record Gpu(String name, long total, long free) {
    }

    /** For example 13.0. */
    public String versionText() {
        return version / 1000 + "." + version % 1000 / 10;
    }

    /**
     * Asks the driver of this machine.
     *
     * @throws DeviceException if there is no driver, or no GPU
     */
    public static CudaDriver query() {
        return query(library(), true);
    }

    /**
     * Begins to start the driver on a thread of its own, which takes a fifth of a second: whoever needs it then waits for the rest of that. What goes wrong
     * is for them to find.
     */
    public static void startAhead() {
        Thread.ofPlatform().daemon().name("mixed-driver").start(() -> {
            try {
                require();
            } catch (DeviceException e) {
                LOG.debug("the driver does not start", e);
            }
        });
    }

    /** Only that there is a driver with a GPU: faster than {@link #query}, which creates a context on each. */
    static void require() {
        query(library(), false);
    }

    /** Bytes of the first GPU's memory that are free, as the calling thread's context sees them, or else a new one that is gone afterwards; -1 if unknown. */
    static long free() {
        return free(library());
    }

    static long free(SymbolLookup library) {
        Calls cuda = new Calls(library);
        try (Arena arena = Arena.ofConfined()) {
            cuda.call("cuInit", 0);
            MemorySegment context = arena.allocate(ValueLayout.ADDRESS);
            cuda.call("cuCtxGetCurrent", context);
            if (context.get(ValueLayout.ADDRESS, 0).address() != 0) {
                return free(cuda, arena);
            }
            MemorySegment handle = arena.allocate(ValueLayout.JAVA_INT);
            cuda.call("cuDeviceGet", handle, 0);
            return free(cuda, arena, handle.get(ValueLayout.JAVA_INT, 0));
        }
    }

    @SuppressWarnings("restricted") // a native library is called on purpose
    private static SymbolLookup library() {
        try {
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new DeviceException("there is no NVIDIA driver here (" + LIBRARY + " is not on the library path); install the driver from your"
                    + " distribution or from NVIDIA", e);
        }
    }

    static CudaDriver query(SymbolLookup library, boolean memory) {
        Calls cuda = new Calls(library);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            cuda.call("cuInit", 0);
            cuda.call("cuDriverGetVersion", number);
            int version = number.get(ValueLayout.JAVA_INT, 0);
            cuda.call("cuDeviceGetCount", number);
            int count = number.get(ValueLayout.JAVA_INT, 0);
            if (count == 0) {
                throw new DeviceException("NVIDIA's driver finds no GPU; check CUDA_VISIBLE_DEVICES, and that 'nvidia-smi' lists one");
            }
            List<Gpu> gpus = new ArrayList<>();
            for (int i = 0; memory && i < count; i++) {
                gpus.add(gpu(cuda, arena, i));
            }
            return new CudaDriver(version, List.copyOf(gpus));
        }
    }

    private static Gpu gpu(Calls cuda, Arena arena, int index) {
        MemorySegment handle = arena.allocate(ValueLayout.JAVA_INT);
        cuda.call("cuDeviceGet", handle, index);
        int device = handle.get(ValueLayout.JAVA_INT, 0);
        MemorySegment name = arena.allocate(NAME_BYTES);
        cuda.call("cuDeviceGetName", name, NAME_BYTES, device);
        MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
        cuda.call("cuDeviceTotalMem_v2", total, device);
        return new Gpu(name.getString(0), total.get(ValueLayout.JAVA_LONG, 0), free(cuda, arena, device));
    }

    /** Only a context can ask for free memory; a GPU that another program holds alone has none to give. */
    private static long free(Calls cuda, Arena arena, int device) {
        MemorySegment context = arena.allocate(ValueLayout.ADDRESS);
        try {
            cuda.call("cuCtxCreate_v2", context, 0, device);
        } catch (DeviceException e) {
            return -1;
        }
        try {
            return free(cuda, arena);
        } finally {
            cuda.call("cuCtxDestroy_v2", context.get(ValueLayout.ADDRESS, 0));
        }
    }

    private static long free(Calls cuda, Arena arena) {
        MemorySegment free = arena.allocate(ValueLayout.JAVA_LONG);
        MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
        cuda.call("cuMemGetInfo_v2", free, total);
        return free.get(ValueLayout.JAVA_LONG, 0);
    }

    /** Functions of the driver that take ints and addresses and return a CUresult, 0 for success. */
    private record Calls(SymbolLookup library) {
        void call(String function, Object... arguments) {
            int result = invoke(function, arguments);
            if (result != 0) {
                throw new DeviceException("NVIDIA's driver does not work: " + function + " gives the error " + result + meaning(result)
                        + "; check that 'nvidia-smi' lists a GPU, and that the driver and its kernel module have the same version");
            }
        }

        @SuppressWarnings("restricted") // a native library is called on purpose
        private int invoke(String function, Object... arguments) {
            MemorySegment address = library.find(function).orElseThrow(() -> new DeviceException("NVIDIA's driver is too old or incomplete: it has no "
                    + function + "; install a newer one"));
            MemoryLayout[] layouts = new MemoryLayout[arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                layouts[i] = arguments[i] instanceof Integer ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
            }
            MethodHandle handle = Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts));
            try {
                return (int) handle.invokeWithArguments(arguments);
            } catch (Throwable e) {
                throw new IllegalStateException("calling " + function, e);
            }
        }

        /** For example " (CUDA_ERROR_NO_DEVICE)". */
        @SuppressWarnings("restricted") // a native library is called on purpose
        private String meaning(int result) {
            if (library.find("cuGetErrorName").isEmpty()) {
                return "";
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment text = arena.allocate(ValueLayout.ADDRESS);
                return invoke("cuGetErrorName", result, text) == 0
                        ? " (" + text.get(ValueLayout.ADDRESS, 0).reinterpret(NAME_BYTES).getString(0) + ")" : "";
            }
        }
    }
}
