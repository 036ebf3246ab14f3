package dev.mixed.tornado;

/** A mistake in a kernel that a GPU would not report: where it happened and what is wrong. */
public final class KernelFault extends RuntimeException {
    private final String kernel;
    private final String block;
    private final String thread;

    KernelFault(String kernel, String block, String thread, String problem, Throwable cause) {
        super("kernel " + kernel + ", block " + block + ", thread " + thread + ": " + problem, cause);
        this.kernel = kernel;
        this.block = block;
        this.thread = thread;
    }

    /** The task's name, with the kernel's method where it is known. */
    public String kernel() {
        return kernel;
    }

    /** The block's index, as {@code (x, y, z)}. */
    public String block() {
        return block;
    }

    /** The thread's index within its block, as {@code (x, y, z)}. */
    public String thread() {
        return thread;
    }
}
