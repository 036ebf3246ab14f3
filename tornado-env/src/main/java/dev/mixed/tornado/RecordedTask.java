// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.Arrays;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A task of a graph: its code and its arguments, whose arrays are the host's. */
record RecordedTask(String name, Object code, List<Object> arguments) {

    /** A task whose arguments have the types that a kernel can take. */
    static RecordedTask of(String graph, TaskPackage task) {
        Object[] all = task.getTaskParameters();
        String name = graph + "." + task.getId();
        for (int i = 1; i < all.length; i++) {
            if (!supported(all[i])) {
                throw new TornadoTaskRuntimeException("task " + name + ": argument " + i + " is "
                        + (all[i] == null ? "null" : "a " + all[i].getClass().getName())
                        + "; a kernel takes TornadoVM arrays, boxed numbers and a KernelContext");
            }
        }
        return new RecordedTask(name, all[0], List.of(Arrays.copyOfRange(all, 1, all.length)));
    }

    private static boolean supported(Object argument) {
        return argument instanceof TornadoNativeArray || argument instanceof KernelContext || argument instanceof Number
                || argument instanceof Boolean;
    }

    boolean usesGrid() {
        return arguments.stream().anyMatch(KernelContext.class::isInstance);
    }

    List<TornadoNativeArray> arrays() {
        return arguments.stream().filter(TornadoNativeArray.class::isInstance).map(TornadoNativeArray.class::cast).toList();
    }
}
