// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Objects;

/** Calls a kernel's method reference with an argument array. */
public final class KernelInvoker {
    /** The method {@code apply} of the {@code TaskN} interface that a method reference implements. */
    private static final ClassValue<Method> APPLY = new ClassValue<>() {
        @Override
        protected Method computeValue(Class<?> code) {
            return Arrays.stream(code.getInterfaces()[0].getMethods()).filter(m -> m.getName().equals("apply")).findFirst().orElseThrow();
        }
    };

    private KernelInvoker() {
    }

    /** Calls {@code code}; whatever it throws comes out as it is. */
    public static void invoke(Object code, Object[] arguments) {
        try {
            APPLY.get(code.getClass()).invoke(code, arguments);
        } catch (InvocationTargetException e) {
            switch (Objects.requireNonNull(e.getCause(), "the exception of the method that was invoked")) {
                case RuntimeException thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case Throwable thrown -> throw new IllegalStateException("a kernel threw a checked exception", thrown);
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("a kernel's interface is not accessible", e);
        }
    }
}
