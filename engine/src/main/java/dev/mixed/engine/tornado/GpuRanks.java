// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.Tensor;
import dev.mixed.tornado.cuda.DriverException;
import dev.mixed.tornado.cuda.Extension;
import dev.mixed.tornado.cuda.KernelLibrary;
import dev.mixed.tornado.cuda.nccl.DeviceMemory;
import dev.mixed.tornado.cuda.nccl.NcclCommunicator;
import dev.mixed.tornado.cuda.nccl.NcclException;
import dev.mixed.tornado.cuda.nccl.NcclLibrary;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One of several processes, each with a GPU of its own, that train together: collectives on their tensors, by NCCL.
 *
 * <p>A collective takes its place among the device's programs, as a launch does: it begins when what was begun before has ended, what is begun later waits
 * for it, and the host waits for neither, until it reads a tensor or runs a program that compiles. Where a rank is gone, that read throws a
 * {@link DeviceException}, and no tensor has a meaning any more.
 *
 * <p>All ranks make the same calls in the same order. One thread at a time, but for {@link #abort}.
 */
public final class GpuRanks implements AutoCloseable {
    private final TornadoDevice device;
    private final NcclLibrary library;
    private final NcclCommunicator nccl;

    private GpuRanks(TornadoDevice device, NcclLibrary library, NcclCommunicator nccl) {
        this.device = device;
        this.library = library;
        this.nccl = nccl;
    }

    /**
     * Has NCCL work beside programs in one context, which is faster than in two. Before the first {@link TornadoDevice} of this process is opened; a choice
     * that the user has made on the command line stays.
     *
     * @param localRank which of this machine's processes it is: where it sees several GPUs, the one of this number is its own
     */
    public static void prepare(int localRank) {
        LocalGpu.choose(localRank);
        prepare();
    }

    /** {@link #prepare(int)} of a process that sees its own GPU alone, or whose GPU is the first that it sees. */
    public static void prepare() {
        if (System.getProperty(Extension.CONTEXT) == null) {
            System.setProperty(Extension.CONTEXT, "primary");
        }
    }

    /**
     * The version of this machine's NCCL, and where it is.
     *
     * @throws DeviceException if there is none: why, as a sentence without its end
     */
    public static String library() {
        return explained(() -> {
            NcclLibrary library = NcclLibrary.open();
            return library.versionText() + " (" + library.place() + ")";
        });
    }

    /**
     * What all ranks must be given to {@link #join}: one of them makes it.
     *
     * @throws DeviceException if there is no NCCL here: why, as a sentence without its end
     */
    public static byte[] newId() {
        return explained(() -> NcclLibrary.open().uniqueId());
    }

    /**
     * Whether processes can join from this one.
     *
     * @throws DeviceException if not: why, as a sentence without its end
     */
    public static void require(TornadoDevice device) {
        explained(() -> {
            library(device);
            return NcclLibrary.open();
        });
    }

    private static KernelLibrary library(TornadoDevice device) {
        return device.library()
                .orElseThrow(() -> new DeviceException("several GPUs need TornadoVM's backend cuda as miXed extends it, and here it can't be extended"));
    }

    /**
     * Joins the ranks with the same id; returns when all have, and a first sum was right.
     *
     * @param checked throws where a rank is gone: asked while they join, and after each wait for the device
     * @throws DeviceException if they can't be joined
     */
    public static GpuRanks join(TornadoDevice device, byte[] id, int rank, int size, Runnable checked) {
        return explained(() -> {
            NcclLibrary library = NcclLibrary.open();
            KernelLibrary kernels = library(device);
            return new GpuRanks(device, library, NcclCommunicator.join(library, kernels, id, rank, size, checked));
        });
    }

    private static <T> T explained(Supplier<T> work) {
        try {
            return work.get();
        } catch (NcclException e) {
            throw new DeviceException(String.valueOf(e.getMessage()), e);
        } catch (DriverException e) {
            throw TornadoErrors.explain(e);
        }
    }

    /** Adds up all ranks' tensors, in place: F32, F16 or I32, each of one shape on all ranks. */
    public void allReduce(List<Tensor> tensors) {
        on(tensors, nccl::allReduce);
    }

    /**
     * {@link #allReduce} for which programs that are begun later wait only from {@link #join} on: they must not touch the tensors before.
     */
    public void begin(List<Tensor> tensors) {
        on(tensors, nccl::begin);
    }

    /** Sets tensors to zeros, in the order of programs: those of a rank that has nothing to add. */
    public void zero(List<Tensor> tensors) {
        on(tensors, nccl::zero);
    }

    /** Lets programs that are begun from here on wait for what {@link #begin} has begun. */
    public void join() {
        try (Device.Use _ = device.use()) {
            explained(() -> {
                nccl.join();
                return null;
            });
        }
    }

    /** Whether sums may go on beside programs, rather than in turns with them. */
    public boolean besidePrograms() {
        return nccl.besidePrograms();
    }

    /** Gives all ranks the tensors of one of them. */
    public void broadcast(List<Tensor> tensors, int root) {
        on(tensors, memory -> nccl.broadcast(memory, root));
    }

    private void on(List<Tensor> tensors, Consumer<List<DeviceMemory>> work) {
        explained(() -> {
            device.onMemory(tensors, work);
            return null;
        });
    }

    /**
     * Ends what waits for a rank that is gone, from any thread.
     *
     * @param why a sentence without its end, for whoever reads a tensor from here on
     */
    public void abort(String why) {
        nccl.abort(why);
    }

    /** @throws DeviceException if it was aborted, or NCCL has lost a rank */
    public void check() {
        explained(() -> {
            nccl.check();
            return null;
        });
    }

    /** For example NCCL 2.28.9 in the context of programs. */
    @Override
    public String toString() {
        return "NCCL " + library.versionText() + " " + nccl.sharing();
    }

    @Override
    public void close() {
        nccl.close();
    }
}
