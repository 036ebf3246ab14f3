// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import java.util.List;

/** Writes down what is called, and adds up what {@link FakeGpu} holds as if all ranks had the same. */
final class FakeNccl implements Nccl {
    private final List<String> calls;
    private final FakeGpu gpu;
    private final int ranks;
    int version = 22809;
    volatile String error = "";
    volatile boolean aborted;
    /** Sums of memory of another context than the primary one are wrong. */
    boolean blindToOthers;
    boolean neverJoins;
    private boolean grouped;

    FakeNccl(List<String> calls, FakeGpu gpu, int ranks) {
        this.calls = calls;
        this.gpu = gpu;
        this.ranks = ranks;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public byte[] uniqueId() {
        return new byte[ID_BYTES];
    }

    @Override
    public long init(int size, byte[] id, int rank) {
        if (neverJoins) {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        calls.add("init " + rank + " of " + size);
        return 77;
    }

    @Override
    public void allReduce(long address, long count, ElementType type, long communicator, long stream) {
        calls.add("allReduce " + FakeGpu.name(address) + " " + count + " " + type + " on " + FakeGpu.name(stream));
        if (type == ElementType.FLOAT && (!blindToOthers || gpu.isPrimary(address))) {
            gpu.sum(address, ranks);
        }
    }

    @Override
    public void broadcast(long address, long count, ElementType type, int root, long communicator, long stream) {
        calls.add("broadcast " + FakeGpu.name(address) + " from " + root);
    }

    @Override
    public void groupStart() {
        calls.add("groupStart");
        grouped = true;
    }

    @Override
    public void groupEnd() {
        if (!grouped) {
            throw new IllegalStateException("no group was started");
        }
        grouped = false;
        calls.add("groupEnd");
    }

    @Override
    public String asyncError(long communicator) {
        if (aborted) {
            throw new IllegalStateException("asked of a communicator that is gone");
        }
        return error;
    }

    @Override
    public void abort(long communicator) {
        calls.add("abort");
        aborted = true;
    }

    @Override
    public void destroy(long communicator) {
        calls.add("destroy");
    }
}
