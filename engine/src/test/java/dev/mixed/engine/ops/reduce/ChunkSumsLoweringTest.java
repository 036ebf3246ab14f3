// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums over rows whose second steps share a launch, or whose first step was made by the kernel before. */
class ChunkSumsLoweringTest {
    private static final int ROWS = 300;

    private static List<Tensor> results(Device device, int count, int n) {
        return IntStream.range(0, count).mapToObj(i -> Lowered.normal(device, DType.F32, 50 + i, n + i)).toList();
    }

    @Test
    void secondStepsShareLaunches() {
        List<String> ran = Lowered.check(d -> {
            List<Tensor> sums = results(d, 11, 30);
            List<Tensor> rows = IntStream.range(0, 11).mapToObj(i -> Lowered.normal(d, i % 2 == 0 ? DType.F16 : DType.F32, i, ROWS, 30 + i)).toList();
            return () -> {
                for (int i = 0; i < 11; i++) {
                    SumRows.into(sums.get(i), rows.get(i), i % 3 == 0);
                }
                return sums;
            };
        }, 1e-5);
        // Nine to a launch.
        assertEquals(9, ran.indexOf("gpu.sum_chunks"));
        assertEquals(12, ran.lastIndexOf("gpu.sum_chunks"));
        assertEquals(13, ran.size());
    }

    @Test
    void aSumIsThereWhenItIsUsed() {
        List<String> ran = Lowered.check(d -> {
            List<Tensor> sums = results(d, 3, 30);
            Tensor rows = Lowered.normal(d, DType.F32, 1, ROWS, 30);
            Tensor others = Lowered.normal(d, DType.F32, 2, ROWS, 31);
            return () -> {
                SumRows.into(sums.get(0), rows, false);
                SumRows.into(sums.get(1), others, true);
                Tensor twice = Elementwise.add(sums.get(0), sums.get(0));
                SumRows.into(sums.get(0), rows, true);
                SumRows.into(sums.get(0), rows, true);
                List<Tensor> all = new ArrayList<>(sums);
                all.add(twice);
                return all;
            };
        }, 1e-5);
        assertEquals(List.of("gpu.sum_columns.f32", "gpu.sum_columns.f32", "gpu.sum_chunks", "gpu.add.f32", "gpu.sum_columns.f32", "gpu.sum_chunks",
                "gpu.sum_columns.f32", "gpu.sum_chunks"), ran);
    }

    @ParameterizedTest
    @CsvSource({"F32,1", "F32,13", "F32,70", "F16,13", "F16,64", "F16,207"})
    void gradientOfGeluLeavesItsSums(DType dtype, int n) {
        List<String> ran = Lowered.check(d -> {
            Tensor x = Lowered.normal(d, dtype, 1, ROWS, n);
            Tensor dy = Lowered.normal(d, dtype, 2, ROWS, n);
            Tensor bias = Lowered.normal(d, DType.F32, 3, n);
            return () -> {
                Tensor dx = Gelu.exactBackward(x, dy);
                SumRows.into(bias, dx, true);
                return List.of(dx, bias);
            };
        }, dtype == DType.F32 ? 1e-5 : 1e-2);
        assertEquals(List.of("gpu.gelu_backward_sums" + Lowered.suffix(dtype), "gpu.sum_chunks"), ran);
    }

    @ParameterizedTest
    @CsvSource({"F32,64,true", "F32,13,false", "F16,64,true", "F16,207,false"})
    void gradientOfLayerNormLeavesItsSums(DType dtype, int n, boolean dropout) {
        List<String> ran = normBackward(dtype, n, dropout, false);
        assertEquals(List.of("gpu.layer_norm_backward" + Lowered.suffix(dtype), "gpu.sum_chunks"), ran);
    }

    @ParameterizedTest
    @CsvSource({"F32,64", "F16,64"})
    void sumsOfRowsThatChangedSinceAreMadeAnew(DType dtype, int n) {
        List<String> ran = normBackward(dtype, n, true, true);
        String type = Lowered.suffix(dtype);
        assertEquals(List.of("gpu.layer_norm_backward" + type, "gpu.add_into" + type, "gpu.sum_columns" + type, "gpu.sum_chunks"), ran);
    }

    private static List<String> normBackward(DType dtype, int n, boolean dropout, boolean change) {
        return Lowered.check(d -> {
            Tensor x = Lowered.normal(d, dtype, 1, ROWS, n);
            Tensor dy = Lowered.normal(d, dtype, 4, ROWS, n);
            Tensor gamma = Lowered.normal(d, DType.F32, 2, n);
            LayerNorm.Result forward = new LayerNorm.Result(x, Lowered.normal(d, DType.F32, 5, ROWS), Lowered.normal(d, DType.F32, 6, ROWS));
            List<Tensor> sums = IntStream.range(0, 3).mapToObj(i -> Lowered.normal(d, DType.F32, 50 + i, n)).toList();
            Tensor snapshot = Tensor.ofInts(d, Shape.of(4), 1, 2, 3, 4);
            return () -> {
                Tensor dx = LayerNorm.backward(x, gamma, forward, dy);
                LayerNorm.backwardGammaInto(sums.get(0), x, forward, dy, false);
                SumRows.into(sums.get(1), dy, true);
                Tensor rows = dropout ? Dropout.apply(dx, 0.2f, snapshot) : dx;
                if (change) {
                    Elementwise.addInto(rows, x);
                }
                SumRows.into(sums.get(2), rows, false);
                List<Tensor> all = new ArrayList<>(sums);
                all.add(rows);
                return all;
            };
            // Sums of 300 halves of about 3, each off by one rounding at most.
        }, dtype == DType.F32 ? 1e-4 : 2e-2);
    }
}
