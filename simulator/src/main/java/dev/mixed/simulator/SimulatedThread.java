package dev.mixed.simulator;

import dev.mixed.simulator.instrument.AccessObserver;
import dev.mixed.simulator.instrument.CheckedAccess;
import dev.mixed.tornado.KernelFault;
import dev.mixed.tornado.context.GpuThread;
import dev.mixed.tornado.context.LocalArrays;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** One thread of a block. */
final class SimulatedThread implements GpuThread, AccessObserver {
    /** Two halves on their way into a local array. */
    private record Copy(int[] tile, int index, int value) {
    }

    final Block block;
    final int position;
    final KernelContext context;
    /** The virtual thread that runs this one; null before its first step. */
    Thread carrier;
    /** The operation at which it waits; null while it can run. */
    private String operation;
    private int operationLine;
    /** What a warp operation takes from this lane and gives to it. */
    float value;
    int address;
    HalfFloat[] left;
    HalfFloat[] right;
    float[] sum;
    private final Warp warp;
    private final int[] ids;
    private final List<Copy> started = new ArrayList<>();
    private final ArrayDeque<List<Copy>> committed = new ArrayDeque<>();
    private int allocated;
    private int line;
    private boolean ended;

    SimulatedThread(Block block, Warp warp, int position, int[] ids) {
        this.block = block;
        this.warp = warp;
        this.position = position;
        this.ids = ids;
        this.context = Contexts.create(ids, this);
        warp.add(this);
    }

    @Override
    public void atLine(int number) {
        line = number;
    }

    void waitAt(String name) {
        operation = name;
        operationLine = line;
    }

    void goOn() {
        operation = null;
    }

    boolean waits() {
        return operation != null;
    }

    /** The operation at which it waits, with its source line where that is known. */
    String waitingAt() {
        return operationLine > 0 ? operation + " (line " + operationLine + ")" : operation;
    }

    boolean waitsWhere(SimulatedThread other) {
        return operation != null && operation.equals(other.operation) && operationLine == other.operationLine;
    }

    void finish() {
        ended = true;
    }

    boolean ended() {
        return ended;
    }

    String name() {
        return "(" + ids[6] + ", " + ids[7] + ", " + ids[8] + ")";
    }

    KernelFault fault(String problem, Throwable cause) {
        return new KernelFault(block.launch.kernel, "(" + ids[3] + ", " + ids[4] + ", " + ids[5] + ")", name(), problem, cause);
    }

    @Override
    public void barrier(String name) {
        block.barrier(this, name);
    }

    @Override
    public Object allocate(Class<?> elementType, int size) {
        return block.allocate(this, allocated++, elementType, size);
    }

    @Override
    public void read(Object array, int index, int size) {
        requireInside(array, index, size, "read");
        report(block.launch.races.read(array, index, size, position), "reads", array, index);
    }

    @Override
    public void write(Object array, int index, int size, boolean same) {
        requireInside(array, index, size, "write");
        report(block.launch.races.write(array, index, size, position, same), "writes", array, index);
    }

    @Override
    public void atomic(Object array, int index, int size) {
        requireInside(array, index, size, "atomic update");
        report(block.launch.races.atomic(array, index, size, position), "atomically updates", array, index);
    }

    private void requireInside(Object array, int index, int size, String access) {
        if (index < 0 || index >= size) {
            throw fault(access + " outside an array: element " + index + " of the " + block.launch.races.kindOf(array) + " "
                    + RaceDetector.describe(array) + SourceLines.here(), null);
        }
    }

    /** Two halves at once lie at a multiple of their 4 bytes. */
    @Override
    public void pair(int index, String operation) {
        if ((index & 1) != 0) {
            throw fault(operation + " at element " + index + ": its 4 bytes must start at an even element" + SourceLines.here(), null);
        }
    }

    private void report(RaceDetector.Conflict conflict, String access, Object array, int index) {
        if (conflict != null) {
            String other = conflict.block() == null ? (conflict.thread() < 0 ? "another thread" : "thread " + block.threads[conflict.thread()].name())
                    : "a thread of " + conflict.block();
            throw fault("data race: it " + access + " element " + index + " of the " + block.launch.races.kindOf(array) + " "
                    + RaceDetector.describe(array) + ", which " + other + " " + conflict.access()
                    + (conflict.block() == null ? " with no barrier between" : " in the same launch") + SourceLines.here(), null);
        }
    }

    @Override
    public float simdSum(float own) {
        value = own;
        warp.together(this, "simdSum", () -> {
            float[] values = new float[Warp.SIZE];
            for (int i = 0; i < warp.lanes.length; i++) {
                values[i] = warp.lanes[i].value;
            }
            for (int distance = Warp.SIZE / 2; distance > 0; distance /= 2) {
                for (int i = 0; i < distance; i++) {
                    values[i] += values[i + distance];
                }
            }
            for (SimulatedThread lane : warp.lanes) {
                lane.value = values[0];
            }
        });
        return value;
    }

    @Override
    public float simdShuffleDown(float own, int delta) {
        value = own;
        address = delta;
        warp.together(this, "simdShuffleDown", () -> {
            // Ascending: each lane reads a later one, not yet replaced.
            for (int i = 0; i < warp.lanes.length; i++) {
                int from = i + (warp.lanes[i].address & (Warp.SIZE - 1));
                warp.lanes[i].value = warp.lanes[Math.min(from, Warp.SIZE) < warp.lanes.length ? from : i].value;
            }
        });
        return value;
    }

    @Override
    public float simdBroadcastFirst(float own) {
        value = own;
        warp.together(this, "simdBroadcastFirst", () -> {
            for (SimulatedThread lane : warp.lanes) {
                lane.value = warp.lanes[0].value;
            }
        });
        return value;
    }

    @Override
    public HalfFloat[] loadA(int[] tile, int byteOffset) {
        warp.requireFull(this, "mmaLoadA");
        int lane = warp.lane(this);
        address = byteOffset + (lane / 8 % 2 * 8 + lane % 8) * 32 + lane / 16 * 16;
        warp.together(this, "mmaLoadA", () -> Fragments.loadA(warp.lanes, tile));
        return left;
    }

    @Override
    public HalfFloat[] loadB(int[] tile, int byteOffset) {
        warp.requireFull(this, "mmaLoadB");
        address = byteOffset + rowOfB();
        warp.together(this, "mmaLoadB", () -> Fragments.loadB(warp.lanes, tile));
        return right;
    }

    @Override
    public HalfFloat[] loadBSwizzled(HalfFloat[] tile, int byteOffset) {
        warp.requireFull(this, "mmaLoadBSwizzled");
        int row = rowOfB();
        address = byteOffset + (row ^ (row >> 7 & 7) << 4);
        warp.together(this, "mmaLoadBSwizzled", () -> Fragments.loadB(warp.lanes, tile));
        return right;
    }

    private int rowOfB() {
        int lane = warp.lane(this);
        return lane % 8 * 16 + lane / 8 % 2 * 128;
    }

    @Override
    public float[] multiply(HalfFloat[] a, HalfFloat[] b, float[] c) {
        warp.requireFull(this, "mma");
        left = a;
        right = b;
        sum = c;
        warp.together(this, "mma", () -> Fragments.multiply(warp.lanes));
        return sum;
    }

    @Override
    public void store(float[] fragment, FloatArray target, int row, int column, int rowLength) {
        warp.requireFull(this, "mmaStore");
        int lane = warp.lane(this);
        for (int i = 0; i < 4; i++) {
            int index = (row + lane / 4 + i / 2 * 8) * rowLength + column + lane % 4 * 2 + i % 2;
            CheckedAccess.set(target, index, fragment[i]);
        }
    }

    @Override
    public void asyncCopy(int[] tile, int index, HalfFloatArray source, int sourceIndex) {
        pair(sourceIndex, "asyncCopyToLocal");
        read(source, sourceIndex, source.getSize());
        read(source, sourceIndex + 1, source.getSize());
        // In flight from here on: the tile's other readers and writers already conflict.
        write(tile, index, tile.length, false);
        started.add(new Copy(tile, index, LocalArrays.packedPair(source, sourceIndex)));
    }

    @Override
    public void asyncCommit() {
        committed.add(List.copyOf(started));
        started.clear();
    }

    @Override
    public void asyncWait(int groups) {
        while (committed.size() > groups) {
            for (Copy copy : committed.poll()) {
                write(copy.tile, copy.index, copy.tile.length, false);
                copy.tile[copy.index] = copy.value;
            }
        }
    }
}
