// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;

/** Runs kernels that take a {@link KernelContext} on the JVM: a service, which the module {@code simulator} provides. */
public interface GridRunner {
    /**
     * Runs a kernel once for each thread of a grid.
     *
     * @param task      what error messages call the kernel, {@code graph.task}
     * @param code      a {@code TornadoFunctions.TaskN} of as many arguments as {@code arguments} has
     * @param arguments in order; each thread gets its own context in place of the {@link KernelContext} among them
     * @param grid      the threads, and the blocks that they form
     * @throws KernelFault              where the kernel misuses memory, barriers or warp operations
     * @throws IllegalArgumentException where the blocks do not divide the grid
     */
    void run(String task, Object code, Object[] arguments, WorkerGrid grid);
}
