// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Collects the launches that a {@link Lowering} emits. */
public final class LoweredLaunches {
    private final List<Launch> launches = new ArrayList<>();
    private final ConstantBuffers constants;

    LoweredLaunches(ConstantBuffers constants) {
        this.constants = constants;
    }

    /** Starts a launch of a loop or grid kernel; it is emitted by {@code over}. */
    public Launch.Builder launch(Kernel kernel) {
        return new Launch.Builder(kernel, launches::add);
    }

    /** A launch as it was recorded. */
    public void keep(Launch launch) {
        launches.add(launch);
    }

    /** A new transient buffer. */
    public Buffer scratch(DType dtype, int elements) {
        return new Buffer(dtype, elements, false);
    }

    /** A new buffer of ints that no other buffer shares memory with: what a launch leaves in it stays from run to run. */
    public Buffer table(int ints) {
        return constants.table(ints);
    }

    /**
     * A buffer with these numbers, which nothing writes. Numbers that differ from launch to launch belong here rather than among a kernel's
     * constants: a GPU compiles a kernel anew for each constant.
     */
    public Buffer ints(int... values) {
        return constants.ints(values);
    }

    /** {@link #ints} for floats. */
    public Buffer floats(float... values) {
        return constants.floats(values);
    }

    /** The last note of this type, of the launches emitted so far, that passes the test; null if there is none. See {@link Launch.Builder#note}. */
    public <N extends Record> @Nullable N lastNote(Class<N> type, Predicate<N> test) {
        for (Launch launch : launches.reversed()) {
            N note = launch.note(type);
            if (note != null && test.test(note)) {
                return note;
            }
        }
        return null;
    }

    List<Launch> launches() {
        return launches;
    }
}
