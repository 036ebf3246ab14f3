package dev.mixed.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Collects the launches that a {@link Lowering} emits. */
public final class LoweredLaunches {
    private final List<Launch> launches = new ArrayList<>();
    private final ConstantBuffers constants;
    private final Map<Buffer, Buffer> notes = new IdentityHashMap<>();

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

    /** Notes for launches further on in the program that {@code result}, a recorded buffer, comes with another, which is scratch that stays untouched. */
    public void remember(Buffer result, Buffer scratch) {
        notes.put(result, scratch);
    }

    /** What was last remembered of {@code result}; null if nothing was in this program. */
    public Buffer recall(Buffer result) {
        return notes.get(result);
    }

    List<Launch> launches() {
        return launches;
    }
}
