// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import dev.mixed.tornado.cuda.KernelLibrary;
import dev.mixed.tornado.cuda.ProgramStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One rank's end of collectives between GPUs, in the order of this process's programs: each begins when the programs before it have ended, and programs
 * begun after {@link #join} wait for it. The host waits for none of them.
 *
 * <p>NCCL launches on a stream of its own, which events order after and before that of the programs. A rank that is gone leaves the others' kernels
 * waiting forever; {@link #abort} ends them, and what they leave is garbage, so each wait for the programs throws from then on.
 *
 * <p>One thread at a time, but for {@link #abort} and {@link #lost}.
 */
public final class NcclCommunicator implements AutoCloseable {
    /** Milliseconds between two looks at what NCCL says of itself. */
    private static final int WATCH_MILLIS = 200;
    private static final int JOIN_SECONDS = 120;
    /** NCCL's end waits for what others still hold of it; the process ends without it. */
    private static final int CLOSE_MILLIS = 4000;

    private final Nccl nccl;
    private final GpuCalls gpu;
    private final ProgramStream programs;
    private final long primary;
    private final long communicator;
    private final int rank;
    private final int size;
    private final long stream;
    private final long programsDone;
    private final long reduced;
    private final Staging staging;
    private final Object lifetime = new Object();
    private ContextSharing sharing;
    private boolean begun;
    private boolean ended;
    private volatile @Nullable String lost;

    private NcclCommunicator(Nccl nccl, GpuCalls gpu, ProgramStream programs, byte[] id, int rank, int size, Runnable checked) {
        this.nccl = nccl;
        this.gpu = gpu;
        this.programs = programs;
        this.rank = rank;
        this.size = size;
        gpu.use(programs.context());
        programsDone = gpu.event();
        primary = gpu.primary(gpu.device());
        sharing = primary == programs.context() ? ContextSharing.SAME : ContextSharing.BRIDGE;
        communicator = joined(id, checked);
        gpu.use(primary);
        stream = gpu.stream();
        reduced = gpu.event();
        staging = new Staging(gpu, stream);
        gpu.use(programs.context());
        programs.guard(checked);
        programs.guard(this::check);
    }

    /** NCCL waits for all ranks, with no end where one does not come; so on a thread that is left behind then. */
    private long joined(byte[] id, Runnable checked) {
        CompletableFuture<Long> joined = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("nccl-join").start(() -> {
            try {
                gpu.use(primary);
                joined.complete(nccl.init(size, id, rank));
            } catch (RuntimeException | Error e) {
                joined.completeExceptionally(e);
            }
        });
        long start = System.nanoTime();
        while (true) {
            try {
                return joined.get(WATCH_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                checked.run();
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(JOIN_SECONDS)) {
                    throw new NcclException("NCCL has not brought the " + size + " ranks together within " + JOIN_SECONDS + " seconds");
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof NcclException cause) {
                    throw cause;
                }
                throw new NcclException("NCCL can't join the ranks (" + e.getCause() + ")", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new NcclException("joining the ranks was interrupted", e);
            }
        }
    }

    /**
     * Joins the ranks that were given the same id; returns when all have.
     *
     * @param id      from {@link NcclLibrary#uniqueId}
     * @param rank    of this process, from 0 on
     * @param size    number of ranks, each with a GPU of its own
     * @param checked throws where a rank is gone: asked while the ranks join, and after each wait for programs, before NCCL is
     * @throws NcclException if they can't be joined, or don't give a right sum
     */
    public static NcclCommunicator join(NcclLibrary library, KernelLibrary kernels, byte[] id, int rank, int size, Runnable checked) {
        NcclCommunicator joined = join(library.calls(), NativeGpuCalls.open(), kernels.stream(), id, rank, size, checked);
        Thread.ofPlatform().daemon().name("nccl-watch").start(joined::watch);
        return joined;
    }

    static NcclCommunicator join(Nccl nccl, GpuCalls gpu, ProgramStream programs, byte[] id, int rank, int size, Runnable checked) {
        if (id.length != Nccl.ID_BYTES) {
            throw new NcclException("an id of NCCL has " + Nccl.ID_BYTES + " bytes, not " + id.length);
        }
        NcclCommunicator joined = new NcclCommunicator(nccl, gpu, programs, id, rank, size, checked);
        joined.sharing = new SharingCheck(joined, gpu, programs).usable(joined.sharing);
        return joined;
    }

    /** Begins to add up the ranks' arrays, in place, as one launch; all ranks must do so with as many elements in the same order. */
    public void begin(List<DeviceMemory> arrays) {
        begin(arrays, sharing);
    }

    void begin(List<DeviceMemory> arrays, ContextSharing how) {
        inOrder(arrays, how, array -> nccl.allReduce(array.address(), array.count(), array.type(), communicator, stream));
    }

    /** {@link #begin}, then {@link #join}. */
    public void allReduce(List<DeviceMemory> arrays) {
        begin(arrays);
        join();
    }

    /** Sets arrays to zeros, in the order of programs: those of a rank that has nothing to add. */
    public void zero(List<DeviceMemory> arrays) {
        gpu.use(programs.context());
        arrays.forEach(array -> gpu.zero(array.address(), array.bytes(), programs.handle()));
        programs.begun();
    }

    /** Gives all ranks the arrays of rank {@code root}. */
    public void broadcast(List<DeviceMemory> arrays, int root) {
        inOrder(arrays, sharing, array -> nccl.broadcast(array.address(), array.count(), array.type(), root, communicator, stream));
        join();
    }

    /** Lets programs that are launched from here on wait for what was begun. */
    public void join() {
        if (begun) {
            gpu.use(primary);
            gpu.record(reduced, stream);
            gpu.use(programs.context());
            gpu.await(programs.handle(), reduced);
            programs.begun();
            begun = false;
        }
    }

    /** One call for an array. */
    @FunctionalInterface
    private interface Call {
        void on(DeviceMemory array);
    }

    private void inOrder(List<DeviceMemory> arrays, ContextSharing how, Call call) {
        check();
        if (arrays.isEmpty()) {
            return;
        }
        gpu.use(programs.context());
        gpu.record(programsDone, programs.handle());
        gpu.use(primary);
        gpu.await(stream, programsDone);
        begun = true;
        List<DeviceMemory> used = how == ContextSharing.COPY ? staging.in(arrays) : arrays;
        if (used.size() == 1) {
            call.on(used.getFirst());
        } else {
            nccl.groupStart();
            try {
                used.forEach(call::on);
            } finally {
                nccl.groupEnd();
            }
        }
        // NCCL leaves a context of its choice.
        gpu.use(primary);
        if (how == ContextSharing.COPY) {
            staging.out(arrays, used);
        }
        gpu.use(programs.context());
    }

    /** This process's number among {@link #size}. */
    public int rank() {
        return rank;
    }

    /** The number of ranks. */
    public int size() {
        return size;
    }

    /** Whether what was begun may run beside programs: kernels of two contexts take turns. */
    public boolean besidePrograms() {
        return sharing == ContextSharing.SAME;
    }

    /** How NCCL gets at the programs' memory, in words. */
    public String sharing() {
        return sharing.toString();
    }

    /**
     * Ends what waits for a rank that is gone, from any thread; whoever waits for the programs gets an {@link NcclException}.
     *
     * @param why a sentence without its end
     */
    public void abort(String why) {
        synchronized (lifetime) {
            if (ended) {
                return;
            }
            // Said before the stuck kernels end: whoever waits for them then looks.
            lost = why;
            ended = true;
            nccl.abort(communicator);
        }
    }

    /** Why this communicator can't be used any more; empty while it can. */
    public Optional<String> lost() {
        return Optional.ofNullable(lost);
    }

    /** @throws NcclException if it was aborted */
    public void check() {
        String why = lost;
        if (why != null) {
            throw new NcclException(why);
        }
    }

    private void watch() {
        while (look()) {
            try {
                Thread.sleep(WATCH_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Asks NCCL whether all is well, and aborts if not. False once there is nothing to ask. */
    boolean look() {
        String error;
        synchronized (lifetime) {
            if (ended) {
                return false;
            }
            error = nccl.asyncError(communicator);
        }
        if (!error.isEmpty()) {
            abort("NCCL has lost another rank: " + error);
        }
        return true;
    }

    /** Ends it; all that was begun must have ended. Gives up after some seconds, in which NCCL waits for other ranks: the process then ends without. */
    @Override
    public void close() {
        synchronized (lifetime) {
            if (ended) {
                return;
            }
            ended = true;
        }
        Thread destroying = Thread.ofPlatform().daemon().name("nccl-close").start(() -> nccl.destroy(communicator));
        try {
            destroying.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
