// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.simulator.instrument.AccessObserver;
import dev.mixed.simulator.instrument.CheckedAccess;
import dev.mixed.tornado.KernelFault;
import dev.mixed.tornado.context.GpuThread;
import dev.mixed.tornado.context.LocalArrays;
import dev.mixed.tornado.context.ThreadPosition;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** One thread of a block: what it waits for, the checks of its accesses to memory, and its part in the operations of its block and its warp. */
final class SimulatedThread implements GpuThread, AccessObserver, Order.Member {
    /** The virtual thread that runs this one; null before its first step. */
    @Nullable
    Thread carrier;
    private final Block block;
    private final Warp warp;
    private final int number;
    private final int lane;
    private final ThreadPosition position;
    private final KernelContext context;
    private final Clock clock;
    private final AsyncCopies copies = new AsyncCopies();
    private final IntrinsicThread device;
    /** Null while it can run. */
    private @Nullable WaitPoint waitPoint;
    private int line;
    private int localArrays;
    private boolean ended;

    /** @param number in its block, x fastest */
    SimulatedThread(Block block, Warp warp, int number, ThreadPosition position) {
        this.block = block;
        this.warp = warp;
        this.number = number;
        this.position = position;
        this.context = Contexts.create(position, this);
        this.clock = new Clock(block.order(), number);
        this.lane = warp.add(this);
        this.device = new IntrinsicThread(this, block, warp);
    }

    KernelContext context() {
        return context;
    }

    int lane() {
        return lane;
    }

    /** Its number in its block, x fastest. */
    int number() {
        return number;
    }

    Block block() {
        return block;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    /** The thread as intrinsics see it. */
    IntrinsicThread device() {
        return device;
    }

    /** Its index in its block. */
    String name() {
        return position.local().toString();
    }

    KernelFault fault(String problem, @Nullable Throwable cause) {
        return new KernelFault(block.kernel(), position.block().toString(), name(), problem, cause);
    }

    // --- waiting -----------------------------------------------------------------------------------------------------------------

    @Override
    public void atLine(int number) {
        warp.settle(this);
        line = number;
    }

    @Override
    public void atLastingLine(int number) {
        line = number;
    }

    /** The line of its next operation. */
    int line() {
        return line;
    }

    void waitAt(WaitPoint point) {
        waitPoint = point;
    }

    void waitAt(String operation) {
        waitPoint = new WaitPoint(operation, line);
    }

    void goOn() {
        waitPoint = null;
    }

    boolean waits() {
        return waitPoint != null;
    }

    @Nullable
    WaitPoint waitPoint() {
        return waitPoint;
    }

    boolean waitsWhere(SimulatedThread other) {
        return waitPoint != null && waitPoint.equals(other.waitPoint);
    }

    void end() {
        warp.settle(this);
        device.end();
        ended = true;
        warp.end();
    }

    boolean ended() {
        return ended;
    }

    // --- memory ------------------------------------------------------------------------------------------------------------------

    @Override
    public Object allocate(Class<?> elementType, int size) {
        return block.local().allocate(this, localArrays++, elementType, size);
    }

    @Override
    public void read(Object array, int index, int size) {
        warp.settle(this);
        requireInside(array, index, size, "read");
        requireOrder(block.races().read(array, index, size, clock), "reads", array, index);
    }

    @Override
    public void write(Object array, int index, int size, boolean same) {
        warp.settle(this);
        requireInside(array, index, size, "write");
        requireOrder(block.races().write(array, index, size, clock, same), "writes", array, index);
    }

    @Override
    public void atomic(Object array, int index, int size) {
        warp.settle(this);
        requireInside(array, index, size, "atomic update");
        requireOrder(block.races().atomic(array, index, size, clock), "atomically updates", array, index);
    }

    /** Two halves at once lie at a multiple of their 4 bytes. */
    @Override
    public void pair(int index, String operation) {
        if ((index & 1) != 0) {
            throw fault(operation + " at element " + index + ": its 4 bytes must start at an even element" + SourceLines.here(), null);
        }
    }

    @Override
    public void readRegister(Object array) {
        warp.settle(this);
        device.products().requireAwaited(array, "read");
    }

    @Override
    public void writeRegister(Object array) {
        warp.settle(this);
        device.products().requireAwaited(array, "written");
        device.products().wrote(array);
    }

    private void requireInside(Object array, int index, int size, String access) {
        if (index < 0 || index >= size) {
            throw fault(access + " outside an array: element " + index + " of the " + described(array) + SourceLines.here(), null);
        }
    }

    private void requireOrder(RaceDetector.@Nullable Conflict conflict, String access, Object array, int index) {
        if (conflict == null) {
            return;
        }
        String race = "data race: it " + access + " element " + index + " of the " + described(array) + ", which ";
        if (conflict.block() != null) {
            throw fault(race + "a thread of " + conflict.block() + " " + conflict.access() + " in the same launch" + SourceLines.here(), null);
        }
        String other = conflict.thread() < 0 ? "another thread" : "thread " + block.thread(conflict.thread()).name();
        throw fault(race + other + " " + conflict.access() + " with no barrier between" + SourceLines.here(), null);
    }

    private String described(Object array) {
        return block.races().kindOf(array) + " " + RaceDetector.describe(array);
    }

    // --- with its block and its warp -----------------------------------------------------------------------------------------------

    @Override
    public void barrier(String name) {
        block.barrier(this, name);
    }

    @Override
    public float simdSum(float value) {
        return warp.collective(this, "simdSum", value, Shuffles::sum);
    }

    @Override
    public float simdShuffleDown(float value, int delta) {
        return warp.collective(this, "simdShuffleDown", new Shuffles.Shifted(value, delta), Shuffles::down);
    }

    @Override
    public float simdBroadcastFirst(float value) {
        return warp.collective(this, "simdBroadcastFirst", value, Shuffles::broadcastFirst);
    }

    // --- tensor cores --------------------------------------------------------------------------------------------------------------

    @Override
    public HalfFloat[] loadA(int[] tile, int byteOffset) {
        warp.requireFull(this, "mmaLoadA");
        int row = (lane / 8 % 2 * 8 + lane % 8) * 32 + lane / 16 * 16;
        return warp.collective(this, "mmaLoadA", new Fragments.Row(this, tile, byteOffset + row), Fragments::loadA);
    }

    @Override
    public HalfFloat[] loadB(int[] tile, int byteOffset) {
        warp.requireFull(this, "mmaLoadB");
        return warp.collective(this, "mmaLoadB", new Fragments.Row(this, tile, byteOffset + rowOfB()), Fragments::loadB);
    }

    @Override
    public HalfFloat[] loadBSwizzled(HalfFloat[] tile, int byteOffset) {
        warp.requireFull(this, "mmaLoadBSwizzled");
        int row = rowOfB();
        int swizzled = row ^ (row >> 7 & 7) << 4;
        return warp.collective(this, "mmaLoadBSwizzled", new Fragments.Row(this, tile, byteOffset + swizzled), Fragments::loadB);
    }

    private int rowOfB() {
        return lane % 8 * 16 + lane / 8 % 2 * 128;
    }

    @Override
    public float[] multiply(HalfFloat[] a, HalfFloat[] b, float[] c) {
        warp.requireFull(this, "mma");
        return warp.collective(this, "mma", new Fragments.Operands(a, b, c), Fragments::multiply);
    }

    @Override
    public void store(float[] fragment, FloatArray target, int row, int column, int rowLength) {
        warp.requireFull(this, "mmaStore");
        for (int i = 0; i < 4; i++) {
            int index = (row + Fragments.resultRow(lane, i)) * rowLength + column + Fragments.resultColumn(lane, i);
            CheckedAccess.set(target, index, fragment[i]);
        }
    }

    // --- asynchronous copies -------------------------------------------------------------------------------------------------------

    @Override
    public void asyncCopy(int[] tile, int index, HalfFloatArray source, int sourceIndex) {
        pair(sourceIndex, "asyncCopyToLocal");
        read(source, sourceIndex, source.getSize());
        read(source, sourceIndex + 1, source.getSize());
        // In flight from here on: the tile's other readers and writers already conflict.
        write(tile, index, tile.length, false);
        copies.start(new AsyncCopies.Copy(tile, index, LocalArrays.packedPair(source, sourceIndex)));
    }

    @Override
    public void asyncCommit() {
        copies.commit();
    }

    @Override
    public void asyncWait(int groups) {
        for (AsyncCopies.Copy copy : copies.arrive(groups)) {
            write(copy.tile(), copy.index(), copy.tile().length, false);
            copy.tile()[copy.index()] = copy.value();
        }
    }
}
