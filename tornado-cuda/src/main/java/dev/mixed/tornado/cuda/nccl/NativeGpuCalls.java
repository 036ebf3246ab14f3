// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mixed.tornado.cuda.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** The driver's own functions. Names and numbers are those of cuda.h. */
final class NativeGpuCalls implements GpuCalls {
    private static final int STREAM_NON_BLOCKING = 1;
    private static final int EVENT_DISABLE_TIMING = 2;

    private final MethodHandle getContext;
    private final MethodHandle setContext;
    private final MethodHandle getDevice;
    private final MethodHandle retainPrimary;
    private final MethodHandle createStream;
    private final MethodHandle createEvent;
    private final MethodHandle recordEvent;
    private final MethodHandle waitEvent;
    private final MethodHandle synchronizeStream;
    private final MethodHandle allocateMemory;
    private final MethodHandle copyDeviceToDevice;
    private final MethodHandle setBytes;
    private final MethodHandle copyHostToDevice;
    private final MethodHandle copyDeviceToHost;

    private NativeGpuCalls(NativeCalls cuda) {
        getContext = cuda.function("cuCtxGetCurrent", ADDRESS);
        setContext = cuda.function("cuCtxSetCurrent", JAVA_LONG);
        getDevice = cuda.function("cuCtxGetDevice", ADDRESS);
        retainPrimary = cuda.function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        createStream = cuda.function("cuStreamCreate", ADDRESS, JAVA_INT);
        createEvent = cuda.function("cuEventCreate", ADDRESS, JAVA_INT);
        recordEvent = cuda.function("cuEventRecord", JAVA_LONG, JAVA_LONG);
        waitEvent = cuda.function("cuStreamWaitEvent", JAVA_LONG, JAVA_LONG, JAVA_INT);
        synchronizeStream = cuda.function("cuStreamSynchronize", JAVA_LONG);
        allocateMemory = cuda.function("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
        copyDeviceToDevice = cuda.function("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        setBytes = cuda.function("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
        copyHostToDevice = cuda.function("cuMemcpyHtoD_v2", JAVA_LONG, ADDRESS, JAVA_LONG);
        copyDeviceToHost = cuda.function("cuMemcpyDtoH_v2", ADDRESS, JAVA_LONG, JAVA_LONG);
    }

    /** @throws RuntimeException if there is no driver, or an old one */
    @SuppressWarnings("restricted") // a native library is called on purpose
    static GpuCalls open() {
        return new NativeGpuCalls(new NativeCalls(SymbolLookup.libraryLookup("libcuda.so.1", Arena.global())));
    }

    /** Fills in what a function writes to an address. */
    @FunctionalInterface
    private interface Filled {
        int by(MemorySegment out) throws Throwable;
    }

    private static long number(String name, Filled filled) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            NativeCalls.check(name, () -> filled.by(out));
            return out.get(JAVA_LONG, 0);
        }
    }

    @Override
    public long context() {
        return number("cuCtxGetCurrent", out -> (int) getContext.invokeExact(out));
    }

    @Override
    public void use(long context) {
        NativeCalls.check("cuCtxSetCurrent", () -> (int) setContext.invokeExact(context));
    }

    @Override
    public int device() {
        return (int) number("cuCtxGetDevice", out -> (int) getDevice.invokeExact(out));
    }

    @Override
    public long primary(int device) {
        return number("cuDevicePrimaryCtxRetain", out -> (int) retainPrimary.invokeExact(out, device));
    }

    @Override
    public long stream() {
        return number("cuStreamCreate", out -> (int) createStream.invokeExact(out, STREAM_NON_BLOCKING));
    }

    @Override
    public long event() {
        return number("cuEventCreate", out -> (int) createEvent.invokeExact(out, EVENT_DISABLE_TIMING));
    }

    @Override
    public void record(long event, long stream) {
        NativeCalls.check("cuEventRecord", () -> (int) recordEvent.invokeExact(event, stream));
    }

    @Override
    public void await(long stream, long event) {
        NativeCalls.check("cuStreamWaitEvent", () -> (int) waitEvent.invokeExact(stream, event, 0));
    }

    @Override
    public void await(long stream) {
        NativeCalls.check("cuStreamSynchronize", () -> (int) synchronizeStream.invokeExact(stream));
    }

    @Override
    public long allocate(long bytes) {
        return number("cuMemAlloc", out -> (int) allocateMemory.invokeExact(out, bytes));
    }

    @Override
    public void copy(long to, long from, long bytes, long stream) {
        NativeCalls.check("cuMemcpyDtoDAsync", () -> (int) copyDeviceToDevice.invokeExact(to, from, bytes, stream));
    }

    @Override
    public void zero(long address, long bytes, long stream) {
        NativeCalls.check("cuMemsetD8Async", () -> (int) setBytes.invokeExact(address, (byte) 0, bytes, stream));
    }

    @Override
    public void write(long to, float[] values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(JAVA_FLOAT, values);
            NativeCalls.check("cuMemcpyHtoD", () -> (int) copyHostToDevice.invokeExact(to, from, from.byteSize()));
        }
    }

    @Override
    public float[] read(long from, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(JAVA_FLOAT, count);
            NativeCalls.check("cuMemcpyDtoH", () -> (int) copyDeviceToHost.invokeExact(to, from, to.byteSize()));
            return to.toArray(JAVA_FLOAT);
        }
    }
}
