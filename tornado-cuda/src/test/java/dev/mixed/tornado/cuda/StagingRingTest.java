// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StagingRingTest {
    /** What was put since the last wait, by address: a GPU may still be to read it. */
    private final Map<Long, byte[]> unread = new HashMap<>();
    private int waits;

    @Test
    void keepsWhatIsNotReadYet() {
        MemorySegment memory = Arena.ofAuto().allocate(4096, 256);
        StagingRing ring = new StagingRing(memory, () -> {
            waits++;
            unread.clear();
        });
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] bytes = new byte[1 + random.nextInt(i % 50 == 0 ? 4096 : 900)];
            random.nextBytes(bytes);
            MemorySegment array = MemorySegment.ofArray(bytes.clone());
            unread.put(ring.put(array), bytes);
            array.fill((byte) 0);
            unread.forEach((address, expected) -> assertEquals(-1,
                    memory.asSlice(address - memory.address(), expected.length).mismatch(MemorySegment.ofArray(expected))));
        }
        assertTrue(waits > 50, "the ring came round");
        assertTrue(waits < 400, "it does not wait each time");
    }

    @Test
    void beginsAtLinesOfMemory() {
        MemorySegment memory = Arena.ofAuto().allocate(4096, 256);
        StagingRing ring = new StagingRing(memory, () -> waits++);
        MemorySegment one = MemorySegment.ofArray(new int[] {7});
        assertEquals(memory.address(), ring.put(one));
        assertEquals(memory.address() + 256, ring.put(one));
        assertEquals(7, memory.get(ValueLayout.JAVA_INT, 256));
        assertEquals(0, waits);
    }

    @Test
    void takesWhatFits() {
        assertTrue(StagingRing.takes(StagingRing.BYTES));
        assertFalse(StagingRing.takes(StagingRing.BYTES + 1));
    }
}
