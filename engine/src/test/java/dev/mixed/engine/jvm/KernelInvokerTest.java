// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;

class KernelInvokerTest {
    @Test
    void everyKindOfKernelGetsItsArgumentsInOrder() {
        Class<?>[] kinds = Arrays.stream(TornadoFunctions.class.getDeclaredClasses()).filter(Class::isInterface).toArray(Class<?>[]::new);
        assertEquals(21, kinds.length);
        for (Class<?> kind : kinds) {
            int arity = kind.getMethods()[0].getParameterCount();
            Object[] given = IntStream.range(0, arity).boxed().toArray();
            List<Object> seen = new ArrayList<>();
            Object code = Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind}, (_, _, arguments) -> {
                Collections.addAll(seen, arguments == null ? new Object[0] : arguments);
                return null;
            });
            KernelInvoker.invoke(code, given);
            assertEquals(List.of(given), seen, kind.getSimpleName());
            assertThrows(RuntimeException.class, () -> KernelInvoker.invoke(code, new Object[arity == 20 ? 21 : arity + 1]));
        }
    }

    @Test
    void whatAKernelThrowsComesOutAsItIs() {
        IllegalStateException thrown = new IllegalStateException("as it is");
        TornadoFunctions.Task1<Integer> code = _ -> {
            throw thrown;
        };
        assertSame(thrown, assertThrows(IllegalStateException.class, () -> KernelInvoker.invoke(code, new Object[] {1})));
    }
}
