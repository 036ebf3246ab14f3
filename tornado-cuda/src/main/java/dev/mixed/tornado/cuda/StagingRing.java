// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Host memory that the GPU reads by itself, in which what is to be copied waits for its turn on a stream: whoever wrote it may write anew at once, and the
 * driver need not wait for the stream as it does for other memory.
 */
final class StagingRing {
    /** Room for the batches of some hundred steps. */
    static final long BYTES = 8L << 20;
    private static final int ALIGNMENT = 256;

    private final MemorySegment memory;
    private final Runnable await;
    private long next;

    /**
     * @param memory page-locked
     * @param await  waits until the GPU has read all that was put here
     */
    StagingRing(MemorySegment memory, Runnable await) {
        this.memory = memory;
        this.await = await;
    }

    /** Whether so many bytes fit. */
    static boolean takes(long bytes) {
        return bytes <= BYTES;
    }

    /** Keeps a copy of the bytes until {@code await}; waits itself where the end is reached. The copy's address. */
    long put(MemorySegment bytes) {
        if (next + bytes.byteSize() > memory.byteSize()) {
            await.run();
            next = 0;
        }
        MemorySegment place = memory.asSlice(next, bytes.byteSize());
        place.copyFrom(bytes);
        next += Math.ceilDiv(bytes.byteSize(), ALIGNMENT) * ALIGNMENT;
        return place.address();
    }
}
