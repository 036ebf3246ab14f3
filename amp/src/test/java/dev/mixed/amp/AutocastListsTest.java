package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rule of every op of {@link F}: PyTorch's {@code test_autocast_torch_fp16}, {@code _fp32}, {@code _expect_builtin_promote} and the like. */
class AutocastListsTest {
    private static final Device DEVICE = JvmDevice.open(1);

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    /**
     * An op on its variables.
     *
     * @param method method of F
     * @param torch  the op's PyTorch name
     * @param rule   its rule with PyTorch's lists
     * @param shapes of its differentiable inputs
     */
    record Op(String method, String torch, OpRule rule, int[][] shapes, Function<Variable[], Variable> call) {
        @Override
        public String toString() {
            return method;
        }
    }

    private static Op op(String method, String torch, OpRule rule, Function<Variable[], Variable> call, int[]... shapes) {
        return new Op(method, torch, rule, shapes, call);
    }

    static List<Op> ops() {
        int[] square = {4, 4};
        int[] row = {4};
        int[] cube = {2, 3, 4};
        Tensor ids = Tensor.ofInts(DEVICE, Shape.of(3), 0, 2, 1);
        Tensor classes = Tensor.ofInts(DEVICE, Shape.of(4), 0, 2, 1, 3);
        Tensor targets = Tensor.of(DEVICE, Shape.of(4), 0f, 1f, 1f, 0f);
        Tensor weights = Tensor.of(DEVICE, Shape.of(4), 1f, 1f, 0.5f, 1f);
        Tensor mask = Tensor.of(DEVICE, Shape.of(2, 3), 0f, 0f, -1e9f, 0f, 0f, 0f);
        Tensor factor = Tensor.of(DEVICE, Shape.of(1), 1.5f);
        List<Op> ops = new ArrayList<>();
        ops.add(op("linear", "linear", OpRule.HALF, v -> F.linear(v[0], v[1], v[2]), cube, square, row));
        ops.add(op("matmul", "matmul", OpRule.HALF, v -> F.matmul(v[0], v[1], false, true), cube, new int[] {2, 5, 4}));
        ops.add(op("scaledDotProductAttention", "scaled_dot_product_attention", OpRule.HALF,
                v -> F.scaledDotProductAttention(v[0], v[1], v[2], mask, 2, 0f, null), cube, cube, cube));
        ops.add(op("softmax", "softmax", OpRule.FLOAT, v -> F.softmax(v[0]), square));
        ops.add(op("logSoftmax", "log_softmax", OpRule.FLOAT, v -> F.logSoftmax(v[0]), square));
        ops.add(op("layerNorm", "layer_norm", OpRule.FLOAT, v -> F.layerNorm(v[0], v[1], v[2], 1e-5f), cube, row, row));
        ops.add(op("crossEntropy", "cross_entropy", OpRule.FLOAT, v -> F.crossEntropy(v[0], classes, weights), square));
        ops.add(op("binaryCrossEntropyWithLogits", "binary_cross_entropy_with_logits", OpRule.FLOAT,
                v -> F.binaryCrossEntropyWithLogits(v[0], targets, weights), row));
        ops.add(op("sum", "sum", OpRule.FLOAT, v -> F.sum(v[0]), square));
        ops.add(op("sumLast", "sum", OpRule.FLOAT, v -> F.sumLast(v[0]), square));
        ops.add(op("norm", "norm", OpRule.FLOAT, v -> F.norm(v[0]), square));
        ops.add(op("exp", "exp", OpRule.FLOAT, v -> F.exp(v[0]), square));
        ops.add(op("log", "log", OpRule.FLOAT, v -> F.log(v[0]), square));
        ops.add(op("pow", "pow", OpRule.FLOAT, v -> F.pow(v[0], 2f), square));
        ops.add(op("rsqrt", "rsqrt", OpRule.FLOAT, v -> F.rsqrt(v[0]), square));
        ops.add(op("reciprocal", "reciprocal", OpRule.FLOAT, v -> F.reciprocal(v[0]), square));
        ops.add(op("addcmul", "addcmul", OpRule.WIDEST, v -> F.addcmul(v[0], v[1], v[2], 0.5f), square, square, square));
        ops.add(op("addcdiv", "addcdiv", OpRule.WIDEST, v -> F.addcdiv(v[0], v[1], v[2], 0.5f), square, square, square));
        ops.add(op("dot", "dot", OpRule.WIDEST, v -> F.dot(v[0], v[1]), row, row));
        ops.add(op("binaryCrossEntropy", "binary_cross_entropy", OpRule.REFUSED, v -> F.binaryCrossEntropy(v[0], targets, weights), row));
        ops.add(op("add", "add", OpRule.FOLLOWS, v -> F.add(v[0], v[1]), square, square));
        ops.add(op("sub", "sub", OpRule.FOLLOWS, v -> F.sub(v[0], v[1]), square, square));
        ops.add(op("mul", "mul", OpRule.FOLLOWS, v -> F.mul(v[0], v[1]), square, square));
        ops.add(op("scale", "mul", OpRule.FOLLOWS, v -> F.scale(F.scale(v[0], 0.5f), factor), square));
        ops.add(op("gelu", "gelu", OpRule.FOLLOWS, v -> F.gelu(v[0]), square));
        ops.add(op("geluTanh", "gelu", OpRule.FOLLOWS, v -> F.geluTanh(v[0]), square));
        ops.add(op("relu", "relu", OpRule.FOLLOWS, v -> F.relu(v[0]), square));
        ops.add(op("tanh", "tanh", OpRule.FOLLOWS, v -> F.tanh(v[0]), square));
        ops.add(op("dropout", "dropout", OpRule.FOLLOWS, v -> F.dropout(v[0], 0.5f, new RandomState(DEVICE, 1)), square));
        ops.add(op("embedding", "embedding", OpRule.FOLLOWS, v -> F.embedding(v[0], ids), square));
        ops.add(op("mean", "mean", OpRule.FOLLOWS, v -> F.mean(v[0]), square));
        ops.add(op("meanLast", "mean", OpRule.FOLLOWS, v -> F.meanLast(v[0]), square));
        ops.add(op("max", "max", OpRule.FOLLOWS, v -> F.max(v[0]), square));
        ops.add(op("maxLast", "max", OpRule.FOLLOWS, v -> F.maxLast(v[0]), square));
        ops.add(op("permute", "permute", OpRule.FOLLOWS, v -> F.permute(v[0], 1, 0), square));
        ops.add(op("reshape", "reshape", OpRule.FOLLOWS, v -> F.reshape(v[0], 2, 8), square));
        ops.add(op("selectFirst", "select", OpRule.FOLLOWS, v -> F.selectFirst(v[0]), cube));
        return ops;
    }

    private static List<Op> with(OpRule... rules) {
        return ops().stream().filter(o -> List.of(rules).contains(o.rule)).toList();
    }

    static List<Op> halfOps() {
        return with(OpRule.HALF);
    }

    static List<Op> floatOps() {
        return with(OpRule.FLOAT);
    }

    static List<Op> followers() {
        return with(OpRule.FOLLOWS, OpRule.WIDEST);
    }

    static List<Op> severalInputs() {
        return with(OpRule.FOLLOWS, OpRule.WIDEST).stream().filter(o -> o.shapes.length > 1).toList();
    }

    private static Variable[] inputs(Op op, DType... types) {
        Random random = new Random(3);
        Variable[] inputs = new Variable[op.shapes.length];
        for (int i = 0; i < inputs.length; i++) {
            Shape shape = Shape.of(op.shapes[i]);
            float[] values = new float[shape.elements()];
            for (int e = 0; e < values.length; e++) {
                // Positive and away from 0: every op is defined there, and none is steep.
                values[e] = random.nextFloat(0.5f, 2f);
            }
            inputs[i] = Variable.leaf(Tensor.of(DEVICE, shape, types[i % types.length], values));
        }
        return inputs;
    }

    private static Variable[] cast(Variable[] inputs, DType dtype) {
        return Arrays.stream(inputs).map(v -> F.cast(Variable.constant(v.data()), dtype)).toArray(Variable[]::new);
    }

    /** Outermost results and gradients of all inputs. */
    private static Variable run(Op op, Variable[] inputs, boolean autocast) {
        try (Autocast scope = autocast ? Autocast.on(DEVICE) : Autocast.off(DEVICE)) {
            return op.call.apply(inputs);
        }
    }

    @Test
    void everyOpHasARuleHere() {
        Set<String> methods = Arrays.stream(F.class.getDeclaredMethods()).filter(m -> Modifier.isPublic(m.getModifiers())).map(m -> m.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> covered = ops().stream().map(Op::method).collect(Collectors.toCollection(TreeSet::new));
        covered.add("cast");
        assertEquals(methods, covered, "cast is the one op that autocast never sees: its type is asked for");
        for (Op op : ops()) {
            assertEquals(op.rule, AutocastPolicy.TORCH.rule(op.torch), op.method);
            Map<String, OpRule> other = Map.of("layer_norm", OpRule.HALF_DATA, "embedding", OpRule.HALF_RESULT);
            assertEquals(other.getOrDefault(op.torch, op.rule), AutocastPolicy.HALF_RESIDUAL.rule(op.torch), op.method);
        }
        Set<String> torchNames = ops().stream().map(Op::torch).collect(Collectors.toSet());
        AutocastPolicy.listed().keySet().forEach(name -> assertTrue(torchNames.contains(name), name + " is on a list but no op"));
    }

    /** The name that an op shows to the policy is the one in the lists. */
    @ParameterizedTest
    @MethodSource("ops")
    void opsShowTheirTorchNames(Op op) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        InputPolicy before = InputPolicy.install((name, inputs) -> {
            seen.merge(name, 1, Integer::sum);
            return inputs;
        });
        try {
            op.call.apply(inputs(op, DType.F32));
        } finally {
            InputPolicy.install(before);
        }
        assertEquals(Set.of(op.torch), seen.keySet());
    }

    @ParameterizedTest
    @MethodSource("halfOps")
    void autocast_torch_fp16(Op op) {
        for (DType[] types : new DType[][] {{DType.F32}, {DType.F16}, {DType.F32, DType.F16}}) {
            Variable[] inputs = inputs(op, types);
            Variable y = run(op, inputs, true);
            assertEquals(DType.F16, y.dtype());
            assertArrayEquals(run(op, cast(inputs, DType.F16), false).data().toFloats(), y.data().toFloats(), "as with casts by hand");
        }
    }

    @ParameterizedTest
    @MethodSource("floatOps")
    void autocast_torch_fp32(Op op) {
        for (DType[] types : new DType[][] {{DType.F32}, {DType.F16}, {DType.F16, DType.F32}}) {
            Variable[] inputs = inputs(op, types);
            Variable y = run(op, inputs, true);
            assertEquals(DType.F32, y.dtype());
            assertArrayEquals(run(op, cast(inputs, DType.F32), false).data().toFloats(), y.data().toFloats(), "as with casts by hand");
        }
    }

    @ParameterizedTest
    @MethodSource("followers")
    void autocast_unlisted_ops_follow_their_inputs(Op op) {
        for (DType type : new DType[] {DType.F32, DType.F16}) {
            if (op.method.equals("embedding") && type == DType.F16) {
                continue; // tables are F32
            }
            Variable[] inputs = inputs(op, type);
            Variable y = run(op, inputs, true);
            boolean reduces = Set.of("mean", "max", "dot").contains(op.torch);
            assertEquals(reduces ? DType.F32 : type, y.dtype());
            assertArrayEquals(run(op, inputs, false).data().toFloats(), y.data().toFloats());
        }
    }

    /** Gradients, too, are those of casts by hand, to the rounding that autocast spares float leaves. */
    @ParameterizedTest
    @MethodSource("ops")
    void autocast_gradients(Op op) {
        if (op.rule == OpRule.REFUSED) {
            return;
        }
        Variable[] inputs = inputs(op, DType.F32);
        Variable[] byHand = inputs(op, DType.F32);
        Variable y = run(op, inputs, true);
        Variable expected = run(op, Arrays.stream(byHand).map(v -> F.cast(v, y.dtype())).toArray(Variable[]::new), false);
        F.sum(y).backward();
        F.sum(expected).backward();
        for (int i = 0; i < inputs.length; i++) {
            float[] e = byHand[i].grad().toFloats();
            float[] g = inputs[i].grad().toFloats();
            for (int k = 0; k < e.length; k++) {
                assertEquals(e[k], g[k], y.dtype() == DType.F16 ? 1e-3f + 1e-3f * Math.abs(e[k]) : 0f, op + " input " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("severalInputs")
    void autocast_torch_expect_builtin_promote(Op op) {
        for (DType[] types : new DType[][] {{DType.F16, DType.F32}, {DType.F32, DType.F16}}) {
            Variable[] inputs = inputs(op, types);
            Variable y = run(op, inputs, true);
            assertEquals(DType.F32, y.dtype());
            assertArrayEquals(run(op, cast(inputs, DType.F32), false).data().toFloats(), y.data().toFloats());
            F.sum(y).backward();
            assertEquals(DType.F32, inputs[0].grad().dtype());
        }
    }

    @Test
    void autocast_banned() {
        Op op = with(OpRule.REFUSED).getFirst();
        Variable[] probabilities = {Variable.constant(Tensor.of(DEVICE, Shape.of(4), 0.2f, 0.4f, 0.6f, 0.8f))};
        String message = assertThrows(IllegalStateException.class, () -> run(op, probabilities, true)).getMessage();
        assertTrue(message.contains("binary_cross_entropy_with_logits"), message);
        try (Autocast on = Autocast.on(DEVICE)) {
            assertTrue(Float.isFinite(run(op, probabilities, false).data().item()), "allowed where autocast is off");
        }
    }

    /** Integers pass through any op; PyTorch's other case, float64, is no type of miXed. */
    @Test
    void autocast_ignored_types() {
        Variable ints = Variable.constant(Tensor.ofInts(DEVICE, Shape.of(2), 1, 2));
        Variable floats = Variable.constant(Tensor.of(DEVICE, Shape.of(2), 1f, 2f));
        try (Autocast scope = Autocast.on(DEVICE)) {
            for (String name : List.of("linear", "softmax", "add")) {
                Variable[] prepared = InputPolicy.current().prepare(name, floats, ints, null);
                assertEquals(DType.I32, prepared[1].dtype());
                assertEquals(null, prepared[2]);
                assertEquals(name.equals("linear") ? DType.F16 : DType.F32, prepared[0].dtype());
            }
            assertEquals(DType.I32, InputPolicy.current().prepare("linear", ints)[0].dtype());
            assertEquals(DType.I32, InputPolicy.current().prepare("add", ints)[0].dtype());
        }
    }
}
