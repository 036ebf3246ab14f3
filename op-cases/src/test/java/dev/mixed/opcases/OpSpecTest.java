// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.OpCase.inputs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.amp.OpRule;
import dev.mixed.autograd.functional.F;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A row of the table must say everything that the checks need. */
class OpSpecTest {
    private static OpSpec row() {
        return OpSpec.op("exp(Variable)", "exp", OpRule.FLOAT);
    }

    @Test
    void aCaseThatLacksSomethingIsRefused() {
        assertRefused("exp [3]: the case lacks a call", row());
        assertRefused("exp [3]: the case lacks a float64 reference", row().call(in -> F.exp(in.var(0))));
        assertRefused("exp [3]: the case lacks an expression for libtorch",
                row().call(in -> F.exp(in.var(0))).reference(x -> Reference.map(x.get(0), Math::exp)));
    }

    private static void assertRefused(String message, OpSpec row) {
        assertEquals(message, assertThrows(IllegalStateException.class, () -> row.with(inputs(normal(3)))).getMessage());
        assertEquals(message, assertThrows(IllegalStateException.class, () -> row.onGpu(new int[][] {{3}}, s -> inputs(normal(s)))).getMessage());
    }

    @Test
    void aCaseTakesFromItsRowWhatItDoesNotSayItself() {
        OpSpec row = row().call(in -> F.exp(in.var(0))).reference(x -> Reference.map(x.get(0), Math::exp)).torch("torch.exp(a)").floor(0.5)
                .with(inputs(normal(3))).with(inputs(normal(4)).torch("torch.exp2(a)").floor(0.1));
        assertEquals(List.of("torch.exp(a)", "torch.exp2(a)"), row.cases().stream().map(OpCase::torch).toList());
        assertEquals(List.of(0.5, 0.1), row.cases().stream().map(OpCase::floor).toList());
    }

    /** Also where a case that draws has none, some other case of the op has. */
    @Test
    void everyOpHasAnExpressionForLibtorch() {
        Set<String> without = OpTable.ops().stream().filter(op -> op.cases().stream().allMatch(c -> c.torch() == null)).map(OpSpec::method)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), without);
    }

    @Test
    void everyOpIsComputedOnAGpuWithItsGradients() {
        for (OpSpec op : OpTable.ops()) {
            assertEquals(true, op.gpuCases().stream().anyMatch(c -> c.name().startsWith(op.name() + " F32 ")), op.method());
        }
    }

    @Test
    void casesOfAGpuHaveDistinctNames() {
        List<String> names = OpTable.gpuCases().stream().map(GpuCase::name).sorted().toList();
        assertEquals(names.stream().distinct().toList(), names);
    }
}
