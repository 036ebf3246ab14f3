package dev.mixed.engine.ops.pointwise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.shape.Select;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Element by element lowerings compute what the reference kernels do, bit for bit. */
class PointwiseLoweringTest {
    private static final int[] SIZES = {1, 13, 207, 1024, 4098};

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void operandsOfOneShape(DType dtype) {
        for (int n : SIZES) {
            check("add", dtype, Elementwise::add, n);
            check("gelu", dtype, (x, _) -> Gelu.exact(x), n);
            check("gelu_backward", dtype, Gelu::exactBackward, n);
            check("gelu_tanh", dtype, (x, _) -> Gelu.tanhApproximation(x), n);
            check("gelu_tanh_backward", dtype, Gelu::tanhApproximationBackward, n);
            check("relu", dtype, (x, _) -> Relu.forward(x), n);
            check("relu_backward", dtype, Relu::backward, n);
            check("fill", dtype, (x, _) -> Elementwise.fill(x.device(), x.shape(), dtype, 2.5f), n);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void otherTypes(DType dtype) {
        DType other = dtype == DType.F16 ? DType.F32 : DType.F16;
        for (int n : SIZES) {
            List<String> kernels = List.of("gpu.add" + Lowered.suffix(dtype), "gpu.cast" + Lowered.suffix(dtype) + Lowered.suffix(other));
            check(kernels, d -> Lowered.normal(d, dtype, 1, n), _ -> null, (x, _) -> Cast.to(Elementwise.add(x, x), other));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void factorsAndMasks(DType dtype) {
        for (int n : SIZES) {
            check(List.of("gpu.scale_by" + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, n), d -> Tensor.of(d, Shape.of(1), 0.3f), Elementwise::scaleBy);
            check(List.of("gpu.dropout" + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, n),
                    d -> Tensor.ofInts(d, Shape.of(4), 11, -12, 13, 14), (x, snapshot) -> Dropout.apply(x, 0.3f, snapshot));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void sumsInPlace(DType dtype) {
        for (int n : SIZES) {
            for (DType sum : dtype == DType.F16 ? new DType[] {DType.F16, DType.F32} : new DType[] {DType.F32}) {
                String kernel = "gpu.add_into" + Lowered.suffix(sum) + (sum == dtype ? "" : ".f16");
                check(List.of("gpu.fill" + Lowered.suffix(sum), kernel), d -> Lowered.normal(d, dtype, 1, n), _ -> null, (x, _) -> {
                    Tensor y = Elementwise.fill(x.device(), x.shape(), sum, 1.5f);
                    Elementwise.addInto(y, x);
                    return y;
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void repeatedOperands(DType dtype) {
        for (int[] shape : new int[][] {{1, 1}, {7, 13}, {3, 207}, {2, 3, 4, 64}, {1, 4098}}) {
            int n = shape[shape.length - 1];
            check(List.of("gpu.broadcast_add" + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, shape), d -> Lowered.normal(d, DType.F32, 2, n),
                    Broadcast::add);
            for (DType type : dtype == DType.F16 ? new DType[] {DType.F16, DType.F32} : new DType[] {DType.F32}) {
                String kernel = "gpu.broadcast_add_into" + Lowered.suffix(dtype) + (type == DType.F16 ? ".f16" : "");
                check(List.of("gpu.fill" + Lowered.suffix(dtype), kernel), d -> Lowered.normal(d, dtype, 1, shape), d -> Lowered.normal(d, type, 2, n), (x, b) -> {
                    Tensor y = Elementwise.fill(x.device(), x.shape(), dtype, 1.5f);
                    Broadcast.addInto(y, b);
                    return y;
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfTheFirstPosition(DType dtype) {
        check("select_first_backward", dtype, (x, _) -> Select.firstBackward(x, 5), 3, 13);
        check("select_first_backward", dtype, (x, _) -> Select.firstBackward(x, 1), 2, 207);
        check("select_first_backward", dtype, (x, _) -> Select.firstBackward(x, 17), 4, 64);
    }

    /** An op on one or two random operands, lowered to the kernel of its name. */
    private static void check(String op, DType dtype, BinaryOperator<Tensor> body, int... dims) {
        check(List.of("gpu." + op + Lowered.suffix(dtype)), d -> Lowered.normal(d, dtype, 1, dims), d -> Lowered.normal(d, dtype, 2, dims), body);
    }

    private static void check(List<String> kernels, Function<Device, Tensor> first, Function<Device, Tensor> second, BinaryOperator<Tensor> body) {
        List<String> ran = Lowered.check(device -> {
            Tensor x = first.apply(device);
            Tensor w = second.apply(device);
            return () -> List.of(body.apply(x, w));
        }, 0);
        assertEquals(kernels, ran);
    }
}
