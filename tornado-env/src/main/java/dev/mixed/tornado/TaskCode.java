// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;

/** A task's code, an object of one of the {@code TornadoFunctions.TaskN} interfaces, called with an array of arguments. */
public final class TaskCode {
    private TaskCode() {
    }

    /** The task's method as {@code (Object[]) -> void}, for arrays of {@code count} arguments. */
    public static MethodHandle handle(Object task, int count) {
        for (Class<?> type : task.getClass().getInterfaces()) {
            if (type.getEnclosingClass() == TornadoFunctions.class) {
                Method apply = type.getMethods()[0];
                if (apply.getParameterCount() != count) {
                    throw new IllegalArgumentException("a task of " + apply.getParameterCount() + " arguments got " + count);
                }
                try {
                    return MethodHandles.publicLookup().unreflect(apply).bindTo(task).asSpreader(Object[].class, count);
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        throw new IllegalArgumentException(task.getClass().getName() + " is not a TornadoFunctions.Task");
    }

    /** Calls the task as a plain method. */
    public static void call(Object task, Object[] arguments) {
        try {
            handle(task, arguments.length).invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
