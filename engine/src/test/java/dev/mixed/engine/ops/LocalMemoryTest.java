// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * TornadoVM addresses a local array wrongly where a helper that got it as an argument indexes it: the emulated GPU can't see that, and a real one
 * faults or computes nonsense. Helpers may compute indices and values; only kernels may touch the array.
 */
class LocalMemoryTest {
    @Test
    void onlyKernelsIndexLocalArrays() {
        Map<String, MethodModel> onGpu = KernelCode.all();
        assertEquals(List.of(), onGpu.keySet().stream().filter(name -> takesArray(onGpu.get(name)) && indexes(onGpu.get(name))).toList());
    }

    @Test
    void findsHelpersThatIndexAnArray() {
        assertEquals(List.of("indexesIt"), KernelCode.methods(LocalMemoryTest.class).values().stream()
                .filter(m -> m.methodName().stringValue().endsWith("It") && takesArray(m) && indexes(m)).map(m -> m.methodName().stringValue()).toList());
    }

    static void indexesIt(float[] tile, int i) {
        tile[i] = i;
    }

    static int passesIt(float[] tile, int i) {
        return tile.length + i;
    }

    private static boolean takesArray(MethodModel method) {
        return method.methodTypeSymbol().parameterList().stream().anyMatch(t -> t.isArray() && t.componentType().isPrimitive());
    }

    private static boolean indexes(MethodModel method) {
        return method.code().map(code -> code.elementStream().anyMatch(e -> e instanceof ArrayLoadInstruction || e instanceof ArrayStoreInstruction))
                .orElse(false);
    }
}
