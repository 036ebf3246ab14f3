// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.tornado.GpuLowerings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Joined products, as the simulated Hopper GPU runs them, have the bits of single ones, and stand where the last of them stood. */
class WgmmaJoinTest {
    private static final String BIAS = "wgmma_bias.f16", BIAS_JOINED = "wgmma_bias_joined.f16";
    private static final String FLOATS = "wgmma.f32", FLOATS_JOINED = "wgmma_joined.f32";
    private static final String PARTS = "wgmma_parts.f32", PARTS_JOINED = "wgmma_parts_joined.f32";

    /** Kernels that ran, and what they computed. */
    private record Ran(List<String> kernels, List<float[]> results) {
        static Ran of(List<Lowering> lowerings, Function<Device, Supplier<List<Tensor>>> body) {
            try (EmulatedGpu gpu = new EmulatedGpu(lowerings)) {
                List<Tensor> results = new ArrayList<>();
                Supplier<List<Tensor>> ops = body.apply(gpu);
                Program program = Program.record(gpu, () -> {
                    results.addAll(ops.get());
                    return List.copyOf(results);
                });
                program.run();
                return new Ran(WgmmaJoinTest.kernels(program), results.stream().map(Tensor::toFloats).toList());
            }
        }

        void assertSameBits(Ran other) {
            assertEquals(results.size(), other.results.size());
            for (int i = 0; i < results.size(); i++) {
                assertArrayEquals(results.get(i), other.results.get(i), 0f, "result " + i);
            }
        }
    }

    private static MatmulLowering products(int rows, int width, int parts) {
        return new MatmulLowering(GpuTarget.HOPPER, _ -> new FloatProducts.Plan(FloatProducts.Tile.SMALL, 1, 0), HalfProducts.Plan::of,
                p -> new WgmmaProducts.Plan(rows, width, p.c().buffer().dtype() == DType.F32 ? parts : 1, 2));
    }

    /** Products in tiles of 64 + 64 x 64, alone and joined with other tiles, two blocks taking them in turns. */
    private static void checkJoined(int rows, int width, int parts, Function<Device, Supplier<List<Tensor>>> body, String... kernels) {
        Ran alone = Ran.of(List.of(products(64, 64, parts)), body);
        Ran joined = Ran.of(List.of(products(64, 64, parts), new WgmmaJoinLowering((_, _) -> new WgmmaProducts.Plan(rows, width, parts, 2))), body);
        assertEquals(List.of(kernels), joined.kernels);
        alone.assertSameBits(joined);
    }

    private static Tensor half(Device device, long seed, int... dims) {
        return Lowered.normal(device, DType.F16, seed, dims);
    }

    private static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        Tensor y = Matmul.matmul(x, weight, false, true);
        Broadcast.addInto(y, bias);
        return y;
    }

    @ParameterizedTest(name = "{3} of [{0}, {1}] of depth {2} in tiles of {6} + {6} x {7}, transposed {4} {5}")
    @CsvSource({
        "72, 136, 136, 3, false, true, 64, 128",
        "136, 72, 72, 2, false, false, 64, 192",
        "8, 264, 8, 3, true, true, 64, 256",
        "264, 200, 8, 2, false, true, 128, 192",
        "264, 72, 8, 2, true, false, 128, 128",
        "136, 136, 136, 3, false, true, 64, 64",
    })
    void biases(int m, int n, int k, int products, boolean transposeA, boolean transposeB, int rows, int width) {
        Function<Device, Supplier<List<Tensor>>> body = device -> {
            Tensor x = transposeA ? half(device, 1, k, m) : half(device, 1, m, k);
            List<Tensor> weights = new ArrayList<>(), biases = new ArrayList<>();
            for (int i = 0; i < products; i++) {
                weights.add(transposeB ? half(device, 10 + i, n, k) : half(device, 10 + i, k, n));
                biases.add(half(device, 20 + i, n));
            }
            return () -> {
                List<Tensor> results = new ArrayList<>();
                for (int i = 0; i < products; i++) {
                    Tensor y = Matmul.matmul(x, weights.get(i), transposeA, transposeB);
                    Broadcast.addInto(y, biases.get(i));
                    results.add(y);
                }
                return results;
            };
        };
        checkJoined(rows, width, 1, body, BIAS_JOINED);
    }

    @ParameterizedTest(name = "{3} of [{0}, {1}] of depth {2} in {4} parts, in tiles of {6} + {6} x {7}, added {5}")
    @CsvSource({
        "72, 136, 200, 3, 1, true, 64, 128",
        "136, 72, 72, 2, 1, false, 64, 192",
        "264, 200, 8, 3, 1, true, 128, 192",
        "72, 136, 200, 3, 3, true, 64, 256",
        "72, 8, 136, 2, 2, false, 128, 128",
    })
    void gradientsOfWeights(int m, int n, int k, int products, int parts, boolean add, int rows, int width) {
        Function<Device, Supplier<List<Tensor>>> body = device -> {
            Tensor x = half(device, 1, k, n);
            List<Tensor> dys = new ArrayList<>(), gradients = new ArrayList<>();
            for (int i = 0; i < products; i++) {
                dys.add(half(device, 10 + i, k, m));
                gradients.add(Lowered.normal(device, DType.F32, 30 + i, m, n));
            }
            return () -> {
                for (int i = 0; i < products; i++) {
                    Matmul.matmulInto(gradients.get(i), dys.get(i), x, true, false, add);
                }
                return gradients;
            };
        };
        checkJoined(rows, width, parts, body, parts > 1 ? new String[] {FLOATS_JOINED, PARTS_JOINED} : new String[] {FLOATS_JOINED});
    }

    /** A fourth product starts a launch of its own, and so do products with another input, however they stand. */
    @Test
    void threeOfOneInputGoTogether() {
        Function<Device, Supplier<List<Tensor>>> body = device -> {
            Tensor x = half(device, 1, 72, 64), other = half(device, 2, 72, 64), weight = half(device, 3, 64, 64), bias = half(device, 4, 64);
            return () -> {
                List<Tensor> results = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    results.add(linear(x, weight, bias));
                    results.add(linear(other, weight, bias));
                }
                return results;
            };
        };
        checkJoined(64, 64, 1, body, BIAS_JOINED, BIAS_JOINED, BIAS, BIAS);
    }

    /** What stands between two products of one input. */
    enum Between {
        NOTHING_OF_THEIRS, INPUT_WRITTEN, RESULT_READ, RESULT_WRITTEN, WEIGHT_WRITTEN, BIAS_WRITTEN;

        void record(Tensor x, Tensor y, Tensor weight, Tensor bias, Tensor kept, Tensor other) {
            switch (this) {
                case NOTHING_OF_THEIRS -> Elementwise.addInto(kept, other);
                case INPUT_WRITTEN -> Elementwise.addInto(x, other);
                case RESULT_READ -> Elementwise.addInto(kept, y);
                case RESULT_WRITTEN -> Elementwise.addInto(y, other);
                case WEIGHT_WRITTEN -> Elementwise.addInto(weight, weight);
                case BIAS_WRITTEN -> Elementwise.addInto(bias, bias);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatStandsBetweenMayForbidIt(Between between) {
        Function<Device, Supplier<List<Tensor>>> body = device -> {
            Tensor x = half(device, 1, 72, 64), other = half(device, 2, 72, 64), kept = half(device, 3, 72, 64);
            Tensor first = half(device, 4, 64, 64), second = half(device, 5, 64, 64), bias = half(device, 6, 64);
            return () -> {
                Tensor y = linear(x, first, bias);
                between.record(x, y, first, bias, kept, other);
                return List.of(y, linear(x, second, bias), kept);
            };
        };
        checkHopper(body, BIAS, BIAS_JOINED, between == Between.NOTHING_OF_THEIRS);
    }

    @ParameterizedTest
    @EnumSource(names = {"NOTHING_OF_THEIRS", "INPUT_WRITTEN", "RESULT_READ", "RESULT_WRITTEN", "WEIGHT_WRITTEN"})
    void whatStandsBetweenMayForbidItForGradients(Between between) {
        for (int parts : List.of(1, 2)) {
            Function<Device, Supplier<List<Tensor>>> body = device -> {
                Tensor x = half(device, 1, 72, 64), more = half(device, 2, 72, 64), dy = half(device, 3, 72, 64), dz = half(device, 4, 72, 64);
                Tensor kept = Lowered.normal(device, DType.F32, 5, 64, 64), other = Lowered.normal(device, DType.F32, 6, 64, 64);
                Tensor first = Lowered.normal(device, DType.F32, 7, 64, 64), second = Lowered.normal(device, DType.F32, 8, 64, 64);
                return () -> {
                    Matmul.matmulInto(first, dy, x, true, false, true);
                    between.record(x, first, dy, dy, kept, between == Between.INPUT_WRITTEN ? more : other);
                    Matmul.matmulInto(second, dz, x, true, false, true);
                    return List.of(first, second, kept);
                };
            };
            List<Lowering> lowerings = List.of(products(64, 64, parts), new WgmmaJoinLowering());
            String alone = parts > 1 ? PARTS : FLOATS, joined = parts > 1 ? PARTS_JOINED : FLOATS_JOINED;
            check(lowerings, body, alone, joined, between == Between.NOTHING_OF_THEIRS);
        }
    }

    private static void checkHopper(Function<Device, Supplier<List<Tensor>>> body, String alone, String joined, boolean together) {
        check(GpuLowerings.all(GpuTarget.HOPPER), body, alone, joined, together);
    }

    /** These lowerings join two products, or don't, and give the bits that they give without joining. */
    private static void check(List<Lowering> all, Function<Device, Supplier<List<Tensor>>> body, String alone, String joined, boolean together) {
        List<String> kernels = kernels(all, body);
        List<Lowering> others = all.stream().filter(lowering -> !(lowering instanceof WgmmaJoinLowering)).toList();
        assertEquals(together ? 1 : 0, count(joined, kernels), kernels.toString());
        assertEquals(together ? 0 : count(alone, kernels(others, body)), count(alone, kernels), kernels.toString());
        if (together) {
            Ran.of(all, body).assertSameBits(Ran.of(others, body));
        } else {
            // The same launches give the same bits.
            assertEquals(kernels(others, body), kernels);
        }
    }

    private static long count(String kernel, List<String> kernels) {
        return kernels.stream().filter(kernel::equals).count();
    }

    private static List<String> kernels(List<Lowering> lowerings, Function<Device, Supplier<List<Tensor>>> body) {
        try (EmulatedGpu gpu = new EmulatedGpu(lowerings)) {
            return kernels(Program.record(gpu, body.apply(gpu)));
        }
    }

    private static List<String> kernels(Program program) {
        return program.launches().stream().map(Launch::kernel).map(Kernel::name).toList();
    }

    /** The gradient of an input of several products: in float64, rounded once. A gradient of weights stands between, as in a backward pass. */
    @ParameterizedTest(name = "{3} of [{0}, {1}] of depth {2} in tiles of {6} + {6} x {7}, transposed {4}, added {5}")
    @CsvSource({
        "72, 136, 72, 3, false, true, 64, 128",
        "136, 72, 136, 2, true, true, 64, 192",
        "264, 200, 8, 3, false, false, 128, 192",
        "72, 136, 136, 2, false, false, 64, 64",
    })
    void gradientOfAnInput(int m, int n, int k, int products, boolean transposed, boolean add, int rows, int width) {
        double[] expected = new double[m * n];
        List<Lowering> lowerings = List.of(products(64, 64, 1), new WgmmaJoinLowering((_, _) -> new WgmmaProducts.Plan(rows, width, 1, 2)));
        Ran ran = Ran.of(lowerings, device -> {
            Tensor dx = half(device, 1, m, n), x = half(device, 3, m, n), gradient = Lowered.normal(device, DType.F32, 2, k, n);
            List<Tensor> dys = new ArrayList<>(), weights = new ArrayList<>();
            if (add) {
                plus(expected, dx.toFloats());
            }
            for (int i = 0; i < products; i++) {
                dys.add(half(device, 10 + i, m, k));
                weights.add(transposed ? half(device, 20 + i, n, k) : half(device, 20 + i, k, n));
                plusProduct(expected, dys.getLast().toFloats(), weights.getLast().toFloats(), m, n, k, transposed);
            }
            return () -> {
                for (int i = 0; i < products; i++) {
                    Matmul.matmulInto(dx, dys.get(i), weights.get(i), false, transposed, add || i > 0);
                    if (i == 0) {
                        Matmul.matmulInto(gradient, dys.get(i), x, true, false, false);
                    }
                }
                return List.of(dx);
            };
        });
        assertEquals(List.of(FLOATS, add ? "wgmma_add_sum.f16" : "wgmma_sum.f16"), ran.kernels);
        float[] actual = ran.results.getFirst();
        for (int i = 0; i < actual.length; i++) {
            // Normal numbers: sums of products of a size of 1, in float.
            assertEquals(expected[i], actual[i], 20.0 * products * k * 0x1p-24 + 0x1.01p-11 * Math.abs(expected[i]), "element " + i);
        }
    }

    private static void plus(double[] sums, float[] values) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += values[i];
        }
    }

    private static void plusProduct(double[] sums, float[] a, float[] b, int m, int n, int k, boolean transposed) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                for (int p = 0; p < k; p++) {
                    sums[i * n + j] += (double) a[i * k + p] * b[transposed ? j * k + p : p * n + j];
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NOTHING_OF_THEIRS", "INPUT_WRITTEN", "RESULT_READ", "RESULT_WRITTEN", "WEIGHT_WRITTEN"})
    void whatStandsBetweenMayForbidItForSums(Between between) {
        Function<Device, Supplier<List<Tensor>>> body = device -> {
            Tensor dx = half(device, 1, 72, 64), dy = half(device, 2, 72, 64), dz = half(device, 3, 72, 64);
            Tensor kept = half(device, 4, 72, 64), other = half(device, 5, 72, 64), weight = half(device, 6, 64, 64), bias = half(device, 7, 64);
            return () -> {
                Matmul.matmulInto(dx, dy, weight, false, false, true);
                between.record(dy, dx, weight, bias, kept, other);
                Matmul.matmulInto(dx, dz, weight, false, false, true);
                return List.of(dx, kept);
            };
        };
        List<String> kernels = kernels(GpuLowerings.all(GpuTarget.HOPPER), body);
        boolean together = between == Between.NOTHING_OF_THEIRS;
        assertEquals(together ? 1 : 0, count("wgmma_add_sum.f16", kernels), kernels.toString());
        assertEquals(together ? 0 : 2, count("wgmma_add.f16", kernels), kernels.toString());
    }

    /** Gradients of [768, 768], of few tokens and of as many as make parts that no cache holds. */
    @ParameterizedTest(name = "of {0} tokens")
    @CsvSource({"512, true", "2048, true", "8192, false"})
    void gradientsWhoseSumsFillMemoryStayAlone(int tokens, boolean together) {
        List<String> kernels = kernels(GpuLowerings.all(GpuTarget.HOPPER), device -> {
            Tensor x = Tensor.zeros(device, Shape.of(tokens, 768), DType.F16), dy = Tensor.zeros(device, Shape.of(tokens, 768), DType.F16);
            List<Tensor> gradients = Stream.generate(() -> Tensor.empty(device, Shape.of(768, 768), DType.F32)).limit(3).toList();
            return () -> {
                gradients.forEach(gradient -> Matmul.matmulInto(gradient, dy, x, true, false, false));
                return gradients;
            };
        });
        assertEquals(together ? 1 : 0, count(FLOATS_JOINED, kernels), kernels.toString());
        assertEquals(together ? 0 : 3, count(FLOATS, kernels), kernels.toString());
    }

    /** A product without a bias, one into what another adds to, one with another shape: each stays alone. */
    @Test
    void othersStayAlone() {
        Function<Device, Supplier<List<Tensor>>> noBias = device -> {
            Tensor x = half(device, 1, 72, 64), weight = half(device, 2, 64, 64), bias = half(device, 3, 64);
            return () -> List.of(linear(x, weight, bias), Matmul.matmul(x, weight, false, true));
        };
        Function<Device, Supplier<List<Tensor>>> otherShape = device -> {
            Tensor x = half(device, 1, 72, 64), weight = half(device, 2, 64, 64), bias = half(device, 3, 64);
            Tensor wide = half(device, 4, 72, 64), wideBias = half(device, 5, 72);
            return () -> List.of(linear(x, weight, bias), linear(x, wide, wideBias));
        };
        Function<Device, Supplier<List<Tensor>>> oneGradient = device -> {
            Tensor x = half(device, 1, 72, 64), dy = half(device, 2, 72, 64), gradient = Lowered.normal(device, DType.F32, 7, 64, 64);
            return () -> {
                Matmul.matmulInto(gradient, dy, x, true, false, false);
                Matmul.matmulInto(gradient, dy, x, true, false, true);
                return List.of(gradient);
            };
        };
        Function<Device, Supplier<List<Tensor>>> oneAdds = device -> {
            Tensor x = half(device, 1, 72, 64), dy = half(device, 2, 72, 64);
            Tensor first = Lowered.normal(device, DType.F32, 7, 64, 64), second = Lowered.normal(device, DType.F32, 8, 64, 64);
            return () -> {
                Matmul.matmulInto(first, dy, x, true, false, false);
                Matmul.matmulInto(second, dy, x, true, false, true);
                return List.of(first, second);
            };
        };
        checkHopper(noBias, BIAS, BIAS_JOINED, false);
        checkHopper(otherShape, BIAS, BIAS_JOINED, false);
        checkHopper(oneGradient, FLOATS, FLOATS_JOINED, false);
        checkHopper(oneAdds, FLOATS, FLOATS_JOINED, false);
    }
}
