// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.simulator.instrument.Instrumenter;
import dev.mixed.simulator.instrument.KernelMethod;
import dev.mixed.tornado.GridRunner;
import dev.mixed.tornado.TaskCode;
import java.lang.invoke.MethodHandle;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;

/** Runs kernels on the JVM as a grid of thread blocks, and checks each access to memory on the way. */
public final class GridSimulator implements GridRunner {
    private static final System.Logger LOG = System.getLogger(GridSimulator.class.getName());

    /** A kernel's copy with checked accesses, as {@code (Object[]) -> void}, and its method's name. */
    private record CheckedKernel(MethodHandle code, String method, boolean complete) {
    }

    /** By the class of a task: a lambda without captured values has one for each place in the source. Empty where the method is not known. */
    private final Map<Class<?>, Optional<CheckedKernel>> kernels = Collections.synchronizedMap(new WeakHashMap<>());
    private final AtomicBoolean warned = new AtomicBoolean();

    /** Runs a task over its grid, block by block. Without a grid or without a context, the kernel is called once, as a plain method. */
    @Override
    public void run(String task, Object code, Object[] arguments, WorkerGrid grid) {
        int position = contextPosition(arguments);
        if (grid == null || position < 0) {
            TaskCode.call(code, arguments);
            return;
        }
        MethodHandle plain = TaskCode.handle(code, arguments.length);
        Optional<CheckedKernel> checked = kernels.get(code.getClass());
        if (checked == null) {
            checked = KernelMethod.of(plain, arguments, code).flatMap(GridSimulator::instrument);
            kernels.put(code.getClass(), checked);
            if (checked.isEmpty() && warned.compareAndSet(false, true)) {
                LOG.log(System.Logger.Level.WARNING, "kernel " + task + " is not checked for data races, and its errors name no source line: its method is"
                        + " not known; make the task a reference to a static method (said for the first such kernel only)");
            }
        }
        MethodHandle body = checked.map(CheckedKernel::code).orElse(plain);
        String name = checked.map(kernel -> task + " (" + kernel.method + ")").orElse(task);
        new Launch(name, grid, arguments, checked.isPresent() && checked.get().complete, context -> {
            Object[] own = arguments.clone();
            own[position] = context;
            body.invokeExact(own);
        }).run();
    }

    private static int contextPosition(Object[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof KernelContext) {
                return i;
            }
        }
        return -1;
    }

    private static Optional<CheckedKernel> instrument(KernelMethod method) {
        try {
            Instrumenter.Copy copy = Instrumenter.checkedCopy(method);
            MethodHandle code = copy.code().asType(copy.code().type().generic().changeReturnType(void.class)).asSpreader(Object[].class,
                    method.type().parameterCount());
            return Optional.of(new CheckedKernel(code, method.owner().getSimpleName() + "." + method.name(), copy.complete()));
        } catch (IllegalAccessException | NoSuchMethodException e) {
            return Optional.empty();
        }
    }
}
