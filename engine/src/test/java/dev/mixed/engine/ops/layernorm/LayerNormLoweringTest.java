// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.reduce.SumRows;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Layer normalisation on a GPU, alone and fused with dropout and the residual, against the reference kernels. */
class LayerNormLoweringTest {
    /** Rows, n. */
    private static final int[][] SHAPES = {{1, 1}, {3, 13}, {5, 207}, {33, 64}, {17, 128}, {2, 768}, {3, 1024}};

    private static double tolerance(DType dtype) {
        // A result on the edge between two halves may fall to the other side.
        return dtype == DType.F16 ? 2e-3 : 1e-5;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void alone(DType dtype) {
        for (int[] shape : new int[][] {{1, 1}, {3, 13}, {5, 207}, {17, 128}, {2, 768}, {2, 4098}}) {
            List<String> ran = Lowered.check(d -> {
                Tensor x = Lowered.normal(d, dtype, 1, shape);
                Tensor gamma = Lowered.normal(d, DType.F32, 2, shape[1]);
                Tensor beta = Lowered.normal(d, DType.F32, 3, shape[1]);
                return () -> {
                    LayerNorm.Result r = LayerNorm.forward(x, gamma, beta, 1e-5f);
                    return List.of(r.y(), r.mean(), r.rstd());
                };
            }, tolerance(dtype));
            assertEquals(List.of("gpu.layer_norm" + Lowered.suffix(dtype)), ran);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void afterAnAddition(DType dtype) {
        for (int[] shape : SHAPES) {
            assertEquals(List.of("gpu.add_layer_norm" + Lowered.suffix(dtype)), forward(dtype, shape, false, false));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void afterDropoutAndAddition(DType dtype) {
        for (int[] shape : SHAPES) {
            List<String> ran = forward(dtype, shape, true, false);
            assertEquals(shape[1] % 4 == 0 ? List.of("gpu.add_layer_norm" + Lowered.suffix(dtype))
                    : List.of("gpu.dropout" + Lowered.suffix(dtype), "gpu.add_layer_norm" + Lowered.suffix(dtype)), ran);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void aDroppedOutOperandThatIsStillNeededIsWritten(DType dtype) {
        List<String> ran = forward(dtype, new int[] {5, 64}, true, true);
        assertEquals(List.of("gpu.dropout" + Lowered.suffix(dtype), "gpu.add_layer_norm" + Lowered.suffix(dtype)), ran);
    }

    private static List<String> forward(DType dtype, int[] shape, boolean dropout, boolean keep) {
        return Lowered.check(d -> {
            Tensor x = Lowered.normal(d, dtype, 1, shape);
            Tensor residual = Lowered.normal(d, dtype, 4, shape);
            Tensor gamma = Lowered.normal(d, DType.F32, 2, shape[1]);
            Tensor beta = Lowered.normal(d, DType.F32, 3, shape[1]);
            Tensor snapshot = Tensor.ofInts(d, Shape.of(4), 1, 2, 3, 4);
            return () -> {
                Tensor dropped = dropout ? Dropout.apply(x, 0.2f, snapshot) : x;
                Tensor sum = Elementwise.add(dropped, residual);
                LayerNorm.Result r = LayerNorm.forward(sum, gamma, beta, 1e-5f);
                return keep ? List.of(r.y(), r.mean(), r.rstd(), sum, dropped) : List.of(r.y(), r.mean(), r.rstd(), sum);
            };
            // One row of one element has rstd 300, which magnifies the rounding of its sum.
        }, shape[1] == 1 ? 0.1 : tolerance(dtype) * 2);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void backward(DType dtype) {
        for (int[] shape : SHAPES) {
            for (boolean dropout : new boolean[] {false, true}) {
                for (boolean accumulate : new boolean[] {false, true}) {
                    backward(dtype, shape, dropout, accumulate);
                }
            }
        }
    }

    private static void backward(DType dtype, int[] shape, boolean dropout, boolean accumulate) {
        int n = shape[1];
        List<String> ran = Lowered.check(d -> {
            Tensor x = Lowered.normal(d, dtype, 1, shape);
            Tensor dy = Lowered.normal(d, dtype, 4, shape);
            Tensor gamma = Lowered.normal(d, DType.F32, 2, n);
            LayerNorm.Result forward = new LayerNorm.Result(x, Lowered.normal(d, DType.F32, 5, shape[0]), Lowered.normal(d, DType.F32, 6, shape[0]));
            Tensor dgamma = Lowered.normal(d, DType.F32, 7, n);
            Tensor dbeta = Lowered.normal(d, DType.F32, 8, n);
            Tensor snapshot = Tensor.ofInts(d, Shape.of(4), 1, 2, 3, 4);
            return () -> {
                Tensor dx = LayerNorm.backward(x, gamma, forward, dy);
                LayerNorm.backwardGammaInto(dgamma, x, forward, dy, accumulate);
                SumRows.into(dbeta, dy, accumulate);
                return dropout ? List.of(dx, dgamma, dbeta, Dropout.apply(dx, 0.2f, snapshot)) : List.of(dx, dgamma, dbeta);
            };
        }, tolerance(dtype) * 5);
        String type = Lowered.suffix(dtype);
        assertEquals(dropout && n % 4 != 0 ? List.of("gpu.layer_norm_backward" + type, "gpu.sum_chunks", "gpu.dropout" + type)
                : List.of("gpu.layer_norm_backward" + type, "gpu.sum_chunks"), ran);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void columnSums(DType dtype) {
        for (int[] shape : new int[][] {{1, 1}, {13, 207}, {207, 13}, {129, 64}, {300, 70}, {8, 4098}}) {
            for (boolean accumulate : new boolean[] {false, true}) {
                Lowered.check(d -> {
                    Tensor dy = Lowered.normal(d, dtype, 4, shape);
                    Tensor sum = Lowered.normal(d, DType.F32, 5, shape[1]);
                    return () -> {
                        SumRows.into(sum, dy, accumulate);
                        return List.of(sum);
                    };
                }, 1e-5).forEach(kernel -> assertEquals("gpu.sum_c", kernel.substring(0, 9)));
            }
        }
    }
}
