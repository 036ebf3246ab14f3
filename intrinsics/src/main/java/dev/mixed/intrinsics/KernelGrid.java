// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import java.util.List;
import uk.ac.manchester.tornado.api.WorkerGrid3D;

/** The grid of a kernel on intrinsics, and what its launch brings besides: shared memory, tensor maps. */
public final class KernelGrid extends WorkerGrid3D {
    private final int sharedBytes;
    private final int blocksPerProcessor;
    private final List<TensorMap> maps;

    /**
     * @param blocksX            blocks along x
     * @param threads            threads of a block, along x
     * @param sharedBytes        bytes of {@link SharedMemory#dynamic}
     * @param blocksPerProcessor how many blocks a multiprocessor shall hold at least, which bounds registers; 1 leaves that to the compiler
     * @param maps               by the number that {@link TensorMaps#map} takes
     */
    public KernelGrid(int blocksX, int blocksY, int blocksZ, int threads, int sharedBytes, int blocksPerProcessor, List<TensorMap> maps) {
        super(Math.multiplyExact(blocksX, threads), blocksY, blocksZ);
        setLocalWork(threads, 1, 1);
        this.sharedBytes = sharedBytes;
        this.blocksPerProcessor = blocksPerProcessor;
        this.maps = List.copyOf(maps);
    }

    /** Bytes of {@link SharedMemory#dynamic}. */
    public int sharedBytes() {
        return sharedBytes;
    }

    /** How many blocks a multiprocessor shall hold at least. */
    public int blocksPerProcessor() {
        return blocksPerProcessor;
    }

    /** The tensor maps by number. */
    public List<TensorMap> maps() {
        return maps;
    }

    /** Threads of a block. */
    public int threads() {
        return Math.toIntExact(getLocalWork()[0]);
    }
}
