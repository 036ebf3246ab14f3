// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mixed.tornado.cuda.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** NCCL's own functions. Names and numbers are those of nccl.h, 2.x. */
final class NativeNccl implements Nccl {
    private static final StructLayout ID = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(ID_BYTES, ValueLayout.JAVA_BYTE).withName("internal"));
    private static final int SUM = 0;
    /** An error that is none yet: a call that is still on its way. */
    private static final int IN_PROGRESS = 7;
    private static final int TEXT_BYTES = 2000;

    private final MethodHandle version;
    private final MethodHandle uniqueId;
    private final MethodHandle init;
    private final MethodHandle allReduce;
    private final MethodHandle broadcast;
    private final MethodHandle groupStart;
    private final MethodHandle groupEnd;
    private final MethodHandle asyncError;
    private final MethodHandle abort;
    private final MethodHandle destroy;
    private final MethodHandle errorString;
    private final @Nullable MethodHandle lastError;

    /** @throws IllegalStateException if the library lacks one of them */
    @SuppressWarnings("restricted") // a native library is called on purpose
    NativeNccl(SymbolLookup library) {
        NativeCalls nccl = new NativeCalls(library);
        version = nccl.function("ncclGetVersion", ADDRESS);
        uniqueId = nccl.function("ncclGetUniqueId", ADDRESS);
        init = nccl.function("ncclCommInitRank", ADDRESS, JAVA_INT, ID, JAVA_INT);
        allReduce = nccl.function("ncclAllReduce", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        broadcast = nccl.function("ncclBroadcast", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        groupStart = nccl.function("ncclGroupStart");
        groupEnd = nccl.function("ncclGroupEnd");
        asyncError = nccl.function("ncclCommGetAsyncError", JAVA_LONG, ADDRESS);
        abort = nccl.function("ncclCommAbort", JAVA_LONG);
        destroy = nccl.function("ncclCommDestroy", JAVA_LONG);
        Linker linker = Linker.nativeLinker();
        errorString = linker.downcallHandle(library.findOrThrow("ncclGetErrorString"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
        // Since 2.13; without it an error has no details.
        lastError = library.find("ncclGetLastError").map(f -> linker.downcallHandle(f, FunctionDescriptor.of(ADDRESS, JAVA_LONG))).orElse(null);
    }

    private void check(String name, long communicator, NativeCalls.Call call) {
        int result = NativeCalls.result(call);
        if (result != 0 && result != IN_PROGRESS) {
            throw new NcclException(name + " failed: " + meaning(result, communicator));
        }
    }

    private String meaning(int result, long communicator) {
        String meaning = text(() -> (MemorySegment) errorString.invokeExact(result));
        MethodHandle last = lastError;
        String details = last == null ? "" : text(() -> (MemorySegment) last.invokeExact(communicator));
        return (meaning + (details.isEmpty() ? "" : " (" + details + ")")).replaceAll("\\s+", " ");
    }

    /** A function that gives a text. */
    @FunctionalInterface
    private interface Text {
        MemorySegment get() throws Throwable;
    }

    @SuppressWarnings("restricted") // the text ends with a zero
    private static String text(Text text) {
        try {
            MemorySegment segment = text.get();
            return segment.address() == 0 ? "" : segment.reinterpret(TEXT_BYTES).getString(0).strip();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(JAVA_INT);
            check("ncclGetVersion", 0, () -> (int) version.invokeExact(number));
            return number.get(JAVA_INT, 0);
        }
    }

    @Override
    public byte[] uniqueId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = arena.allocate(ID);
            check("ncclGetUniqueId", 0, () -> (int) uniqueId.invokeExact(id));
            return id.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public long init(int ranks, byte[] id, int rank) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment communicator = arena.allocate(JAVA_LONG);
            MemorySegment struct = arena.allocate(ID).copyFrom(MemorySegment.ofArray(id));
            check("ncclCommInitRank", 0, () -> (int) init.invokeExact(communicator, ranks, struct, rank));
            return communicator.get(JAVA_LONG, 0);
        }
    }

    @Override
    public void allReduce(long address, long count, ElementType type, long communicator, long stream) {
        check("ncclAllReduce", communicator, () -> (int) allReduce.invokeExact(address, address, count, type.number, SUM, communicator, stream));
    }

    @Override
    public void broadcast(long address, long count, ElementType type, int root, long communicator, long stream) {
        check("ncclBroadcast", communicator, () -> (int) broadcast.invokeExact(address, address, count, type.number, root, communicator, stream));
    }

    @Override
    public void groupStart() {
        check("ncclGroupStart", 0, () -> (int) groupStart.invokeExact());
    }

    @Override
    public void groupEnd() {
        check("ncclGroupEnd", 0, () -> (int) groupEnd.invokeExact());
    }

    @Override
    public String asyncError(long communicator) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment error = arena.allocate(JAVA_INT);
            check("ncclCommGetAsyncError", communicator, () -> (int) asyncError.invokeExact(communicator, error));
            int result = error.get(JAVA_INT, 0);
            return result == 0 || result == IN_PROGRESS ? "" : meaning(result, communicator);
        }
    }

    @Override
    public void abort(long communicator) {
        check("ncclCommAbort", 0, () -> (int) abort.invokeExact(communicator));
    }

    @Override
    public void destroy(long communicator) {
        check("ncclCommDestroy", 0, () -> (int) destroy.invokeExact(communicator));
    }
}
