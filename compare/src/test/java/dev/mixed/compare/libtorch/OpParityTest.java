// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.libtorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.opcases.CaseRun;
import dev.mixed.opcases.Input;
import dev.mixed.opcases.OpCase;
import dev.mixed.opcases.OpTable;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every op of {@link F}, and its gradients, against libtorch on the CPU. Dropout's masks cannot be compared. */
class OpParityTest {
    /** Relative to a tensor's largest element: in float some 100 roundings on each side, in half some 4, of libtorch's intermediate results too. */
    private static final double F32_TOLERANCE = 1e-5;
    private static final double F16_TOLERANCE = 4e-3;
    /** The size that errors are relative to where the results themselves are smaller; a case may say more. */
    private static final double FLOOR = 0.01;
    private static final Device DEVICE = JvmDevice.open(2);
    private static NDManager manager;

    @BeforeAll
    static void open() {
        Assumptions.assumeTrue(Libtorch.available(), "skipped: libtorch is not on the class path (the profile libtorch adds it on Linux x86_64)");
        manager = Libtorch.open();
    }

    @AfterAll
    static void close() {
        DEVICE.close();
        if (manager != null) {
            manager.close();
        }
    }

    static Stream<Arguments> casesAndTypes() {
        return OpTable.ops().stream().flatMap(op -> op.cases().stream().filter(c -> c.torch() != null)
                .flatMap(c -> (op.torchInHalf() ? Stream.of(false, true) : Stream.of(false)).map(half -> Arguments.of(c, half))));
    }

    @Test
    void everyOpIsCompared() {
        Set<String> ops = Arrays.stream(F.class.getDeclaredMethods()).filter(m -> Modifier.isPublic(m.getModifiers()))
                .map(m -> m.getName() + Arrays.stream(m.getParameterTypes()).map(Class::getSimpleName).collect(Collectors.joining(",", "(", ")")))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> compared = casesAndTypes().map(a -> ((OpCase) a.get()[0]).method()).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(ops, compared, "public methods of F, and methods with an expression for libtorch");
    }

    @ParameterizedTest(name = "{0}, half={1}")
    @MethodSource("casesAndTypes")
    void resultAndGradients(OpCase c, boolean half) {
        double[][] values = half ? c.drawHalves(1) : c.draw(1, false);
        CaseRun run = new CaseRun(c, DEVICE, half, false);
        run.write(values);
        Variable y = run.forward();
        Tensor cotangent = run.cotangent(y, 7);
        y.backward(cotangent);

        double tolerance = half || y.dtype() == DType.F16 ? F16_TOLERANCE : F32_TOLERANCE;
        try (NDManager scope = manager.newSubManager()) {
            NDList arguments = new NDList();
            for (int i = 0; i < values.length; i++) {
                arguments.add(array(scope, c.inputs().get(i), values[i], half));
            }
            String names = IntStream.range(0, values.length).mapToObj(i -> String.valueOf((char) ('a' + i))).collect(Collectors.joining(", "));
            try (TorchScript script = TorchScript.expression(scope, names, c.torch())) {
                PtNDArray result = (PtNDArray) script.call(arguments, true).getFirst();
                result.attach(scope);
                assertClose(c, "result", result, y.data().toFloats(), tolerance);
                NDArray upstream = scope.create(cotangent.toFloats(), result.getShape()).toType(result.getDataType(), false);
                JniUtils.backward(result, (PtNDArray) upstream, false, false);
                for (int i = 0; i < values.length; i++) {
                    if (run.leaf(i) != null) {
                        assertClose(c, "gradient " + i, arguments.get(i).getGradient(), run.leaf(i).grad().toFloats(), tolerance);
                    }
                }
            }
        }
    }

    private static NDArray array(NDManager scope, Input input, double[] values, boolean half) {
        ai.djl.ndarray.types.Shape shape = new ai.djl.ndarray.types.Shape(Arrays.stream(input.shape().toArray()).asLongStream().toArray());
        if (input.kind() == Input.Kind.INTS) {
            return scope.create(Arrays.stream(values).mapToLong(v -> (long) v).toArray(), shape);
        }
        NDArray array = scope.create(floats(values), shape).toType(half ? DataType.FLOAT16 : DataType.FLOAT32, false);
        if (input.differentiable()) {
            array.setRequiresGradient(true);
        }
        return array;
    }

    private static void assertClose(OpCase c, String what, NDArray torch, float[] actual, double tolerance) {
        float[] expected = torch.toType(DataType.FLOAT32, false).toFloatArray();
        assertEquals(expected.length, actual.length, what);
        double size = Math.max(FLOOR, c.floor());
        for (float e : expected) {
            size = Math.max(size, Math.abs(e));
        }
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs((double) actual[i] - expected[i]) / size;
            assertTrue(error <= tolerance,
                    what + "[" + i + "] is " + actual[i] + ", libtorch's " + expected[i] + ": off by " + error + " of the tensor's size");
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
