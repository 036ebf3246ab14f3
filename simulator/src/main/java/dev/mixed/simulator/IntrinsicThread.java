// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.DeviceThread;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A simulated thread as intrinsics see it: passes each on to the part of the block that does it. */
final class IntrinsicThread implements DeviceThread {
    private static final int[] IN_SHARED_MEMORY = {};

    /** An exchange of words. */
    private record Word(int word, int from) {
    }

    private final SimulatedThread thread;
    private final Block block;
    private final Warp warp;
    private final WordCopies copies;
    private final BoxCopies boxes;
    private final WgmmaThread products;

    IntrinsicThread(SimulatedThread thread, Block block, Warp warp) {
        this.thread = thread;
        this.block = block;
        this.warp = warp;
        this.copies = new WordCopies(thread, block);
        this.boxes = new BoxCopies(thread, block);
        this.products = new WgmmaThread(thread, warp);
    }

    /** The kernel has ended for this thread. */
    void end() {
        products.end();
        boxes.end();
        int group = thread.number() / Warpgroup.SIZE;
        if (group < block.warpgroups().size()) {
            block.warpgroups().get(group).end();
        }
    }

    /** The thread's part of its warpgroup's products. */
    WgmmaThread products() {
        return products;
    }

    /** What the thread waits for, in words; null where that is no barrier of intrinsics. */
    @Nullable
    String awaited() {
        String mbarrier = block.mbarriers().awaited(thread);
        return mbarrier != null ? mbarrier : block.named().awaited(thread);
    }

    // --- the grid ----------------------------------------------------------------------------------------------------------------

    @Override
    public int gridX() {
        return block.launch().grid().blocks().x();
    }

    @Override
    public void barrier() {
        block.barrier(thread, "barrier");
    }

    @Override
    public void barrier(int number, int threads) {
        block.named().await(thread, number, threads);
    }

    // --- shared memory -----------------------------------------------------------------------------------------------------------

    @Override
    public int sharedMemory(int bytes, boolean dynamic) {
        return dynamic ? block.shared().dynamic(thread) : block.shared().allocate(thread, bytes);
    }

    @Override
    public int loadShared(int address) {
        return block.shared().load(thread, "ld.shared", address);
    }

    @Override
    public void storeShared(int address, int word) {
        block.shared().store(thread, "st.shared", address, word);
    }

    // --- native arrays -----------------------------------------------------------------------------------------------------------

    @Override
    public void requireAligned(String operation, int index, int bytes, int alignment) {
        if ((long) index * bytes % alignment != 0) {
            throw thread.fault(operation + " at " + (bytes == 1 ? "address " : "element ") + index + ", which is no multiple of " + alignment / bytes
                    + SourceLines.here(), null);
        }
    }

    @Override
    public int loadPair(HalfFloatArray array, int index) {
        return loadHalf(array, index) & 0xFFFF | loadHalf(array, index + 1) << 16;
    }

    @Override
    public void storePair(HalfFloatArray array, int index, int word) {
        storeHalf(array, index, (short) word);
        storeHalf(array, index + 1, (short) (word >>> 16));
    }

    @Override
    public short loadHalf(HalfFloatArray array, int index) {
        thread.read(array, index, array.getSize());
        return array.get(index).getHalfFloatValue();
    }

    @Override
    public void storeHalf(HalfFloatArray array, int index, short bits) {
        int size = array.getSize();
        thread.write(array, index, size, index >= 0 && index < size && array.get(index).getHalfFloatValue() == bits);
        array.set(index, new HalfFloat(bits));
    }

    @Override
    public float load(FloatArray array, int index) {
        thread.read(array, index, array.getSize());
        return array.get(index);
    }

    @Override
    public void store(FloatArray array, int index, float value) {
        int size = array.getSize();
        thread.write(array, index, size,
                index >= 0 && index < size && Float.floatToRawIntBits(array.get(index)) == Float.floatToRawIntBits(value));
        array.set(index, value);
    }

    @Override
    public int load(IntArray array, int index) {
        thread.read(array, index, array.getSize());
        return array.get(index);
    }

    @Override
    public void store(IntArray array, int index, int value) {
        int size = array.getSize();
        thread.write(array, index, size, index >= 0 && index < size && array.get(index) == value);
        array.set(index, value);
    }

    @Override
    public float atomicAdd(FloatArray array, int index, float value) {
        thread.atomic(array, index, array.getSize());
        float before = array.get(index);
        array.set(index, before + value);
        return before;
    }

    @Override
    public int atomicAdd(IntArray array, int index, int value) {
        thread.atomic(array, index, array.getSize());
        int before = array.get(index);
        array.set(index, before + value);
        return before;
    }

    @Override
    public long address(TornadoNativeArray array) {
        return ArrayAddresses.of(array);
    }

    @Override
    public FloatArray floats(long address) {
        if (ArrayAddresses.array(address) instanceof FloatArray array) {
            return array;
        }
        throw thread.fault("access by an address that no array has" + SourceLines.here(), null);
    }

    @Override
    public HalfFloatArray halves(long address) {
        if (ArrayAddresses.array(address) instanceof HalfFloatArray array) {
            return array;
        }
        throw thread.fault("access by an address that no array of halves has" + SourceLines.here(), null);
    }

    // --- asynchronous copies -----------------------------------------------------------------------------------------------------

    @Override
    public void copyAsync(int to, TornadoNativeArray from, int index, int bytes, int valid) {
        copies.start(to, from, index, bytes, valid);
    }

    @Override
    public void commitCopies() {
        copies.commit();
    }

    @Override
    public void awaitCopies(int groups) {
        copies.await(groups);
    }

    // --- warps -------------------------------------------------------------------------------------------------------------------

    @Override
    public void warpBarrier() {
        together("warp barrier");
    }

    @Override
    public int shuffleXor(int word, int mask) {
        return exchange("shuffleXor", word, thread.lane() ^ mask & (Warp.SIZE - 1));
    }

    @Override
    public int shuffle(int word, int lane) {
        return exchange("shuffle", word, lane & (Warp.SIZE - 1));
    }

    private int exchange(String operation, int word, int from) {
        warp.requireFull(thread, operation);
        return warp.collective(thread, operation, new Word(word, from), lanes -> lanes.stream().map(lane -> lanes.get(lane.from).word).toList());
    }

    @Override
    public void loadMatrices(int[] to, int at, int address, boolean transposed) {
        warp.requireFull(thread, "ldmatrix");
        products.wrote(to);
        warp.later(thread, "ldmatrix", new MatrixRows.Lane(thread, address, to, at), true, lanes -> MatrixRows.load(block.shared(), lanes, transposed));
    }

    @Override
    public void storeMatrices(int address, int[] words, boolean transposed) {
        warp.requireFull(thread, "stmatrix");
        warp.later(thread, "stmatrix", new MatrixRows.Lane(thread, address, words, 0), true, lanes -> MatrixRows.store(block.shared(), lanes, transposed));
    }

    @Override
    public void mma(Operands operands, int depth, float[] c, int cAt, int[] a, int aAt, int[] b, int bAt) {
        warp.requireFull(thread, "mma");
        // It orders no accesses to memory: the compiler may move it.
        warp.later(thread, "mma", new Products.Lane(operands, depth, c, cAt, a, aAt, b, bAt), false, Products::multiply);
    }

    // --- mbarriers, and copies by tensor maps --------------------------------------------------------------------------------------

    @Override
    public void initBarrier(int barrier, int arrivals) {
        block.mbarriers().init(thread, barrier, arrivals);
    }

    @Override
    public void fenceBarrierInit() {
        block.mbarriers().fenceInit(thread);
    }

    @Override
    public void arrive(int barrier) {
        block.mbarriers().arrive(thread, barrier, 0);
    }

    @Override
    public void arriveExpecting(int barrier, int bytes) {
        block.mbarriers().arrive(thread, barrier, bytes);
    }

    @Override
    public void awaitPhase(int barrier, int parity) {
        block.mbarriers().await(thread, barrier, parity);
    }

    @Override
    public long tensorMap(int number, TornadoNativeArray array) {
        return boxes.map(number, array);
    }

    @Override
    public void copyBox(int to, long map, int barrier, int... coordinates) {
        boxes.load(to, map, barrier, coordinates);
    }

    @Override
    public void storeBox(TornadoNativeArray array, long map, int from, int... coordinates) {
        boxes.store(array, map, from, coordinates);
    }

    @Override
    public void commitBoxes() {
        boxes.commit();
    }

    @Override
    public void awaitBoxesRead(int groups) {
        boxes.awaitRead(groups);
    }

    @Override
    public void fenceAsync() {
        thread.clock().fence();
    }

    // --- warpgroups --------------------------------------------------------------------------------------------------------------

    /** All lanes reach the operation. */
    private void together(String operation) {
        warp.requireFull(thread, operation);
        List<Boolean> done = Collections.nCopies(Warp.SIZE, true);
        warp.collective(thread, operation, true, lanes -> done);
    }

    @Override
    public void wgmmaFence() {
        together("wgmma.fence");
        products.fence();
    }

    @Override
    public void wgmmaCommit() {
        together("wgmma.commit_group");
        products.commit();
    }

    @Override
    public void wgmmaAwait(int groups) {
        together("wgmma.wait_group");
        products.await(groups);
    }

    @Override
    public void wgmma(float[] sums, int n, long a, long b, boolean accumulate, boolean transposeA, boolean transposeB) {
        Warpgroup.of(thread, "wgmma").multiply(thread,
                new Warpgroup.Lane(products, sums, n, a, IN_SHARED_MEMORY, 0, b, accumulate, transposeA, transposeB));
    }

    @Override
    public void wgmma(float[] sums, int n, int[] a, int aAt, long b, boolean accumulate, boolean transposeB) {
        Warpgroup.of(thread, "wgmma").multiply(thread, new Warpgroup.Lane(products, sums, n, 0, a, aAt, b, accumulate, false, transposeB));
    }

    @Override
    public void setRegisters(int registers, boolean more) {
        Warpgroup.of(thread, "setmaxnreg").setRegisters(thread, registers, more);
    }
}
