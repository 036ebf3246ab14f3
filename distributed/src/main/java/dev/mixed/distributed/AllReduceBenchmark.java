// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Times sums over ranks of as many elements as a model has, one after the other as in training, and looks whether they are right. */
public final class AllReduceBenchmark {
    private static final int WARMUP = 3;
    /** Values that rounding to half leaves as they are, also as sums of some hundred ranks. */
    private static final int VALUES = 5;

    private final RankGroup group;
    private final Device device;
    private final Program waiting;

    /**
     * @param what     for example float, 201 tensors
     * @param bytes    that each rank sums up, as they are on the wire
     * @param millis   of one sum, the mean of all runs
     * @param wrong    elements of this rank's first sum that are not as they should be
     */
    public record Result(String what, long bytes, double millis, long wrong) {
        /** Bytes per second that each link carries, as NCCL's own tests count them: 2 (n - 1) / n times the bytes in the time. */
        public double busBandwidth(int ranks) {
            return 2.0 * (ranks - 1) / ranks * bytes / (millis / 1000);
        }
    }

    /** A benchmark of ranks that all run it at the same time. */
    public AllReduceBenchmark(RankGroup group, Device device) {
        this.group = group;
        this.device = device;
        waiting = Program.record(device, () -> List.of(Elementwise.fill(device, Shape.of(1), DType.F32, 1f)));
    }

    /**
     * Sums over tensors of these sizes.
     *
     * @param bytesPerElement on the wire
     */
    public Result run(String what, Collective collective, List<Integer> sizes, int bytesPerElement, int runs) {
        List<Tensor> tensors = Tensor.zeros(device, sizes.stream().map(Shape::of).toList(), DType.F32);
        int rank = group.rank() + 1;
        tensors.forEach(tensor -> fill(tensor, rank));
        collective.allReduce(tensors, true);
        int all = group.size() * (group.size() + 1) / 2;
        long wrong = tensors.stream().mapToLong(tensor -> different(tensor, all)).sum();
        // Sums of sums would grow beyond all bounds.
        tensors.forEach(tensor -> fill(tensor, 0));
        for (int i = 0; i < WARMUP; i++) {
            collective.allReduce(tensors, true);
        }
        waiting.run();
        group.barrier();
        long start = System.nanoTime();
        for (int i = 0; i < runs; i++) {
            collective.allReduce(tensors, true);
        }
        waiting.run();
        double millis = (System.nanoTime() - start) / 1e6 / runs;
        long elements = sizes.stream().mapToLong(n -> n).sum();
        return new Result(what, elements * bytesPerElement, millis, wrong);
    }

    private static void fill(Tensor tensor, int factor) {
        int n = tensor.shape().elements();
        tensor.writeInPlace(data -> {
            for (int i = 0; i < n; i++) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (i % VALUES) * factor);
            }
        });
    }

    private static long different(Tensor tensor, int factor) {
        int n = tensor.shape().elements();
        List<Long> count = new ArrayList<>();
        tensor.readInPlace(data -> {
            long wrong = 0;
            for (int i = 0; i < n; i++) {
                wrong += data.getAtIndex(ValueLayout.JAVA_FLOAT, i) == (float) (i % VALUES) * factor ? 0 : 1;
            }
            count.add(wrong);
        });
        return count.getFirst();
    }
}
