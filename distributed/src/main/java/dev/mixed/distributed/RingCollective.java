// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A ring over TCP, for the JVM's device and for tests; with a GPU it works, too, by way of the host's memory.
 *
 * <p>Sums have one order, that of the ranks: the first rank's values travel to the second, which adds its own and passes the sum on, and so on; from the
 * last rank, the sums of all travel around once more. That is the order in which a single rank adds the gradients of a step's batches, so both give the
 * same bits. All of it goes on at once, in chunks. Each link carries the bytes twice, where the usual ring, in which each rank's sums begin elsewhere,
 * carries them 2 (n - 1) / n times; a chunk passes 2 n - 2 links on its way.
 */
final class RingCollective implements Collective {
    /** Elements that are on their way together: enough for a link's rate, few enough that all links have some soon. */
    private static final int CHUNK = 1 << 16;

    private final RankGroup group;
    private final RingLinks links;
    private final WireFloats wire;
    private final ExecutorService copies = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("mixed-ring").factory());
    private final AtomicBoolean closed = new AtomicBoolean();
    private final float[] sums = new float[CHUNK];
    private final float[] own = new float[CHUNK];
    private final float[] copied = new float[CHUNK];
    private final ByteBuffer ownBytes = WireFloats.FLOAT.buffer(CHUNK);
    private final ByteBuffer copiedBytes = WireFloats.FLOAT.buffer(CHUNK);
    private final ByteBuffer sumsOnWire;
    private final ByteBuffer copiesOnWire;
    private long calls;

    private RingCollective(RankGroup group, RingLinks links, WireFloats wire) {
        this.group = group;
        this.links = links;
        this.wire = wire;
        this.sumsOnWire = wire.buffer(CHUNK);
        this.copiesOnWire = wire.buffer(CHUNK);
    }

    /** Connects this rank with its neighbours; all ranks of the group call it at the same time. */
    static RingCollective open(RankGroup group, boolean half) {
        RingCollective ring = new RingCollective(group, RingLinks.connect(group), half ? WireFloats.HALF : WireFloats.FLOAT);
        group.onLost(ring::abort);
        return ring;
    }

    @Override
    public int rank() {
        return group.rank();
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public String description() {
        return "a ring over TCP" + (wire == WireFloats.HALF ? ", in half" : "");
    }

    @Override
    public void allReduce(List<Tensor> tensors, boolean contributes) {
        tensors.forEach(tensor -> tensor.require("allReduce", DType.F32));
        Tensor.updateInPlace(tensors, pieces -> call(pieces, values -> sum(values, contributes)));
    }

    @Override
    public void broadcast(List<Tensor> tensors, int root) {
        Tensor.updateInPlace(tensors, pieces -> call(pieces, bytes -> pass(bytes, root)));
    }

    @FunctionalInterface
    private interface Transfer {
        void run(FlatBytes bytes) throws IOException, InterruptedException;
    }

    private void call(List<MemorySegment> pieces, Transfer transfer) {
        group.check();
        calls++;
        try {
            transfer.run(new FlatBytes(pieces));
        } catch (IOException e) {
            throw links.lost(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("a sum over ranks was interrupted", e);
        }
    }

    private void sum(FlatBytes values, boolean contributes) throws IOException, InterruptedException {
        if (group.rank() == group.size() - 1) {
            sumsPassBy(values, contributes);
            return;
        }
        // Sums arrive while others are still on their way.
        Future<?> results = copies.submit(() -> {
            resultsPassBy(values);
            return null;
        });
        try {
            sumsPassBy(values, contributes);
            results.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /** Takes the sums of the ranks before, adds this one's values, and passes them on; the last rank has the results. */
    private void sumsPassBy(FlatBytes values, boolean contributes) throws IOException {
        boolean last = group.rank() == group.size() - 1;
        boolean begun = group.rank() > 0 && links.sumsIn().expect(calls, values.size());
        if (last && !begun && !contributes) {
            throw new IllegalArgumentException("a sum needs one rank at least that contributes");
        }
        RingLink out = last ? links.copiesOut() : links.sumsOut();
        out.announce(calls, begun || contributes ? values.size() : -1);
        if (!begun && !contributes) {
            return;
        }
        for (long at = 0; at < values.size(); at += (long) CHUNK * Float.BYTES) {
            int count = count(values, at);
            if (begun) {
                sumsOnWire.clear().limit(count * wire.bytes());
                links.sumsIn().receive(sumsOnWire);
                if (!contributes && !last) {
                    out.send(sumsOnWire);
                    continue;
                }
                wire.get(sumsOnWire, sums, count);
            }
            if (contributes) {
                read(values, at, ownBytes, begun ? own : sums, count);
                if (begun) {
                    for (int i = 0; i < count; i++) {
                        sums[i] += own[i];
                    }
                }
            }
            wire.put(sums, count, sumsOnWire);
            if (last) {
                // As the others get it.
                wire.get(sumsOnWire, sums, count);
                write(values, at, ownBytes, sums, count);
            }
            out.send(sumsOnWire);
        }
    }

    /** Takes the results, and passes them on to all but the rank that they come from. */
    private void resultsPassBy(FlatBytes values) throws IOException {
        boolean passed = group.rank() < group.size() - 2;
        links.copiesIn().expect(calls, values.size());
        if (passed) {
            links.copiesOut().announce(calls, values.size());
        }
        for (long at = 0; at < values.size(); at += (long) CHUNK * Float.BYTES) {
            int count = count(values, at);
            copiesOnWire.clear().limit(count * wire.bytes());
            links.copiesIn().receive(copiesOnWire);
            wire.get(copiesOnWire, copied, count);
            write(values, at, copiedBytes, copied, count);
            if (passed) {
                links.copiesOut().send(copiesOnWire);
            }
        }
    }

    private static int count(FlatBytes values, long at) {
        return (int) Math.min(CHUNK, (values.size() - at) / Float.BYTES);
    }

    private static void read(FlatBytes values, long at, ByteBuffer between, float[] to, int count) {
        between.clear().limit(count * Float.BYTES);
        values.read(at, between);
        between.flip();
        WireFloats.FLOAT.get(between, to, count);
    }

    private static void write(FlatBytes values, long at, ByteBuffer between, float[] from, int count) {
        WireFloats.FLOAT.put(from, count, between);
        values.write(at, between);
    }

    /** Bytes of one rank travel around, to the one before it. */
    private void pass(FlatBytes bytes, int root) throws IOException {
        boolean first = group.rank() == root;
        boolean passed = (group.rank() + 1) % group.size() != root;
        if (!first) {
            links.copiesIn().expect(calls, bytes.size());
        }
        if (passed) {
            links.copiesOut().announce(calls, bytes.size());
        }
        for (long at = 0; at < bytes.size(); at += copiedBytes.capacity()) {
            copiedBytes.clear().limit((int) Math.min(copiedBytes.capacity(), bytes.size() - at));
            if (first) {
                bytes.read(at, copiedBytes);
                copiedBytes.flip();
            } else {
                links.copiesIn().receive(copiedBytes);
                bytes.write(at, copiedBytes.duplicate());
            }
            if (passed) {
                links.copiesOut().send(copiedBytes);
            }
        }
    }

    /** Lets calls that wait for a neighbour end. */
    private void abort() {
        links.close();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            links.close();
            copies.shutdown();
        }
    }
}
