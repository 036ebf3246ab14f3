// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ExecutorService;

/**
 * Memory of zeros outside of the JVM's heap that takes its place on other threads, while whoever asked for it goes on: {@link Arena#allocate} writes the
 * zeros at once, on the calling thread, at about 1 GB/s where the system has to find the memory.
 */
public final class HostMemory {
    /** As C has it, pointer and size are 64 bits wide. */
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final MethodHandle CALLOC = function("calloc", FunctionDescriptor.of(POINTER, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(POINTER));
    /** The JVM doesn't count this memory, so it would not look for what is no longer in use: after so many bytes it is asked to. */
    private static final long COLLECT_AFTER = 4L << 30;

    /** Bytes that a system gives at once; those of larger pages are touched more often than needed. */
    private static final int PAGE = 4096;
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final ExecutorService TOUCHING = DaemonThreads.of(2, "mixed-memory-");

    private static long sinceCollection;

    private HostMemory() {
    }

    @SuppressWarnings("restricted") // the C library's own
    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(() -> new IllegalStateException("the C library has no " + name)), type);
    }

    /**
     * New memory, freed when nothing refers to it any more.
     *
     * @throws OutOfMemoryError if the system has none left
     */
    @SuppressWarnings("restricted") // its size is known
    public static MemorySegment zeroed(long bytes) {
        collectAfterMuch(bytes);
        MemorySegment memory = NativeCalls.invoke(() -> (MemorySegment) CALLOC.invokeExact(1L, bytes));
        if (memory.address() == 0) {
            throw new OutOfMemoryError("the system gives no further " + bytes + " bytes of memory");
        }
        MemorySegment owned = memory.reinterpret(bytes, Arena.ofAuto(), HostMemory::free);
        TOUCHING.execute(() -> touch(owned));
        return owned;
    }

    /** Adds 0 to a word of each page, at once: whatever others write there meanwhile stays. */
    private static void touch(MemorySegment memory) {
        for (long at = 0; at + Integer.BYTES <= memory.byteSize(); at += PAGE) {
            WORD.getAndAdd(memory, at, 0);
        }
    }

    private static synchronized void collectAfterMuch(long bytes) {
        sinceCollection += bytes;
        if (sinceCollection > COLLECT_AFTER) {
            sinceCollection = bytes;
            System.gc();
        }
    }

    private static void free(MemorySegment memory) {
        NativeCalls.invoke(() -> {
            FREE.invokeExact(memory);
            return memory;
        });
    }
}
