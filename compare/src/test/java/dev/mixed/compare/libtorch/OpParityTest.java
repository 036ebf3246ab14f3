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
import dev.mixed.engine.ops.random.RandomState;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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

/** Every op of {@link F}, and its gradients, against libtorch on the CPU. Dropout's masks cannot be compared: see {@link TorchOps}. */
class OpParityTest {
    /** Relative to a tensor's largest element: in float some 100 roundings on each side, in half some 4, of libtorch's intermediate results too. */
    private static final double F32_TOLERANCE = 1e-5;
    private static final double F16_TOLERANCE = 4e-3;
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

    static Stream<Arguments> opsAndTypes() {
        return TorchOps.all().stream().flatMap(op -> (op.half() ? Stream.of(false, true) : Stream.of(false)).map(half -> Arguments.of(op, half)));
    }

    @Test
    void everyOpIsCompared() {
        Set<String> ops = Arrays.stream(F.class.getDeclaredMethods()).filter(m -> Modifier.isPublic(m.getModifiers()))
                .map(m -> m.getName() + Arrays.stream(m.getParameterTypes()).map(Class::getSimpleName).collect(Collectors.joining(",", "(", ")")))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> compared = TorchOps.all().stream().map(TorchOp::method).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(ops, compared, "public methods of F, and methods that the list names");
    }

    @ParameterizedTest(name = "{0}, half={1}")
    @MethodSource("opsAndTypes")
    void resultAndGradients(TorchOp op, boolean half) {
        double[][] values = op.draw(half);
        List<TorchOp.Input> inputs = op.inputs();
        Tensor[] tensors = new Tensor[values.length];
        Variable[] leaves = new Variable[values.length];
        for (int i = 0; i < values.length; i++) {
            tensors[i] = tensor(inputs.get(i), values[i], half);
            leaves[i] = inputs.get(i).differentiable() ? Variable.leaf(tensors[i]) : null;
        }
        Variable y = op.run(new TorchOp.Inputs(leaves, tensors, new RandomState(DEVICE, 1)));
        double[] cotangent = Arrays.stream(TorchOp.normal(new Random(7), y.shape().elements())).map(v -> Float.float16ToFloat(Float.floatToFloat16((float) v))).toArray();
        y.backward(Tensor.of(DEVICE, y.shape(), y.dtype(), floats(cotangent)));

        double tolerance = half || y.dtype() == DType.F16 ? F16_TOLERANCE : F32_TOLERANCE;
        try (NDManager scope = manager.newSubManager()) {
            NDList arguments = new NDList();
            for (int i = 0; i < values.length; i++) {
                arguments.add(array(scope, inputs.get(i), values[i], half));
            }
            String names = IntStream.range(0, values.length).mapToObj(i -> String.valueOf((char) ('a' + i))).collect(Collectors.joining(", "));
            try (TorchScript script = TorchScript.expression(scope, names, op.expression())) {
                PtNDArray result = (PtNDArray) script.call(arguments, true).getFirst();
                result.attach(scope);
                assertClose(op, "result", result, y.data().toFloats(), tolerance);
                NDArray upstream = scope.create(floats(cotangent), result.getShape()).toType(result.getDataType(), false);
                JniUtils.backward(result, (PtNDArray) upstream, false, false);
                for (int i = 0; i < values.length; i++) {
                    if (leaves[i] != null) {
                        assertClose(op, "gradient " + i, arguments.get(i).getGradient(), leaves[i].grad().toFloats(), tolerance);
                    }
                }
            }
        }
    }

    private static Tensor tensor(TorchOp.Input input, double[] values, boolean half) {
        return switch (input.kind()) {
            case INTS -> Tensor.ofInts(DEVICE, input.shape(), Arrays.stream(values).mapToInt(v -> (int) v).toArray());
            case VARIABLE -> Tensor.of(DEVICE, input.shape(), half ? DType.F16 : DType.F32, floats(values));
            case F32_VARIABLE, CONSTANT -> Tensor.of(DEVICE, input.shape(), floats(values));
        };
    }

    private static NDArray array(NDManager scope, TorchOp.Input input, double[] values, boolean half) {
        ai.djl.ndarray.types.Shape shape = new ai.djl.ndarray.types.Shape(Arrays.stream(input.shape().toArray()).asLongStream().toArray());
        if (input.kind() == TorchOp.Kind.INTS) {
            return scope.create(Arrays.stream(values).mapToLong(v -> (long) v).toArray(), shape);
        }
        NDArray array = scope.create(floats(values), shape).toType(half ? DataType.FLOAT16 : DataType.FLOAT32, false);
        if (input.differentiable()) {
            array.setRequiresGradient(true);
        }
        return array;
    }

    private static void assertClose(TorchOp op, String what, NDArray torch, float[] actual, double tolerance) {
        float[] expected = torch.toType(DataType.FLOAT32, false).toFloatArray();
        assertEquals(expected.length, actual.length, what);
        double size = op.floor();
        for (float e : expected) {
            size = Math.max(size, Math.abs(e));
        }
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs((double) actual[i] - expected[i]) / size;
            assertTrue(error <= tolerance, what + "[" + i + "] is " + actual[i] + ", libtorch's " + expected[i] + ": off by " + error + " of the tensor's size");
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
