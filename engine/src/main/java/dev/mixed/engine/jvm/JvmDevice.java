// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import java.util.List;

/** Runs kernels on the JVM: vector forms where there are some, large launches on all cores. */
public final class JvmDevice extends Device {
    /** Below this many scalar operations, waking other cores costs more than it saves. */
    private static final long SPLIT_WORK = 1L << 15;
    /** Slices start at multiples of this, so that two cores rarely write one cache line. */
    private static final int ALIGNMENT = 16;

    private final CorePool cores;
    private final boolean referenceOnly;

    private JvmDevice(int threads, boolean referenceOnly) {
        this.cores = new CorePool(threads);
        this.referenceOnly = referenceOnly;
    }

    /** A device that uses every core. */
    public static JvmDevice open() {
        return open(Runtime.getRuntime().availableProcessors());
    }

    /** A device that uses this many threads; results do not depend on the number. */
    public static JvmDevice open(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a device needs at least 1 thread, not " + threads);
        }
        return new JvmDevice(threads, false);
    }

    /** A device that runs reference kernels only, on one thread: the yardstick for vector forms. */
    public static JvmDevice reference() {
        return new JvmDevice(1, true);
    }

    @Override
    public String name() {
        return "jvm";
    }

    @Override
    protected Executable prepare(List<Launch> launches) {
        Runnable[] steps = launches.stream().map(this::prepare).toArray(Runnable[]::new);
        return () -> {
            for (Runnable step : steps) {
                step.run();
            }
        };
    }

    private Runnable prepare(Launch launch) {
        Object code = referenceOnly || !VectorApi.present() ? launch.kernel().reference() : launch.kernel().vectorForm();
        int constants = launch.argumentCount();
        Object[] arguments = new Object[constants + 2];
        for (int i = 0; i < constants; i++) {
            arguments[i] = launch.argument(i) instanceof Buffer buffer ? buffer.array() : launch.argument(i);
        }
        int slices = slices(launch);
        if (slices <= 1) {
            arguments[constants] = 0;
            arguments[constants + 1] = launch.range();
            return () -> KernelInvoker.invoke(code, arguments);
        }
        Runnable[] parts = new Runnable[slices];
        int size = Math.ceilDiv(launch.range(), slices);
        if (size > 4 * ALIGNMENT) {
            size = Math.ceilDiv(size, ALIGNMENT) * ALIGNMENT;
        }
        for (int s = 0; s < slices; s++) {
            int from = Math.min(s * size, launch.range());
            Object[] slice = arguments.clone();
            slice[constants] = from;
            slice[constants + 1] = Math.min(size, launch.range() - from);
            parts[s] = () -> KernelInvoker.invoke(code, slice);
        }
        return () -> cores.run(parts);
    }

    private int slices(Launch launch) {
        long work = launch.range() * launch.workPerIndex();
        return (int) Math.min(Math.min(cores.size(), launch.range()), Math.ceilDiv(work, SPLIT_WORK));
    }

    /** On the JVM, tensors are the arrays that the host sees: nothing to copy. */
    @Override
    protected void hostWrote(Buffer buffer) {
    }

    @Override
    protected void hostReads(Buffer buffer) {
    }

    @Override
    public void close() {
        cores.close();
    }
}
