// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.AutocastPolicy;
import dev.mixed.amp.OpRule;
import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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

    static List<OpSpec> ops() {
        return OpTable.ops().stream().filter(op -> op.rule() != null).toList();
    }

    private static List<OpSpec> with(OpRule... rules) {
        return ops().stream().filter(o -> List.of(rules).contains(o.rule())).toList();
    }

    static List<OpSpec> halfOps() {
        return with(OpRule.HALF);
    }

    static List<OpSpec> floatOps() {
        return with(OpRule.FLOAT);
    }

    static List<OpSpec> followers() {
        return with(OpRule.FOLLOWS, OpRule.WIDEST);
    }

    static List<OpSpec> severalInputs() {
        return with(OpRule.FOLLOWS, OpRule.WIDEST).stream().filter(o -> variables(o).size() > 1).toList();
    }

    private static List<Input> variables(OpSpec op) {
        return op.sample().inputs().stream().filter(Input::differentiable).toList();
    }

    private static Variable[] inputs(OpSpec op, DType... types) {
        Random random = new Random(3);
        List<Input> variables = variables(op);
        Variable[] inputs = new Variable[variables.size()];
        for (int i = 0; i < inputs.length; i++) {
            Shape shape = variables.get(i).shape();
            float[] values = new float[shape.elements()];
            for (int e = 0; e < values.length; e++) {
                // Positive and away from 0: every op is defined there, and none is steep.
                values[e] = random.nextFloat(0.5f, 2f);
            }
            inputs[i] = Variable.leaf(Tensor.of(DEVICE, shape, types[i % types.length], values));
        }
        return inputs;
    }

    /** Calls an op's sample on other variables, with its own constants. */
    private static Variable call(OpSpec op, Variable[] variables) {
        CallArguments own = sample(op);
        Variable[] all = own.variables().clone();
        int next = 0;
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i] == null ? null : variables[next++];
        }
        return op.sample().run(new CallArguments(all, own.tensors(), own.random()));
    }

    /** An op's sample with its own values. */
    private static CallArguments sample(OpSpec op) {
        CaseRun run = new CaseRun(op.sample(), DEVICE, false, false);
        run.write(op.sample().draw(1, false));
        return run.inputs();
    }

    private static Variable[] cast(Variable[] inputs, DType dtype) {
        return Arrays.stream(inputs).map(v -> F.cast(Variable.constant(v.data()), dtype)).toArray(Variable[]::new);
    }

    /** Outermost results and gradients of all inputs. */
    private static Variable run(OpSpec op, Variable[] inputs, boolean autocast) {
        try (Autocast _ = autocast ? Autocast.on(DEVICE) : Autocast.off(DEVICE)) {
            return call(op, inputs);
        }
    }

    @Test
    void everyOpHasARuleHere() {
        List<String> unseen = OpTable.ops().stream().filter(op -> op.rule() == null).map(OpSpec::method).toList();
        assertEquals(List.of("cast(Variable,DType)"), unseen, "cast is the one op that autocast never sees: its type is asked for");
        for (OpSpec op : ops()) {
            assertEquals(op.rule(), AutocastPolicy.TORCH.rule(op.torchName()), op.method());
            Map<String, OpRule> other = Map.of("layer_norm", OpRule.HALF_DATA, "embedding", OpRule.HALF_RESULT);
            assertEquals(other.getOrDefault(op.torchName(), op.rule()), AutocastPolicy.HALF_RESIDUAL.rule(op.torchName()), op.method());
        }
        Set<String> torchNames = ops().stream().map(OpSpec::torchName).collect(Collectors.toSet());
        AutocastPolicy.listed().keySet().forEach(name -> assertTrue(torchNames.contains(name), name + " is on a list but no op"));
    }

    /** The name that an op shows to the policy is the one in the lists. */
    @ParameterizedTest
    @MethodSource("ops")
    void opsShowTheirTorchNames(OpSpec op) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        InputPolicy before = InputPolicy.install((name, inputs) -> {
            seen.merge(name, 1, Integer::sum);
            return inputs;
        });
        try {
            call(op, inputs(op, DType.F32));
        } finally {
            InputPolicy.install(before);
        }
        assertEquals(Set.of(op.torchName()), seen.keySet());
    }

    @ParameterizedTest
    @MethodSource("halfOps")
    void autocast_torch_fp16(OpSpec op) {
        for (DType[] types : new DType[][] {{DType.F32}, {DType.F16}, {DType.F32, DType.F16}}) {
            Variable[] inputs = inputs(op, types);
            Variable y = run(op, inputs, true);
            assertEquals(DType.F16, y.dtype());
            assertArrayEquals(run(op, cast(inputs, DType.F16), false).data().toFloats(), y.data().toFloats(), "as with casts by hand");
        }
    }

    @ParameterizedTest
    @MethodSource("floatOps")
    void autocast_torch_fp32(OpSpec op) {
        for (DType[] types : new DType[][] {{DType.F32}, {DType.F16}, {DType.F16, DType.F32}}) {
            Variable[] inputs = inputs(op, types);
            Variable y = run(op, inputs, true);
            assertEquals(DType.F32, y.dtype());
            assertArrayEquals(run(op, cast(inputs, DType.F32), false).data().toFloats(), y.data().toFloats(), "as with casts by hand");
        }
    }

    @ParameterizedTest
    @MethodSource("followers")
    void autocast_unlisted_ops_follow_their_inputs(OpSpec op) {
        for (DType type : new DType[] {DType.F32, DType.F16}) {
            if (op.name().equals("embedding") && type == DType.F16) {
                continue; // tables are F32
            }
            Variable[] inputs = inputs(op, type);
            Variable y = run(op, inputs, true);
            boolean reduces = Set.of("mean", "max", "dot").contains(op.torchName());
            assertEquals(reduces ? DType.F32 : type, y.dtype());
            assertArrayEquals(run(op, inputs, false).data().toFloats(), y.data().toFloats());
        }
    }

    /** Gradients, too, are those of casts by hand, to the rounding that autocast spares float leaves. */
    @ParameterizedTest
    @MethodSource("ops")
    void autocast_gradients(OpSpec op) {
        if (op.rule() == OpRule.REFUSED) {
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
    void autocast_torch_expect_builtin_promote(OpSpec op) {
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
        OpSpec op = with(OpRule.REFUSED).getFirst();
        Variable[] probabilities = {sample(op).var(0)};
        String message = assertThrows(IllegalStateException.class, () -> run(op, probabilities, true)).getMessage();
        assertTrue(message.contains("binary_cross_entropy_with_logits"), message);
        try (Autocast _ = Autocast.on(DEVICE)) {
            assertTrue(Float.isFinite(run(op, probabilities, false).data().item()), "allowed where autocast is off");
        }
    }

    /** Integers pass through any op; PyTorch's other case, float64, is no type of miXed. */
    @Test
    void autocast_ignored_types() {
        Variable ints = Variable.constant(Tensor.ofInts(DEVICE, Shape.of(2), 1, 2));
        Variable floats = Variable.constant(Tensor.of(DEVICE, Shape.of(2), 1f, 2f));
        try (Autocast _ = Autocast.on(DEVICE)) {
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
