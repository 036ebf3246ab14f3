// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
    private static final long BYTES = (1 << 20) + 16;

    @Test
    void holdsZerosAlsoWhereOtherMemoryWasBefore() {
        for (int i = 0; i < 20; i++) {
            MemorySegment memory = HostMemory.zeroed(BYTES);
            assertEquals(BYTES, memory.byteSize());
            assertEquals(0, memory.address() % 16, "HalfFloatArray and FloatArray have aligned headers");
            assertEquals(-1, memory.mismatch(MemorySegment.ofArray(new byte[(int) BYTES])));
            memory.fill((byte) 7);
            assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, BYTES - 1));
        }
    }

    @Test
    void hasABoundAndItsOwnPlace() {
        MemorySegment one = HostMemory.zeroed(BYTES);
        MemorySegment other = HostMemory.zeroed(BYTES);
        assertTrue(one.asOverlappingSlice(other).isEmpty());
        assertThrows(IndexOutOfBoundsException.class, () -> one.get(ValueLayout.JAVA_BYTE, BYTES));
    }

    @Test
    void moreThanThereIsIsAnOutOfMemoryError() {
        assertThrows(OutOfMemoryError.class, () -> HostMemory.zeroed(1L << 56));
    }

    @Test
    void arraysAreOfZerosOnlyDuringTheirUploads() {
        ZeroArrays zeros = new ZeroArrays();
        MemorySegment array = HostMemory.zeroed(BYTES);
        zeros.during(List.of(array), () -> {
            assertTrue(zeros.has(array.address()));
            assertFalse(zeros.has(array.address() + 16));
        });
        assertFalse(zeros.has(array.address()));
        assertThrows(IllegalStateException.class, () -> zeros.during(List.of(array), () -> {
            throw new IllegalStateException();
        }));
        assertFalse(zeros.has(array.address()));
    }
}
