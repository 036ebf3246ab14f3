// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import dev.mixed.intrinsics.TensorMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
    private final @Nullable Access[] accesses;
    private final BitSet longs;
    private final int range;
    private final long workPerIndex;
    private final @Nullable Grid grid;
    private final GridExtras extras;
    private final @Nullable Record note;
    private final boolean once;

    private Launch(Kernel kernel, Object[] arguments, @Nullable Access[] accesses, BitSet longs, int range, long workPerIndex,
            @Nullable Grid grid, GridExtras extras, @Nullable Record note, boolean once) {
        this.kernel = kernel;
        this.arguments = arguments;
        this.accesses = accesses;
        this.longs = longs;
        this.range = range;
        this.workPerIndex = workPerIndex;
        this.grid = grid;
        this.extras = extras;
        this.note = note;
        this.once = once;
    }

    public Kernel kernel() {
        return kernel;
    }

    /** Buffers, Integers and Floats in the kernel's order, the slice or the context left out. */
    public Object argument(int index) {
        return arguments[index];
    }

    public int argumentCount() {
        return arguments.length;
    }

    /**
     * The arguments by the names of the kernel's {@linkplain Kernel#named view}.
     *
     * @throws IllegalArgumentException if the kernel has another view, or none
     */
    public <V extends Record> V arguments(Class<V> view) {
        if (kernel.view() != view) {
            throw new IllegalArgumentException(kernel + " has no arguments as " + view.getSimpleName() + " names them");
        }
        return ArgumentView.of(view).read(arguments);
    }

    /** The arguments that are buffers, in order; one that the kernel takes twice stands here twice. */
    public List<Buffer> buffers() {
        return Arrays.stream(arguments).filter(Buffer.class::isInstance).map(Buffer.class::cast).toList();
    }

    /** How argument {@code index} is used; null for a constant. */
    public @Nullable Access access(int index) {
        return accesses[index];
    }

    /** Whether this buffer is among the arguments. */
    public boolean uses(Buffer buffer) {
        for (Object argument : arguments) {
            if (argument == buffer) {
                return true;
            }
        }
        return false;
    }

    /** Whether the launch stores in this buffer. */
    public boolean writes(Buffer buffer) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] == buffer && accesses[i] != Access.READ) {
                return true;
            }
        }
        return false;
    }

    /** Whether the kernel takes buffer {@code index} as a {@code LongArray} of the same bytes, four halves to an element. */
    public boolean asLongs(int index) {
        return longs.get(index);
    }

    /** The blocks and threads of a grid kernel; null for a loop kernel. */
    public @Nullable Grid grid() {
        return grid;
    }

    /** What the launch of a grid kernel on intrinsics brings besides its arguments. */
    public GridExtras extras() {
        return extras;
    }

    /** Extent of a loop kernel's outermost loop. */
    public int range() {
        return range;
    }

    /** Roughly how many scalar operations one index costs, by which a device decides whether to split the launch. */
    public long workPerIndex() {
        return workPerIndex;
    }

    /** What the lowering that emitted the launch noted of it, if that is a {@code type}; null otherwise. */
    public <N extends Record> @Nullable N note(Class<N> type) {
        return type.isInstance(note) ? type.cast(note) : null;
    }

    /** Whether a device may leave the launch out from a program's second run on. See {@link Builder#once}. */
    public boolean once() {
        return once;
    }

    /** The same launch with other buffers in the place of these. */
    Launch replacing(Map<Buffer, Buffer> others) {
        Object[] replaced = arguments.clone();
        for (int i = 0; i < replaced.length; i++) {
            if (replaced[i] instanceof Buffer buffer) {
                replaced[i] = others.getOrDefault(buffer, buffer);
            }
        }
        return new Launch(kernel, replaced, accesses, longs, range, workPerIndex, grid, extras, note, once);
    }

    /** Collects a launch's arguments in the kernel's order. */
    public static final class Builder {
        private final Kernel kernel;
        private final List<Object> arguments = new ArrayList<>();
        private final List<@Nullable Access> accesses = new ArrayList<>();
        private final BitSet longs = new BitSet();
        private @Nullable Consumer<Launch> recorder;
        private GridExtras extras = GridExtras.NONE;
        private @Nullable Device device;
        private @Nullable Record note;
        private boolean once;

        Builder(Kernel kernel) {
            this.kernel = kernel;
        }

        Builder(Kernel kernel, Consumer<Launch> recorder) {
            this.kernel = kernel;
            this.recorder = recorder;
        }

        @SuppressWarnings("ReferenceEquality") // each device is one object
        private Builder buffer(Tensor tensor, Access access) {
            if (device != null && device != tensor.device()) {
                throw new IllegalArgumentException(kernel + " got tensors on two devices, " + device.name() + " and " + tensor.device().name()
                        + "; move them to one device first");
            }
            device = tensor.device();
            tensor.buffer().checkUsable();
            if (access != Access.READ) {
                tensor.buffer().launchWrites();
            }
            return buffer(tensor.buffer(), access);
        }

        private Builder buffer(Buffer buffer, Access access) {
            arguments.add(buffer);
            accesses.add(access);
            return this;
        }

        /** {@link #read(Tensor)} of a bare buffer, for a {@link Lowering}. */
        public Builder read(Buffer buffer) {
            return buffer(buffer, Access.READ);
        }

        /** The next argument is this bare buffer, used in this way. */
        public Builder pass(Buffer buffer, Access access) {
            return buffer(buffer, access);
        }

        /** {@link #read(Buffer)} of halves as a {@code LongArray}, four to an element, whose number is a multiple of 4: a GPU loads 8 bytes at once. */
        public Builder readLongs(Buffer buffer) {
            if (buffer.dtype() != DType.F16 || buffer.elements() % 4 != 0) {
                throw new IllegalArgumentException(kernel + " can't see " + buffer.elements() + " elements of type " + buffer.dtype() + " as longs");
            }
            longs.set(arguments.size());
            return read(buffer);
        }

        /** {@link #write(Tensor)} of a bare buffer, for a {@link Lowering}. */
        public Builder write(Buffer buffer) {
            return buffer(buffer, Access.WRITE);
        }

        /** {@link #update(Tensor)} of a bare buffer, for a {@link Lowering}. */
        public Builder update(Buffer buffer) {
            return buffer(buffer, Access.READ_WRITE);
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

        /** The next arguments are these constants, none of them NaN. */
        public Builder floats(float... values) {
            for (float v : values) {
                if (Float.isNaN(v)) {
                    throw new IllegalArgumentException(kernel + " takes numbers as its constants, not NaN");
                }
                arguments.add(v);
                accesses.add(null);
            }
            return this;
        }

        /** The launch brings so many bytes of dynamic shared memory. */
        public Builder sharedBytes(int bytes) {
            extras = new GridExtras(bytes, extras.blocksPerProcessor(), extras.maps());
            return this;
        }

        /** A multiprocessor shall hold so many blocks at least, for which the compiler bounds a thread's registers. */
        public Builder blocksPerProcessor(int blocks) {
            extras = new GridExtras(extras.sharedBytes(), blocks, extras.maps());
            return this;
        }

        /**
         * The last buffer argument is also seen through the next {@linkplain dev.mixed.intrinsics.TensorMaps#map tensor map}, as a matrix [rows, columns]
         * with {@code stride} elements from row to row, in boxes of {@code boxRows x boxColumns}, swizzled.
         */
        public Builder mapped(int rows, int columns, int stride, int boxRows, int boxColumns) {
            return mapped(position(), rows, columns, stride, boxRows, boxColumns);
        }

        /** The same of the buffer argument at a {@link #position}. */
        public Builder mapped(int position, int rows, int columns, int stride, int boxRows, int boxColumns) {
            List<TensorMap> maps = new ArrayList<>(extras.maps());
            maps.add(TensorMap.matrix(position, rows, columns, stride, boxRows, boxColumns));
            extras = new GridExtras(extras.sharedBytes(), extras.blocksPerProcessor(), maps);
            return this;
        }

        /** The last argument's position among all of the kernel's, of which the context is the first. */
        public int position() {
            return arguments.size();
        }

        /** Tells lowerings of a later pass something of this launch, which they ask for with {@link Launch#note}. */
        public Builder note(Record note) {
            this.note = note;
            return this;
        }

        /**
         * What the launch leaves, in a {@linkplain LoweredLaunches#table table}, is the same in each run of its program, and depends on no other launch: a
         * device may run it in the first run alone, before all others.
         */
        public Builder once() {
            once = true;
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
            add(new Launch(kernel, arguments.toArray(), accesses.toArray(new Access[0]), longs, range, Math.max(1, workPerIndex), null, GridExtras.NONE, note,
                    false));
        }

        /** Records the launch of a grid kernel over these blocks of threads. */
        public void over(Grid grid) {
            if (!kernel.onGrid() || arguments.size() + 1 != kernel.arity()) {
                throw new IllegalArgumentException(kernel + " takes " + kernel.arity() + " arguments with its context or slice, not " + (arguments.size() + 1));
            }
            add(new Launch(kernel, arguments.toArray(), accesses.toArray(new Access[0]), longs, 0, 1, grid, extras, note, once));
        }

        private void add(Launch launch) {
            if (recorder != null) {
                recorder.accept(launch);
            } else {
                Objects.requireNonNull(device, "a launch is recorded on the device of its tensors").recorder().add(launch);
            }
        }
    }
}
