// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.Tensor;
import dev.mixed.io.UserException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The ranks that train one model together, each with a copy of it: a step's batches are dealt out in turn, and the gradients that each rank computes are
 * summed over all before the update, which then is the same everywhere.
 */
public final class DataParallel {
    /** Keeps the random numbers of ranks apart: an odd number, 2^64 divided by the golden ratio. */
    private static final long APART = 0x9E3779B97F4A7C15L;

    private final RankGroup group;
    private final Collective collective;

    private DataParallel(RankGroup group, Collective collective) {
        this.group = group;
        this.collective = collective;
    }

    /** One rank: nothing is shared. */
    public static DataParallel single() {
        return new DataParallel(RankGroup.single(), Collective.single());
    }

    /** The ranks of a group, with a collective of the device that the model is on. */
    public static DataParallel of(RankGroup group, Collective collective) {
        return new DataParallel(group, collective);
    }

    public RankGroup group() {
        return group;
    }

    /** Number of ranks. */
    public int size() {
        return group.size();
    }

    /** Whether this rank logs, scores and saves. */
    public boolean leads() {
        return group.leads();
    }

    boolean isSingle() {
        return group.size() == 1;
    }

    /** Whether a step's batch of this index is this rank's. */
    boolean owns(int index) {
        return index % group.size() == group.rank();
    }

    /** How many of so many batches of a step are a rank's. */
    int share(int batches, int rank) {
        return (batches - rank + group.size() - 1) / group.size();
    }

    /** The seed of this rank's dropout, from that of the run, which is rank 0's. */
    long seed(long runs) {
        return runs ^ group.rank() * APART;
    }

    /**
     * What all ranks agree on before a step.
     *
     * @param weights of its batches, in their order
     * @param texts   of all of them
     * @param stop    whether the run ends before it
     */
    record Agreement(double[] weights, int texts, boolean stop) {
    }

    /**
     * Agrees on the next step.
     *
     * @param batches of the step
     * @param weights of this rank's batches
     * @param texts   of this rank's batches
     * @param stop    whether the run is to end; rank 0's counts
     */
    Agreement agree(int batches, double[] weights, int texts, BooleanSupplier stop) {
        if (isSingle()) {
            return new Agreement(weights, texts, false);
        }
        ByteBuffer mine = ByteBuffer.allocate(1 + Integer.BYTES + Double.BYTES * weights.length).put((byte) (stop.getAsBoolean() ? 1 : 0)).putInt(texts);
        for (double weight : weights) {
            mine.putDouble(weight);
        }
        double[] all = new double[batches];
        int together = 0;
        boolean stopped = false;
        List<byte[]> messages = group.allGather(mine.array());
        for (int rank = 0; rank < messages.size(); rank++) {
            ByteBuffer message = ByteBuffer.wrap(messages.get(rank));
            stopped |= message.get() == 1 && rank == 0;
            together += message.getInt();
            if (message.remaining() != Double.BYTES * share(batches, rank)) {
                throw new IllegalStateException("rank " + rank + " has " + message.remaining() / Double.BYTES + " batches in a step of " + batches);
            }
            for (int i = rank; i < batches; i += group.size()) {
                all[i] = message.getDouble();
            }
        }
        return new Agreement(all, together, stopped);
    }

    /** Sums gradients over all ranks; {@code contributes}: whether this rank has computed any. */
    void reduce(List<Tensor> gradients, boolean contributes) {
        if (!isSingle()) {
            collective.allReduce(gradients, contributes);
            group.check();
        }
    }

    /** Bytes of gradients that are summed together while a backward pass goes on; 0 where all are summed after it. The same on all ranks. */
    long bucketBytes() {
        if (isSingle() || !collective.overlaps()) {
            return 0;
        }
        long usual = group.machines() == 1 ? 0 : GradientBuckets.DEFAULT_MEBIBYTES;
        return fromFirst(Long.getLong(GradientBuckets.PROPERTY, usual)) << 20;
    }

    /** Begins to sum some gradients over all ranks, beside programs that are started later, until {@link #join}. */
    void begin(List<Tensor> gradients, boolean contributes) {
        collective.begin(gradients, contributes);
    }

    /** Ends what was begun. */
    void join() {
        collective.join();
        group.check();
    }

    /** Gives all ranks rank 0's values. */
    void copyFromFirst(List<Tensor> tensors) {
        if (!isSingle()) {
            collective.broadcast(tensors, 0);
            group.check();
        }
    }

    /** Rank 0's number, on all ranks. */
    public long fromFirst(long number) {
        return isSingle() ? number : ByteBuffer.wrap(group.broadcast(ByteBuffer.allocate(Long.BYTES).putLong(number).array())).getLong();
    }

    /** The least of all ranks' numbers. */
    int least(int number) {
        return isSingle() ? number
                : group.allGather(ByteBuffer.allocate(Integer.BYTES).putInt(number).array()).stream().mapToInt(bytes -> ByteBuffer.wrap(bytes).getInt()).min()
                        .orElseThrow();
    }

    /** Rank 0's text, on all ranks. */
    String fromFirst(String text) {
        return isSingle() ? text : new String(group.broadcast(text.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    /** The numbers of all ranks, on all of them. */
    List<float[]> allGather(float[] mine) {
        return isSingle() ? List.of(mine) : group.allGather(bytes(mine)).stream().map(DataParallel::floats).toList();
    }

    /**
     * Rows that each rank has computed some of, put together on rank 0.
     *
     * @param rows with nothing in the place of those of other ranks
     * @return whether all are there: on rank 0
     */
    boolean gatherRows(float[][] rows) {
        if (isSingle()) {
            return true;
        }
        int size = 0;
        for (float[] row : rows) {
            size += row == null ? 0 : 2 * Integer.BYTES + Float.BYTES * row.length;
        }
        ByteBuffer mine = ByteBuffer.allocate(size);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] != null) {
                mine.putInt(i).putInt(rows[i].length).put(bytes(rows[i]));
            }
        }
        for (byte[] message : group.gather(mine.array())) {
            ByteBuffer buffer = ByteBuffer.wrap(message);
            while (buffer.hasRemaining()) {
                int index = buffer.getInt();
                byte[] row = new byte[buffer.getInt() * Float.BYTES];
                buffer.get(row);
                rows[index] = floats(row);
            }
        }
        return leads();
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(Float.BYTES * values.length);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    private static float[] floats(byte[] bytes) {
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
        return values;
    }

    /**
     * Refuses, on all ranks, to go on where one of them has other facts than rank 0: options, data, weights.
     *
     * @param facts by name, in an order that is the same everywhere
     * @throws UserException names the rank and the first fact that differs
     */
    public void requireSame(Map<String, String> facts) {
        if (isSingle()) {
            return;
        }
        String mine = facts.entrySet().stream().map(fact -> fact.getKey() + "\t" + fact.getValue().replaceAll("[\t\n]", " ")).reduce("",
                (a, b) -> a + b + "\n");
        List<Map<String, String>> all = new ArrayList<>();
        for (byte[] message : group.allGather(mine.getBytes(StandardCharsets.UTF_8))) {
            Map<String, String> theirs = new LinkedHashMap<>();
            Arrays.stream(new String(message, StandardCharsets.UTF_8).split("\n")).filter(line -> !line.isEmpty())
                    .forEach(line -> theirs.put(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1)));
            all.add(theirs);
        }
        Map<String, String> first = all.getFirst();
        for (int rank = 1; rank < all.size(); rank++) {
            Map<String, String> other = all.get(rank);
            Map<String, String> union = new LinkedHashMap<>(first);
            other.forEach(union::putIfAbsent);
            for (String name : union.keySet()) {
                String here = first.getOrDefault(name, "none");
                String there = other.getOrDefault(name, "none");
                if (!here.equals(there)) {
                    throw new UserException("Rank " + rank + " differs from rank 0 in its " + name + " (" + there + " there, " + here
                            + " here): start all ranks with the same options, data and model.");
                }
            }
        }
    }

    /** How sums are made, for a log. */
    public String description() {
        return collective.description();
    }
}
