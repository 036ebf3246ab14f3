// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mixed.intrinsics.TensorMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.stream.IntStream;

/** Calls of CUDA's driver API that TornadoVM does not make, or not with the arguments that are needed. Names and numbers are those of cuda.h. */
final class Driver {
    private static final int FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;
    private static final int DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76;
    private static final int TENSOR_MAP_FLOAT16 = 6;
    private static final int TENSOR_MAP_FLOAT32 = 7;
    private static final int TENSOR_MAP_SWIZZLE_128B = 3;
    private static final int TENSOR_MAP_L2_256B = 3;

    private final MethodHandle setFunctionAttribute;
    private final MethodHandle launchKernel;
    private final MethodHandle encodeTiled;
    private final MethodHandle launchGraph;
    private final MethodHandle copyToDevice;
    private final MethodHandle copyToHost;
    private final MethodHandle fillWithBytes;
    private final MethodHandle allocateHost;
    private final MethodHandle createStream;
    private final MethodHandle synchronizeStream;
    private final MethodHandle getContext;
    private final MethodHandle retainPrimary;
    private final MethodHandle setContext;
    private final MethodHandle synchronizeContext;
    private final MethodHandle currentDevice;
    private final MethodHandle deviceAttribute;

    private Driver(NativeCalls cuda) {
        setFunctionAttribute = cuda.function("cuFuncSetAttribute", JAVA_LONG, JAVA_INT, JAVA_INT);
        launchKernel = cuda.function("cuLaunchKernel", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS,
                ADDRESS);
        encodeTiled = cuda.function("cuTensorMapEncodeTiled", ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT,
                JAVA_INT,
                JAVA_INT);
        launchGraph = cuda.function("cuGraphLaunch", JAVA_LONG, JAVA_LONG);
        copyToDevice = cuda.function("cuMemcpyHtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        copyToHost = cuda.function("cuMemcpyDtoHAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        fillWithBytes = cuda.function("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
        allocateHost = cuda.function("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
        createStream = cuda.function("cuStreamCreate", ADDRESS, JAVA_INT);
        synchronizeStream = cuda.function("cuStreamSynchronize", JAVA_LONG);
        retainPrimary = cuda.function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        getContext = cuda.function("cuCtxGetCurrent", ADDRESS);
        setContext = cuda.function("cuCtxSetCurrent", JAVA_LONG);
        synchronizeContext = cuda.function("cuCtxSynchronize");
        currentDevice = cuda.function("cuCtxGetDevice", ADDRESS);
        deviceAttribute = cuda.function("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
    }

    /**
     * The driver of this machine.
     *
     * @throws IllegalStateException    if it is too old
     * @throws IllegalArgumentException if there is none
     */
    @SuppressWarnings("restricted") // a native library is called on purpose
    static Driver open() {
        return new Driver(new NativeCalls(SymbolLookup.libraryLookup("libcuda.so.1", Arena.global())));
    }

    /** The GPU of the current context. */
    int device() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(JAVA_INT);
            NativeCalls.check("cuCtxGetDevice", () -> (int) currentDevice.invokeExact(number));
            return number.get(JAVA_INT, 0);
        }
    }

    /** The primary context of a GPU, which stays until the process ends. */
    long primary(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(JAVA_LONG);
            NativeCalls.check("cuDevicePrimaryCtxRetain", () -> (int) retainPrimary.invokeExact(context, device));
            return context.get(JAVA_LONG, 0);
        }
    }

    /** The compute capability of the current context's GPU, 10 * major + minor. */
    int capability() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(JAVA_INT);
            int device = device();
            NativeCalls.check("cuDeviceGetAttribute", () -> (int) deviceAttribute.invokeExact(number, DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device));
            int major = number.get(JAVA_INT, 0);
            NativeCalls.check("cuDeviceGetAttribute", () -> (int) deviceAttribute.invokeExact(number, DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device));
            return 10 * major + number.get(JAVA_INT, 0);
        }
    }

    /** Allows launches of a function with so many bytes of dynamic shared memory. */
    void allowShared(long function, int bytes) {
        NativeCalls.check("cuFuncSetAttribute", () -> (int) setFunctionAttribute.invokeExact(function, FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes));
    }

    /** Launches a function; {@code arguments} are addresses of its arguments. */
    void launch(long function, int[] grid, int threads, int sharedBytes, long stream, MemorySegment arguments) {
        NativeCalls.check("cuLaunchKernel",
                () -> (int) launchKernel.invokeExact(function, grid[0], grid[1], grid[2], threads, 1, 1, sharedBytes, stream, arguments,
                        MemorySegment.NULL));
    }

    /** This thread's context. */
    long context() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(JAVA_LONG);
            NativeCalls.check("cuCtxGetCurrent", () -> (int) getContext.invokeExact(context));
            return context.get(JAVA_LONG, 0);
        }
    }

    /** Makes a context this thread's. */
    void use(long context) {
        NativeCalls.check("cuCtxSetCurrent", () -> (int) setContext.invokeExact(context));
    }

    /** A stream of this thread's context. */
    long newStream() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stream = arena.allocate(JAVA_LONG);
            NativeCalls.check("cuStreamCreate", () -> (int) createStream.invokeExact(stream, 0));
            return stream.get(JAVA_LONG, 0);
        }
    }

    /** Launches a CUDA graph. */
    void launchGraph(long graph, long stream) {
        NativeCalls.check("cuGraphLaunch", () -> (int) launchGraph.invokeExact(graph, stream));
    }

    /** Begins a copy, on a stream of this thread's context, of bytes at an address of the host to one of the GPU. */
    void copyToDevice(long device, long host, long bytes, long stream) {
        NativeCalls.check("cuMemcpyHtoDAsync", () -> (int) copyToDevice.invokeExact(device, host, bytes, stream));
    }

    /** Begins to fill bytes of the GPU with zeros. */
    void zero(long device, long bytes, long stream) {
        NativeCalls.check("cuMemsetD8Async", () -> (int) fillWithBytes.invokeExact(device, (byte) 0, bytes, stream));
    }

    /** Begins a copy of bytes of the GPU to the host. */
    void copyToHost(long host, long device, long bytes, long stream) {
        NativeCalls.check("cuMemcpyDtoHAsync", () -> (int) copyToHost.invokeExact(host, device, bytes, stream));
    }

    /** Memory of the host that the GPU reads by itself, until the process ends. */
    @SuppressWarnings("restricted") // the driver gives native memory
    MemorySegment allocateHost(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(JAVA_LONG);
            NativeCalls.check("cuMemHostAlloc", () -> (int) allocateHost.invokeExact(address, bytes, 0));
            return MemorySegment.ofAddress(address.get(JAVA_LONG, 0)).reinterpret(bytes);
        }
    }

    /** Waits until all is done in this thread's context. */
    void await() {
        NativeCalls.check("cuCtxSynchronize", () -> (int) synchronizeContext.invokeExact());
    }

    /** Waits until all is done that was launched on a stream. */
    void await(long stream) {
        NativeCalls.check("cuStreamSynchronize", () -> (int) synchronizeStream.invokeExact(stream));
    }

    /** Writes the 128 bytes of a tensor map of halves or floats at an address on the GPU. */
    void encode(MemorySegment to, TensorMap map, boolean halves, long address) {
        int rank = map.sizes().size();
        long bytes = halves ? Short.BYTES : Float.BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sizes = arena.allocateFrom(JAVA_LONG, map.sizes().stream().mapToLong(n -> n).toArray());
            MemorySegment strides = arena.allocateFrom(JAVA_LONG, map.strides().stream().mapToLong(n -> n * bytes).toArray());
            MemorySegment box = arena.allocateFrom(JAVA_INT, map.box().stream().mapToInt(n -> n).toArray());
            MemorySegment steps = arena.allocateFrom(JAVA_INT, IntStream.range(0, rank).map(_ -> 1).toArray());
            NativeCalls.check("cuTensorMapEncodeTiled", () -> (int) encodeTiled.invokeExact(to, halves ? TENSOR_MAP_FLOAT16 : TENSOR_MAP_FLOAT32, rank, address,
                    sizes, strides, box, steps, 0, map.swizzled() ? TENSOR_MAP_SWIZZLE_128B : 0, TENSOR_MAP_L2_256B, 0));
        }
    }
}
