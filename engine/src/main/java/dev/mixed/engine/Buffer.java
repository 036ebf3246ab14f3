// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * The storage of one or more tensors: a number of elements of one type, backed by an array once the device has given it one.
 *
 * <p>A persistent buffer (parameter, optimizer state, input) owns its array from the start. A transient one (activation, gradient of an
 * activation) gets an array when its program is planned or run, and inside a recorded program may share it with buffers whose lifetimes do
 * not overlap.
 */
public final class Buffer {
    private final DType dtype;
    private final int elements;
    private final boolean persistent;
    private @Nullable TornadoNativeArray array;
    private boolean shared;
    private boolean awaitsRun;
    /** Whether a launch was recorded that stores in it: the host no longer knows what it holds. */
    private boolean launchWrites;
    /** How often the host wrote it. */
    private int version;
    /** The thread that wrote it last, if no launch has read it since; {@link DeviceUse} keeps it. */
    @Nullable
    Thread writer;
    /** Threads whose last write another one has replaced before it was used. */
    @Nullable
    Set<Thread> losers;
    /** What writes it on another thread; null where nothing does, or that has been waited for. */
    private @Nullable Future<?> fill;
    /** What programs read in its place as halves; null where none does. */
    private @Nullable HalfCopy halfCopy;
    /** Of the program whose output it is. */
    private @Nullable ProgramResults results;

    Buffer(DType dtype, int elements, boolean persistent) {
        this.dtype = dtype;
        this.elements = elements;
        this.persistent = persistent;
    }

    public DType dtype() {
        return dtype;
    }

    /** Number of elements in use; the array behind a shared buffer may be longer. */
    public int elements() {
        return elements;
    }

    public long bytes() {
        return (long) elements * dtype.bytes();
    }

    public boolean persistent() {
        return persistent;
    }

    /** Whether an array stands behind this buffer yet. */
    public boolean bound() {
        return array != null;
    }

    /** The array, of at least {@link #elements()} elements. */
    public TornadoNativeArray array() {
        if (array == null) {
            throw new IllegalStateException("this tensor was never written: no launch that was run has it as a result");
        }
        return array;
    }

    /** The array, for a reader outside of programs; refused where another buffer may have overwritten it. */
    TornadoNativeArray readable() {
        checkUsable();
        if (awaitsRun) {
            throw new IllegalStateException("this tensor is an output of a program that has not run yet; run the program before reading it");
        }
        return array();
    }

    /** Notes that a launch stores in it. */
    void launchWrites() {
        launchWrites = true;
    }

    /** Notes that the host writes it. */
    void hostWrote() {
        version++;
        changed();
    }

    /** Notes that it was written, or is about to be, by whatever does not write its half copy, too. */
    void changed() {
        if (halfCopy != null) {
            halfCopy.current(false);
        }
    }

    /** The half copy that programs share; null where none reads one. */
    @Nullable
    HalfCopy halfCopy() {
        return halfCopy;
    }

    void halfCopy(HalfCopy copy) {
        halfCopy = copy;
    }

    /**
     * The half copy of a weight that programs read from run to run; null where none does. Launches that write the weight may write it, too: it then counts as
     * up to date after them as before, so it must be written wherever the weight is.
     */
    public @Nullable Buffer half() {
        return halfCopy == null ? null : halfCopy.half();
    }

    /** Notes that another thread writes it. */
    void filledBy(Future<?> writer) {
        fill = writer;
        hostWrote();
    }

    /** Waits for what writes it on another thread. */
    void awaitFill() {
        if (fill != null) {
            Future<?> writer = fill;
            fill = null;
            Background.join(writer);
        }
    }

    /** How often the host wrote it. */
    int version() {
        return version;
    }

    /** Whether the host has written nothing into it, so that its copy holds zeros until a launch's results come there. */
    public boolean hostBlank() {
        return version == 0;
    }

    /** Whether the host's copy is what launches read: the host writes it and no launch does. */
    boolean hostKnown() {
        return persistent && !launchWrites;
    }

    void resultOf(ProgramResults program) {
        results = program;
    }

    /** Notes that it is read, which matters to the output of a program. */
    void read() {
        if (results != null) {
            results.read();
        }
    }

    /** Refuses use outside of the program whose other buffers share this one's array. */
    void checkUsable() {
        if (shared) {
            throw new IllegalStateException("this tensor lives only inside a recorded program; return it from the recorded body to read it");
        }
    }

    /** Says whether this buffer has an array that a program has yet to write. */
    void awaitsRun(boolean awaits) {
        awaitsRun = awaits;
    }

    /** Binds an array that other buffers use before or after this one. */
    void bindShared(TornadoNativeArray storage) {
        bind(storage);
        shared = true;
    }

    void bind(TornadoNativeArray storage) {
        if (storage.getSize() < elements) {
            throw new IllegalArgumentException("an array of " + storage.getSize() + " elements can't hold " + elements);
        }
        this.array = storage;
    }
}
