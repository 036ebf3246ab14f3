// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums over ranks have the order of the ranks, to the bit, and copies are copies. */
class RingCollectiveTest {
    /** Tensors smaller and larger than a chunk, and one that ends within one. */
    private static final int[] SIZES = {3, 1, 70_000, 768, 65_536, 5};

    private static float[][] values(int rank) {
        Random random = new Random(rank);
        float[][] values = new float[SIZES.length][];
        for (int i = 0; i < values.length; i++) {
            values[i] = new float[SIZES[i]];
            for (int j = 0; j < values[i].length; j++) {
                values[i][j] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
            }
        }
        return values;
    }

    private static List<Tensor> tensors(Device device, float[][] values) {
        List<Tensor> tensors = new ArrayList<>();
        for (float[] some : values) {
            tensors.add(Tensor.of(device, Shape.of(some.length), some));
        }
        return tensors;
    }

    private static float[][] summed(List<Integer> ranks) {
        float[][] sums = null;
        for (int rank : ranks) {
            float[][] values = values(rank);
            for (int i = 0; sums != null && i < values.length; i++) {
                for (int j = 0; j < values[i].length; j++) {
                    values[i][j] = sums[i][j] + values[i][j];
                }
            }
            sums = values;
        }
        return sums;
    }

    private static List<float[][]> reduced(int size, boolean half, List<Integer> contributing) throws Exception {
        return RankThreads.run(size, group -> {
            try (Device device = JvmDevice.open(1); Collective ring = RingCollective.open(group, half)) {
                List<Tensor> tensors = tensors(device, values(group.rank()));
                ring.allReduce(tensors, contributing.contains(group.rank()));
                return tensors.stream().map(Tensor::toFloats).toArray(float[][]::new);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void sumsHaveTheOrderOfRanks(int size) throws Exception {
        List<Integer> all = List.of(0, 1, 2, 3).subList(0, size);
        float[][] expected = summed(all);
        for (float[][] result : reduced(size, false, all)) {
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], result[i]);
            }
        }
    }

    @Test
    void absentRanksCountForNothing() throws Exception {
        for (List<Integer> present : List.of(List.of(0), List.of(1), List.of(2), List.of(0, 2), List.of(0, 1), List.of(1, 2))) {
            float[][] expected = summed(present);
            for (float[][] result : reduced(3, false, present)) {
                for (int i = 0; i < expected.length; i++) {
                    assertArrayEquals(expected[i], result[i], "with " + present);
                }
            }
        }
    }

    @Test
    void allRanksGetTheSameHalves() throws Exception {
        List<float[][]> results = reduced(3, true, List.of(0, 1, 2));
        float[][] exact = summed(List.of(0, 1, 2));
        float[][][] values = {values(0), values(1), values(2)};
        for (int i = 0; i < exact.length; i++) {
            assertArrayEquals(results.get(0)[i], results.get(1)[i]);
            assertArrayEquals(results.get(0)[i], results.get(2)[i]);
            for (int j = 0; j < exact[i].length; j++) {
                float got = results.get(0)[i][j];
                float magnitude = Math.abs(values[0][i][j]) + Math.abs(values[1][i][j]) + Math.abs(values[2][i][j]);
                assertTrue(magnitude > 65_504 || Math.abs(got - exact[i][j]) <= magnitude * 2e-3 + 1e-6, got + " for " + exact[i][j]);
                assertEquals(Float.float16ToFloat(Float.floatToFloat16(got)), got);
            }
        }
    }

    @Test
    void infinitiesAndNaNGoThroughAndLargeHalvesOverflow() throws Exception {
        for (boolean half : new boolean[] {false, true}) {
            List<float[]> results = RankThreads.run(2, group -> {
                try (Device device = JvmDevice.open(1); Collective ring = RingCollective.open(group, half)) {
                    Tensor tensor = group.rank() == 0 ? Tensor.of(device, Shape.of(4), Float.POSITIVE_INFINITY, Float.NaN, 1f, 60_000f)
                            : Tensor.of(device, Shape.of(4), Float.NEGATIVE_INFINITY, 1f, Float.POSITIVE_INFINITY, 60_000f);
                    ring.allReduce(List.of(tensor), true);
                    return tensor.toFloats();
                }
            });
            float[] expected = {Float.NaN, Float.NaN, Float.POSITIVE_INFINITY, half ? Float.POSITIVE_INFINITY : 120_000f};
            assertArrayEquals(expected, results.get(0));
            assertArrayEquals(expected, results.get(1));
        }
    }

    @Test
    void copiesAreThoseOfTheRootOfAnyType() throws Exception {
        for (int root = 0; root < 3; root++) {
            int from = root;
            List<List<Object>> results = RankThreads.run(3, group -> {
                try (Device device = JvmDevice.open(1); Collective ring = RingCollective.open(group, true)) {
                    List<Tensor> tensors = new ArrayList<>(tensors(device, values(group.rank())));
                    Tensor ints = Tensor.ofInts(device, Shape.of(3), group.rank(), 7, -group.rank());
                    Tensor halves = Tensor.of(device, Shape.of(2), DType.F16, group.rank(), 0.5f);
                    tensors.add(ints);
                    tensors.add(halves);
                    ring.broadcast(tensors, from);
                    return List.of(tensors.get(2).toFloats(), ints.toInts(), halves.toFloats());
                }
            });
            for (List<Object> result : results) {
                assertArrayEquals(values(from)[2], (float[]) result.get(0));
                assertArrayEquals(new int[] {from, 7, -from}, (int[]) result.get(1));
                assertArrayEquals(new float[] {from, 0.5f}, (float[]) result.get(2));
            }
        }
    }

    @Test
    void differentCallsAreAnErrorAndNoSum() throws Exception {
        var outcomes = RankThreads.<float[]>outcomes(2, new RankThreads.Numbered<>() {
            private final int port = RankThreads.freePort();

            @Override
            public float[] run(int rank) throws Exception {
                try (RankGroup group = RankGroup.join(RankThreads.environment(rank, 2, port), RankThreads.TIMES);
                        Device device = JvmDevice.open(1);
                        Collective ring = RingCollective.open(group, false)) {
                    Tensor tensor = Tensor.zeros(device, Shape.of(10 + rank), DType.F32);
                    try {
                        ring.allReduce(List.of(tensor), true);
                    } catch (IllegalStateException e) {
                        group.fail("its call differs.");
                        throw e;
                    }
                    return tensor.toFloats();
                }
            }
        });
        assertTrue(outcomes.stream().allMatch(outcome -> outcome.problem() != null), outcomes.toString());
        assertEquals("the ranks of a ring make different calls: number 1 over 44 bytes here, number 1 over 40 bytes there",
                outcomes.get(1).problem().getMessage());
        assertEquals("Rank 1: its call differs.", outcomes.get(0).problem().getMessage());
    }
}
