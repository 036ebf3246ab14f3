// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.distributed.AllReduceBenchmark;
import dev.mixed.distributed.Collective;
import dev.mixed.distributed.Collectives;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.DType;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.tornado.GpuRanks;
import dev.mixed.engine.tornado.TornadoDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Collectives of NCCL among programs of one GPU, by one rank: what they leave, and what they cost. */
final class CollectiveChecks {
    private static final int[] SIZES = {1, 13, 4098, (1 << 20) + 3};
    /** More than this, a step's sums on one rank would be felt. */
    private static final double MOST_MILLIS = 1;
    private static final int RUNS = 20;

    private CollectiveChecks() {
    }

    /** Sums between programs: what the one before wrote is summed, what the one after reads are sums. Null if all is right. */
    static @Nullable String order(TornadoDevice gpu) {
        List<Tensor> tensors = new ArrayList<>();
        for (int size : SIZES) {
            tensors.add(Tensor.of(gpu, Shape.of(size), ones(size)));
        }
        Tensor half = Tensor.of(gpu, Shape.of(77), DType.F16, ones(77));
        Tensor counts = Tensor.ofInts(gpu, Shape.of(5), 1, 2, 3, 4, 5);
        Program doubled = Program.record(gpu, () -> {
            tensors.forEach(tensor -> Elementwise.addInto(tensor, tensor));
            return List.of();
        });
        Program asHalves = Program.record(gpu, () -> tensors.stream().map(tensor -> Cast.to(Cast.kept(tensor), DType.F32)).toList());
        try (GpuRanks ranks = GpuRanks.join(gpu, GpuRanks.newId(), 0, 1, () -> {})) {
            List<Tensor> all = new ArrayList<>(tensors);
            all.add(half);
            all.add(counts);
            for (int round = 0; round < 3; round++) {
                doubled.start();
                ranks.allReduce(all);
                doubled.start();
                ranks.broadcast(all, 0);
            }
            String wrong = wrong(all, 64);
            if (wrong != null) {
                return "after sums: " + wrong;
            }
            tensors.forEach(tensor -> tensor.write(ones(tensor.shape().elements())));
            ranks.allReduce(all);
            wrong = wrong(all, 1);
            if (wrong != null) {
                return "after the host wrote: " + wrong;
            }
            // What programs read as halves is made anew after each sum: a rank alone has the numbers of the program before.
            for (int times = 2; times <= 8; times *= 2) {
                asHalves.start();
                doubled.start();
                ranks.allReduce(all);
                asHalves.start();
                wrong = wrong(asHalves.outputs(), times);
                if (wrong != null) {
                    return "as halves after sums: " + wrong;
                }
            }
            ranks.zero(tensors);
            ranks.begin(tensors);
            ranks.join();
            return wrong(tensors, 0);
        }
    }

    private static @Nullable String wrong(List<Tensor> tensors, float expected) {
        for (Tensor tensor : tensors) {
            switch (tensor.dtype()) {
                case F32 -> {
                    for (float value : tensor.toFloats()) {
                        if (value != expected) {
                            return value + " for " + expected + " in " + tensor;
                        }
                    }
                }
                case F16 -> {
                    for (float value : tensor.toFloats()) {
                        if (value != 1) {
                            return value + " for 1 in " + tensor;
                        }
                    }
                }
                case I32 -> {
                    if (!Arrays.equals(tensor.toInts(), new int[] {1, 2, 3, 4, 5})) {
                        return Arrays.toString(tensor.toInts()) + " in " + tensor;
                    }
                }
            }
        }
        return null;
    }

    private static float[] ones(int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1f);
        return ones;
    }

    /** Sums by way of halves: each number is rounded once. Null if all is right. */
    static @Nullable String halves(TornadoDevice gpu) {
        List<Tensor> tensors = new ArrayList<>();
        List<float[]> before = new ArrayList<>();
        for (int size : SIZES) {
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] = (float) Math.sin(i + 1) * (i % 7 == 0 ? 1e-6f : i % 11 == 0 ? 1e5f : 3f);
            }
            before.add(values);
            tensors.add(Tensor.of(gpu, Shape.of(size), values));
        }
        try (Collective collective = open(gpu, true)) {
            collective.allReduce(tensors, true);
            for (int t = 0; t < tensors.size(); t++) {
                float[] after = tensors.get(t).toFloats();
                for (int i = 0; i < after.length; i++) {
                    float expected = Float.float16ToFloat(Float.floatToFloat16(before.get(t)[i]));
                    if (after[i] != expected) {
                        return "element " + i + " of " + tensors.get(t) + " is " + after[i] + " for " + expected;
                    }
                }
            }
        }
        return null;
    }

    /** What the sum of 440 MB takes on one rank. Null if it is little. */
    static @Nullable String cost(TornadoDevice gpu) {
        RankGroup group = RankGroup.single();
        try (Collective collective = open(gpu, false)) {
            AllReduceBenchmark.Result result = new AllReduceBenchmark(group, gpu).run("float", collective, List.of(110_000_000), Float.BYTES, RUNS);
            if (result.wrong() > 0) {
                return result.wrong() + " wrong elements";
            }
            return result.millis() < MOST_MILLIS ? null : String.format(Locale.ROOT, "%.3f ms, more than %.0f", result.millis(), MOST_MILLIS);
        }
    }

    private static Collective open(TornadoDevice gpu, boolean half) {
        return Collectives.ofAnySize(RankGroup.single(), gpu, half, note -> {
            throw new IllegalStateException(note);
        });
    }
}
