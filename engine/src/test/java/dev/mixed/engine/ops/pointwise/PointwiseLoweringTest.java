// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Element by element lowerings compute what the reference kernels do, bit for bit. */
class PointwiseLoweringTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void operandsOfOneShape(DType dtype) {
        for (int n : Lowered.SIZES) {
            Lowered.checkBits("add", dtype, Elementwise::add, n);
            Lowered.checkBits("relu", dtype, (x, _) -> Relu.forward(x), n);
            Lowered.checkBits("relu_backward", dtype, Relu::backward, n);
            Lowered.checkBits("fill", dtype, (x, _) -> Elementwise.fill(x.device(), x.shape(), dtype, 2.5f), n);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void otherTypes(DType dtype) {
        DType other = dtype == DType.F16 ? DType.F32 : DType.F16;
        for (int n : Lowered.SIZES) {
            List<String> kernels = List.of("gpu.add" + Lowered.suffix(dtype), "gpu.cast" + Lowered.suffix(dtype) + Lowered.suffix(other));
            Lowered.checkBits(kernels, d -> Lowered.normal(d, dtype, 1, n), _ -> null, (x, _) -> Cast.to(Elementwise.add(x, x), other));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void factors(DType dtype) {
        for (int n : Lowered.SIZES) {
            Lowered.checkBits(List.of("gpu.scale_by" + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, n), d -> Tensor.of(d, Shape.of(1), 0.3f),
                    Elementwise::scaleBy);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void sumsInPlace(DType dtype) {
        for (int n : Lowered.SIZES) {
            for (DType sum : dtype == DType.F16 ? new DType[] {DType.F16, DType.F32} : new DType[] {DType.F32}) {
                String kernel = "gpu.add_into" + Lowered.suffix(sum) + (sum == dtype ? "" : ".f16");
                Lowered.checkBits(List.of("gpu.fill" + Lowered.suffix(sum), kernel), d -> Lowered.normal(d, dtype, 1, n), _ -> null, (x, _) -> {
                    Tensor y = Elementwise.fill(x.device(), x.shape(), sum, 1.5f);
                    Elementwise.addInto(y, x);
                    return y;
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void broadcastOperands(DType dtype) {
        for (int[] shape : new int[][] {{1, 1}, {7, 13}, {3, 207}, {2, 3, 4, 64}, {1, 4098}}) {
            int n = shape[shape.length - 1];
            Lowered.checkBits(List.of("gpu.broadcast_add" + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, shape),
                    d -> Lowered.normal(d, DType.F32, 2, n), Broadcast::add);
            for (DType type : dtype == DType.F16 ? new DType[] {DType.F16, DType.F32} : new DType[] {DType.F32}) {
                String kernel = "gpu.broadcast_add_into" + Lowered.suffix(dtype) + (type == DType.F16 ? ".f16" : "");
                Lowered.checkBits(List.of("gpu.fill" + Lowered.suffix(dtype), kernel), d -> Lowered.normal(d, dtype, 1, shape),
                        d -> Lowered.normal(d, type, 2, n), (x, b) -> {
                            Tensor y = Elementwise.fill(x.device(), x.shape(), dtype, 1.5f);
                            Broadcast.addInto(y, b);
                            return y;
                        });
            }
        }
    }

    @Test
    void fillsOnIntrinsics() {
        for (int n : new int[] {1, 13, 207, 4096, 4098, 9001}) {
            assertEquals(List.of("wide.fill.f32"), Lowered.check(GpuTarget.TURING, d -> () -> List.of(Elementwise.fill(d, Shape.of(n), DType.F32, 2.5f)), 0));
        }
    }
}
