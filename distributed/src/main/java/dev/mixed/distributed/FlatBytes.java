// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/** Several pieces of memory as if they lay one after the other. */
final class FlatBytes {
    private final List<MemorySegment> pieces;
    /** Where each piece starts, and the last one ends. */
    private final long[] starts;

    FlatBytes(List<MemorySegment> pieces) {
        this.pieces = pieces;
        this.starts = new long[pieces.size() + 1];
        for (int i = 0; i < pieces.size(); i++) {
            starts[i + 1] = starts[i] + pieces.get(i).byteSize();
        }
    }

    /** Number of bytes. */
    long size() {
        return starts[pieces.size()];
    }

    /** Copies bytes from {@code at} on into what remains of a buffer. */
    void read(long at, ByteBuffer to) {
        MemorySegment target = MemorySegment.ofBuffer(to);
        walk(at, to.remaining(), (piece, offset, done, count) -> MemorySegment.copy(piece, offset, target, done, count));
        to.position(to.limit());
    }

    /** Replaces bytes from {@code at} on by what remains of a buffer. */
    void write(long at, ByteBuffer from) {
        MemorySegment source = MemorySegment.ofBuffer(from);
        walk(at, from.remaining(), (piece, offset, done, count) -> MemorySegment.copy(source, done, piece, offset, count));
        from.position(from.limit());
    }

    @FunctionalInterface
    private interface Part {
        /**
         * @param offset in the piece
         * @param done   bytes before it
         */
        void copy(MemorySegment piece, long offset, long done, long count);
    }

    private void walk(long at, int count, Part part) {
        int piece = piece(at);
        long done = 0;
        while (done < count) {
            long offset = at + done - starts[piece];
            long some = Math.min(count - done, starts[piece + 1] - starts[piece] - offset);
            part.copy(pieces.get(piece), offset, done, some);
            done += some;
            piece++;
        }
    }

    private int piece(long at) {
        int low = 0;
        int high = pieces.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (starts[middle] <= at) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
