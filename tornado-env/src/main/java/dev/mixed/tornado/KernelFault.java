// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import org.jspecify.annotations.Nullable;

/** A mistake in a kernel that a GPU would not report: where it happened and what is wrong. */
public final class KernelFault extends RuntimeException {
    private final String kernel;
    private final String block;
    private final String thread;

    /**
     * @param kernel  the task's name, with the kernel's method where it is known
     * @param block   the block's index, as {@code (x, y, z)}
     * @param thread  the thread's index within its block, as {@code (x, y, z)}
     * @param problem what is wrong, as a sentence without its end
     * @param cause   what the kernel threw; null for nothing
     */
    public KernelFault(String kernel, String block, String thread, String problem, @Nullable Throwable cause) {
        super("kernel " + kernel + ", block " + block + ", thread " + thread + ": " + problem, cause);
        this.kernel = kernel;
        this.block = block;
        this.thread = thread;
    }

    public String kernel() {
        return kernel;
    }

    public String block() {
        return block;
    }

    public String thread() {
        return thread;
    }
}
