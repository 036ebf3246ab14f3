// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The autocast rules of ops that come from outside. */
class OwnOpTest {
    private final Device device = JvmDevice.open(1);

    @AfterEach
    void close() {
        device.close();
    }

    /** x times 2, an op that miXed does not have. */
    private static Variable twice(Function<Variable, Variable> prepare, Variable input) {
        Variable x = prepare.apply(input);
        return Variable.result("twice", Elementwise.scale(x.data(), 2f), (dy, gradients) -> gradients.add(0, Elementwise.scale(dy, 2f)), x);
    }

    /** An op from outside follows its inputs until a policy has a rule for it. */
    @Test
    void policiesTakeRulesForOpsFromOutside() {
        Function<Variable, Variable> prepare = x -> InputPolicy.current().prepare("twice", x)[0];
        AutocastPolicy policy = AutocastPolicy.TORCH.with("twice", OpRule.HALF);
        Variable x = Variable.leaf(Tensor.of(device, Shape.of(2), 1f, 3f));
        assertEquals(DType.F32, twice(prepare, x).dtype(), "outside of autocast");
        try (Autocast _ = Autocast.on(device)) {
            assertEquals(DType.F32, twice(prepare, x).dtype(), "without a rule");
        }
        Variable y;
        try (Autocast _ = Autocast.on(device, policy)) {
            y = twice(prepare, x);
            assertEquals(DType.F16, y.dtype());
            assertEquals(DType.F32, F.softmax(y).dtype(), "the other rules are PyTorch's");
        }
        F.sum(y).backward();
        assertEquals(DType.F32, x.grad().dtype());
        assertArrayEquals(new float[] {2f, 2f}, x.grad().toFloats());
        assertEquals(OpRule.FOLLOWS, AutocastPolicy.TORCH.rule("twice"), "a policy does not change");
        assertEquals(OpRule.FLOAT, policy.with("linear", OpRule.FLOAT).rule("linear"));
    }

    /** An op from outside may bring its rule along; a policy's own rule for it goes before. */
    @Test
    void opsFromOutsideBringTheirRules() {
        Function<Variable, Variable> prepare = x -> Autocast.prepare("twice", OpRule.HALF, x)[0];
        Variable x = Variable.leaf(Tensor.of(device, Shape.of(2), 1f, 3f));
        Variable half = Variable.leaf(Tensor.of(device, Shape.of(2), DType.F16, 1f, 3f));
        assertEquals(DType.F32, twice(prepare, x).dtype(), "outside of autocast");
        try (Autocast _ = Autocast.on(device)) {
            assertEquals(DType.F16, twice(prepare, x).dtype());
            try (Autocast _ = Autocast.off(device)) {
                assertEquals(DType.F32, twice(prepare, x).dtype());
            }
        }
        try (Autocast _ = Autocast.on(device, AutocastPolicy.HALF_RESIDUAL.with("twice", OpRule.FLOAT))) {
            assertEquals(DType.F32, twice(prepare, half).dtype());
        }
        try (Autocast _ = Autocast.on(device, AutocastPolicy.TORCH.with("twice", OpRule.REFUSED))) {
            assertEquals("twice is unsafe to autocast; call it within Autocast.off on float inputs",
                    assertThrows(IllegalStateException.class, () -> twice(prepare, x)).getMessage());
        }
    }
}
