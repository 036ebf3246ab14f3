// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.reduce.SumRows;
import dev.mixed.engine.tornado.GpuLowerings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layer normalisation of halves on intrinsics, with what stands around it: against the reference kernels, and against float64. */
class LayerNormWideTest {
    private static Supplier<List<Tensor>> forward(Device d, int rows, int n, boolean dropout) {
        Tensor x = Lowered.normal(d, DType.F16, 1, rows, n);
        Tensor residual = Lowered.normal(d, DType.F16, 4, rows, n);
        Tensor gamma = Lowered.normal(d, DType.F32, 2, n);
        Tensor beta = Lowered.normal(d, DType.F32, 3, n);
        Tensor snapshot = Tensor.ofInts(d, Shape.of(4), 1, 2, 3, 4);
        return () -> {
            Tensor sum = Elementwise.add(dropout ? Dropout.apply(x, 0.2f, snapshot) : x, residual);
            LayerNorm.Result r = LayerNorm.forward(sum, gamma, beta, 1e-5f);
            return List.of(r.y(), r.mean(), r.rstd(), sum);
        };
    }

    private static Supplier<List<Tensor>> backward(Device d, int rows, int n, boolean dropout, boolean accumulate) {
        Tensor x = Lowered.normal(d, DType.F16, 1, rows, n);
        Tensor dy = Lowered.normal(d, DType.F16, 4, rows, n);
        Tensor gamma = Lowered.normal(d, DType.F32, 2, n);
        LayerNorm.Result forward = new LayerNorm.Result(x, Lowered.normal(d, DType.F32, 5, rows), Lowered.normal(d, DType.F32, 6, rows));
        List<Tensor> sums = List.of(Lowered.normal(d, DType.F32, 7, n), Lowered.normal(d, DType.F32, 8, n), Lowered.normal(d, DType.F32, 9, n));
        Tensor snapshot = Tensor.ofInts(d, Shape.of(4), 1, 2, 3, 4);
        return () -> {
            Tensor dx = LayerNorm.backward(x, gamma, forward, dy);
            LayerNorm.backwardGammaInto(sums.get(0), x, forward, dy, accumulate);
            SumRows.into(sums.get(1), dy, accumulate);
            Tensor out = dropout ? Dropout.apply(dx, 0.2f, snapshot) : dx;
            SumRows.into(sums.get(2), out, accumulate);
            List<Tensor> all = new ArrayList<>(sums);
            all.add(dx);
            all.add(out);
            return all;
        };
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "3, 16", "5, 208", "9, 264", "9, 768", "3, 1000", "3, 1024"})
    void additionAndNorm(int rows, int n) {
        for (boolean dropout : new boolean[] {false, true}) {
            // A row of few elements may have a large rstd, which magnifies the rounding of its sum.
            assertEquals(List.of("wide.add_layer_norm.f16"), Lowered.check(GpuTarget.TURING, d -> forward(d, rows, n, dropout), 1e-2));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "33, 16", "5, 208", "9, 264", "11, 768", "3, 1000", "3, 1024"})
    void gradients(int rows, int n) {
        for (boolean dropout : new boolean[] {false, true}) {
            // Few rows are summed at once where their sum is not added to another.
            assertEquals(dropout ? List.of("wide.layer_norm_backward.f16", "gpu.sum_chunks")
                    : List.of("wide.layer_norm_backward.f16", "gpu.sum_chunks", "wide.sum_columns.f16"),
                    Lowered.check(GpuTarget.TURING, d -> backward(d, rows, n, dropout, dropout), 2e-2));
        }
    }

    /** More rows than the blocks take in one turn, so that each group goes on to others. */
    @Test
    void blocksTakeRowsInTurns() {
        List<Lowering> lowerings = new ArrayList<>(List.of(new LayerNormLowering(GpuTarget.TURING, 2)));
        lowerings.addAll(GpuLowerings.all(GpuTarget.TURING));
        Lowered.check(lowerings, d -> backward(d, 2 * 12 * 2 * 3 + 3, 8, true, true), 2e-2);
        Lowered.check(lowerings, d -> backward(d, 2 * 4 * 2 * 2 + 5, 768, true, true), 2e-2);
    }

    /** Sums over rows alone, of more chunks than one and of a part of one. */
    @ParameterizedTest
    @CsvSource({"1, 8", "13, 208", "64, 264", "129, 64", "300, 72", "70, 768"})
    void columnSums(int rows, int n) {
        for (boolean accumulate : new boolean[] {false, true}) {
            assertEquals("wide.sum_columns.f16", Lowered.check(GpuTarget.TURING, d -> {
                Tensor dy = Lowered.normal(d, DType.F16, 4, rows, n);
                Tensor sum = Lowered.normal(d, DType.F32, 5, n);
                return () -> {
                    SumRows.into(sum, dy, accumulate);
                    return List.of(sum);
                };
            }, 1e-5).getFirst());
        }
    }

    /** Rows whose mean and rstd are known give the bits that they gave before. */
    @ParameterizedTest
    @CsvSource({"1, 8", "5, 208", "9, 264", "9, 768", "3, 1000", "11, 1024"})
    void onceMore(int rows, int n) {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            Tensor x = Lowered.normal(device, DType.F16, 1, rows, n);
            Tensor residual = Lowered.normal(device, DType.F16, 4, rows, n);
            Tensor gamma = Lowered.normal(device, DType.F32, 2, n);
            Tensor beta = Lowered.normal(device, DType.F32, 3, n);
            Program program = Program.record(device, () -> {
                Tensor sum = Elementwise.add(x, residual);
                LayerNorm.Result first = LayerNorm.forward(sum, gamma, beta, 1e-5f);
                return List.of(first.y(), LayerNorm.forwardAgain(sum, gamma, beta, first));
            });
            assertEquals(List.of("wide.add_layer_norm.f16", "wide.normalize.f16"), program.launches().stream().map(l -> l.kernel().name()).toList());
            program.run();
            assertArrayEquals(program.output(0).toFloats(), program.output(1).toFloats(), 0f);
        }
    }

    /** Rows that are there already give the bits that they give with an addition of zeros before it. */
    @ParameterizedTest
    @CsvSource({"1, 8", "5, 208", "9, 264", "9, 768", "3, 1000", "11, 1024"})
    void rowsAlone(int rows, int n) {
        assertEquals(List.of("wide.layer_norm.f16"), Lowered.check(GpuTarget.TURING, d -> {
            Tensor x = Lowered.normal(d, DType.F16, 1, rows, n), gamma = Lowered.normal(d, DType.F32, 2, n), beta = Lowered.normal(d, DType.F32, 3, n);
            return () -> results(LayerNorm.forward(x, gamma, beta, 1e-5f));
        }, 1e-2));
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            Tensor x = Lowered.normal(device, DType.F16, 1, rows, n), gamma = Lowered.normal(device, DType.F32, 2, n);
            Tensor beta = Lowered.normal(device, DType.F32, 3, n), zeros = Tensor.of(device, Shape.of(rows, n), DType.F16, new float[rows * n]);
            Program program = Program.record(device, () -> {
                List<Tensor> all = new ArrayList<>(results(LayerNorm.forward(Elementwise.add(x, zeros), gamma, beta, 1e-5f)));
                all.addAll(results(LayerNorm.forward(x, gamma, beta, 1e-5f)));
                return all;
            });
            assertEquals(List.of("wide.add_layer_norm.f16", "wide.layer_norm.f16"), program.launches().stream().map(l -> l.kernel().name()).toList());
            program.run();
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(program.output(i).toFloats(), program.output(3 + i).toFloats(), 0f);
            }
        }
    }

    private static List<Tensor> results(LayerNorm.Result r) {
        return List.of(r.y(), r.mean(), r.rstd());
    }

    @Test
    void otherRowsHaveTheKernelsWithoutIntrinsics() {
        assertEquals(List.of("gpu.add_layer_norm.f16"), Lowered.check(GpuTarget.HOPPER, d -> forward(d, 3, 12, true), 1e-2));
        assertEquals("gpu.layer_norm_backward.f16", Lowered.check(GpuTarget.HOPPER, d -> backward(d, 3, 12, true, false), 2e-2).getFirst());
    }

    /** Sums in another order would differ in their last bits. */
    @Test
    void theSameBitsEachTime() {
        try (EmulatedGpu device = new EmulatedGpu(GpuLowerings.all(GpuTarget.AMPERE))) {
            Program program = Program.record(device, backward(device, 100, 264, true, false));
            program.run();
            List<float[]> first = program.outputs().stream().map(Tensor::toFloats).toList();
            program.run();
            for (int i = 0; i < first.size(); i++) {
                assertArrayEquals(first.get(i), program.output(i).toFloats(), 0f);
            }
        }
    }

    /** The parameters' gradients over many rows, against float64. */
    @Test
    void sumsOfManyRows() {
        int rows = 500, n = 64;
        try (EmulatedGpu device = new EmulatedGpu(GpuLowerings.all(GpuTarget.AMPERE))) {
            Program program = Program.record(device, backward(device, rows, n, false, false));
            program.run();
            float[] x = Lowered.normal(device, DType.F16, 1, rows, n).toFloats();
            float[] dy = Lowered.normal(device, DType.F16, 4, rows, n).toFloats();
            float[] mean = Lowered.normal(device, DType.F32, 5, rows).toFloats();
            float[] rstd = Lowered.normal(device, DType.F32, 6, rows).toFloats();
            for (int j = 0; j < n; j++) {
                double gamma = 0, beta = 0, size = 0;
                for (int i = 0; i < rows; i++) {
                    double term = dy[i * n + j] * ((double) x[i * n + j] - mean[i]) * rstd[i];
                    gamma += term;
                    size += Math.abs(term);
                    beta += dy[i * n + j];
                }
                assertEquals(gamma, program.output(0).toFloats()[j], 64 * 0x1p-24 * size);
                assertEquals(beta, program.output(1).toFloats()[j], 64 * 0x1p-24 * size);
            }
        }
    }
}
