// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Names, registration and modes of modules. */
class ModuleTest {
    private static final Device DEVICE = JvmDevice.open(1);

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static Parameter parameter(int... dims) {
        return new Parameter(new Initializer(DEVICE, 1).constant(Shape.of(dims), 1));
    }

    /** A block with a parameter of its own between two parts. */
    private static final class Block extends Module {
        final Linear query;
        final Parameter scale;
        final Dropout dropout;
        final LayerNorm norm;

        Block() {
            Initializer init = new Initializer(DEVICE, 1);
            query = register("self.query", new Linear(init, 3, 5, 0.02f));
            scale = register("scale", parameter(2, 2));
            dropout = register("dropout", new Dropout(0.5f, new RandomState(DEVICE, 1)));
            norm = register("LayerNorm", new LayerNorm(init, 5, 1e-12f));
        }
    }

    /** Two blocks. */
    private static final class Model extends Module {
        final Block first = register("layer.0", new Block());
        final Block second = register("layer.1", new Block());
    }

    /** Names chosen by the test. */
    private static final class Free extends Module {
        void add(String name, Parameter p) {
            register(name, p);
        }

        void add(String name, Module m) {
            register(name, m);
        }
    }

    @Test
    void namesAreDottedPathsInOrderOfRegistration() {
        Model model = new Model();
        // A module's own parameters come before those of its parts, as in PyTorch.
        assertEquals(List.of("layer.0.scale", "layer.0.self.query.weight", "layer.0.self.query.bias", "layer.0.LayerNorm.weight",
                "layer.0.LayerNorm.bias", "layer.1.scale", "layer.1.self.query.weight", "layer.1.self.query.bias", "layer.1.LayerNorm.weight",
                "layer.1.LayerNorm.bias"), List.copyOf(model.namedParameters().keySet()));
        assertSame(model.second.scale, model.namedParameters().get("layer.1.scale"));
        assertEquals(List.copyOf(model.namedParameters().values()), model.parameters());
        assertEquals(2 * (4 + 15 + 5 + 5 + 5), model.parameterCount());
    }

    @Test
    void registeringHandsBackWhatWasRegistered() {
        Block block = new Block();
        assertSame(block.scale, block.namedParameters().get("scale"));
        assertEquals(Shape.of(5, 3), block.namedParameters().get("self.query.weight").shape());
    }

    @Test
    void takenNamesAreRefused() {
        Free free = new Free();
        free.add("a", parameter(1));
        String message = assertThrows(IllegalArgumentException.class, () -> free.add("a", new Block())).getMessage();
        assertTrue(message.contains("a") && message.contains("Free"), message);
        free.add("b", new Block());
        assertThrows(IllegalArgumentException.class, () -> free.add("b", parameter(1)));
        assertEquals(6, free.parameters().size(), "a refused registration leaves nothing behind");
    }

    @Test
    void dottedNamesThatMeetAreRefused() {
        Free outer = new Free();
        Free inner = new Free();
        outer.add("a", inner);
        inner.add("b.c", parameter(1));
        Free other = new Free();
        outer.add("a.b", other);
        other.add("c", parameter(1));
        String message = assertThrows(IllegalStateException.class, outer::namedParameters).getMessage();
        assertTrue(message.contains("a.b.c"), message);
    }

    @Test
    void trainingAndEvaluationReachEveryPart() {
        Model model = new Model();
        assertTrue(model.training() && model.second.dropout.training(), "modules start in training mode");
        model.eval();
        assertFalse(model.training() || model.first.training() || model.first.dropout.training() || model.second.norm.training());
        model.second.train();
        assertFalse(model.first.dropout.training());
        assertTrue(model.second.dropout.training());
        model.train();
        assertTrue(model.training() && model.first.dropout.training());
    }

    @Test
    void aStateDictGoesFromOneModelToAnother() {
        Model model = new Model();
        Map<String, Tensor> state = model.stateDict();
        assertEquals(List.copyOf(model.namedParameters().keySet()), List.copyOf(state.keySet()));
        assertSame(model.second.scale.data(), state.get("layer.1.scale"), "no copies");
        float[] values = {1.5f, -2f, 0.25f, 3f};
        model.second.scale.data().write(values);
        try (Device other = JvmDevice.open(1)) {
            Map<String, Tensor> elsewhere = new LinkedHashMap<>();
            state.forEach((name, t) -> elsewhere.put(name, Tensor.of(other, t.shape(), name.endsWith("scale") ? DType.F16 : DType.F32, t.toFloats())));
            Model second = new Model();
            second.loadStateDict(elsewhere);
            state.forEach((name, t) -> assertArrayEquals(t.toFloats(), second.stateDict().get(name).toFloats(), name));
            assertArrayEquals(values, second.second.scale.data().toFloats(), "these are halves too");
        }
    }

    @Test
    void aStateDictThatDoesNotFitIsRefusedWhole() {
        Block block = new Block();
        Map<String, Tensor> state = new LinkedHashMap<>();
        new Block().stateDict().forEach((name, t) -> state.put(name, Tensor.zeros(DEVICE, t.shape(), DType.F32)));
        state.put("scale", Tensor.zeros(DEVICE, Shape.of(4), DType.F32));
        state.remove("LayerNorm.bias");
        state.put("pooler.weight", Tensor.zeros(DEVICE, Shape.of(1), DType.F32));
        assertEquals("the state dict does not fit Block: 'scale' is F32[4] and not F32[2, 2]; it lacks 'LayerNorm.bias'; it has 'pooler.weight' too much;"
                + " load one that was saved from the same model, or with strict = false where only names differ",
                assertThrows(IllegalArgumentException.class, () -> block.loadStateDict(state)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> block.loadStateDict(state, false), "a shape is no matter of names");
        state.put("scale", Tensor.zeros(DEVICE, Shape.of(2, 2), DType.I32));
        assertThrows(IllegalArgumentException.class, () -> block.loadStateDict(state, false));
        assertArrayEquals(new float[] {1, 1, 1, 1}, block.scale.data().toFloats(), "nothing was loaded");
        state.put("scale", Tensor.zeros(DEVICE, Shape.of(2, 2), DType.F32));
        assertEquals(new Module.IncompatibleKeys(List.of("LayerNorm.bias"), List.of("pooler.weight")), block.loadStateDict(state, false));
        assertArrayEquals(new float[4], block.scale.data().toFloats());
        assertArrayEquals(new float[5], block.namedParameters().get("LayerNorm.weight").data().toFloats());
    }

    @Test
    void zeroGradReachesEveryParameter() {
        Model model = new Model();
        Variable x = Variable.constant(Tensor.of(DEVICE, Shape.of(1, 3), 1, 2, 3));
        F.sum(F.mul(model.first.query.forward(x), model.second.query.forward(x))).backward();
        assertNotNull(model.first.query.namedParameters().get("weight").grad());
        assertNotNull(model.second.query.namedParameters().get("bias").grad());
        model.zeroGrad();
        model.parameters().forEach(p -> assertNull(p.grad()));
    }
}
