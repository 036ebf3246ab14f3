package dev.mixed.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * One recorded call of a kernel: its buffers and constants in the kernel's argument order, and the extent of its outermost loop.
 *
 * <p>Integers and floats are constants of the launch: on a GPU they are compiled into the kernel, so whatever changes from step to step
 * must come from a buffer.
 */
public final class Launch {
    /** How a launch uses a buffer. */
    public enum Access {
        READ, WRITE, READ_WRITE
    }

    private final Kernel kernel;
    private final Object[] arguments;
    private final Access[] accesses;
    private final int range;
    private final long workPerIndex;

    private Launch(Kernel kernel, Object[] arguments, Access[] accesses, int range, long workPerIndex) {
        this.kernel = kernel;
        this.arguments = arguments;
        this.accesses = accesses;
        this.range = range;
        this.workPerIndex = workPerIndex;
    }

    public Kernel kernel() {
        return kernel;
    }

    /** Buffers, Integers and Floats in the kernel's order, the slice left out. */
    public Object argument(int index) {
        return arguments[index];
    }

    public int argumentCount() {
        return arguments.length;
    }

    /** How argument {@code index} is used; null for a constant. */
    public Access access(int index) {
        return accesses[index];
    }

    /** Extent of the kernel's outermost loop. */
    public int range() {
        return range;
    }

    /** Roughly how many scalar operations one index costs, by which a device decides whether to split the launch. */
    public long workPerIndex() {
        return workPerIndex;
    }

    /** Collects a launch's arguments in the kernel's order. */
    public static final class Builder {
        private final Kernel kernel;
        private final List<Object> arguments = new ArrayList<>();
        private final List<Access> accesses = new ArrayList<>();
        private Device device;

        Builder(Kernel kernel) {
            this.kernel = kernel;
        }

        private Builder buffer(Tensor tensor, Access access) {
            if (device != null && device != tensor.device()) {
                throw new IllegalArgumentException(kernel + " got tensors on two devices, " + device.name() + " and " + tensor.device().name()
                        + "; move them to one device first");
            }
            device = tensor.device();
            tensor.buffer().checkUsable();
            arguments.add(tensor.buffer());
            accesses.add(access);
            return this;
        }

        /** The next argument is this tensor's array, which the kernel reads. */
        public Builder read(Tensor tensor) {
            return buffer(tensor, Access.READ);
        }

        /** The next argument is this tensor's array, every element of which the kernel writes and none of which it reads before. */
        public Builder write(Tensor tensor) {
            return buffer(tensor, Access.WRITE);
        }

        /** The next argument is this tensor's array, which the kernel updates or writes only in part. */
        public Builder update(Tensor tensor) {
            return buffer(tensor, Access.READ_WRITE);
        }

        /** The next arguments are these constants. */
        public Builder ints(int... values) {
            for (int v : values) {
                arguments.add(v);
                accesses.add(null);
            }
            return this;
        }

        /** The next argument is 1 or 0. */
        public Builder flag(boolean value) {
            return ints(value ? 1 : 0);
        }

        /** The next arguments are these constants. */
        public Builder floats(float... values) {
            for (float v : values) {
                arguments.add(v);
                accesses.add(null);
            }
            return this;
        }

        /**
         * Records the launch on the device of its tensors.
         *
         * @param range        extent of the outermost loop, passed to the kernel as slices (from, count)
         * @param workPerIndex rough number of scalar operations per index
         */
        public void over(int range, long workPerIndex) {
            if (arguments.size() + 2 != kernel.arity()) {
                throw new IllegalArgumentException(kernel + " takes " + kernel.arity() + " arguments with its slice, not " + (arguments.size() + 2));
            }
            device.recorder().add(new Launch(kernel, arguments.toArray(), accesses.toArray(new Access[0]), range, Math.max(1, workPerIndex)));
        }
    }
}
