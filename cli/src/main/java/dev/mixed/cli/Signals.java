// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Signals of the operating system, through the JDK's {@code sun.misc.Signal}. There is no other way to let a step end before the process does: shutdown
 * hooks run beside the work, and cannot be had twice. It is called by name, since the compiler warns of it and cannot be told not to.
 */
final class Signals {
    private Signals() {
    }

    /**
     * Calls {@code action}, on a thread of its own, for each signal of this name until what is returned is closed. Where a signal cannot be had (a JVM
     * that was started with -Xrs, another system), or is ignored as in the background of a script, nothing changes.
     *
     * @param name without SIG
     */
    static AutoCloseable handle(String name, Runnable action) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            Object signal = signalClass.getConstructor(String.class).newInstance(name);
            Object handler = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    action.run();
                    return null;
                }
                return method.invoke(action, arguments);
            });
            var handle = signalClass.getMethod("handle", signalClass, handlerClass);
            Object before = handle.invoke(null, signal, handler);
            return () -> handle.invoke(null, signal, before);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return () -> {};
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            return () -> {};
        }
    }
}
