// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.common.TaskPackage;

/** Makes TornadoVM tasks of method references with any number of arguments. */
public final class Tasks {
    /** {@code createPackage} by number of arguments: TornadoVM has one method for each. */
    private static final Method[] FACTORIES = new Method[21];

    static {
        for (Method method : TaskPackage.class.getMethods()) {
            if (method.getName().equals("createPackage") && method.getParameterCount() - 2 < FACTORIES.length
                    && Arrays.stream(method.getParameterTypes()).skip(2).allMatch(Object.class::equals)) {
                FACTORIES[method.getParameterCount() - 2] = method;
            }
        }
    }

    private Tasks() {
    }

    /** A task that calls {@code code}, one of TornadoVM's {@code TaskN} interfaces, with as many arguments as it takes. */
    public static TaskPackage of(String name, Object code, Object... arguments) {
        Object[] all = new Object[arguments.length + 2];
        all[0] = name;
        all[1] = code;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        try {
            return (TaskPackage) FACTORIES[arguments.length].invoke(null, all);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
