// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** No file but the one that was written, for the key that is asked, is a kernel. */
class KernelFileTest {
    private static final StoredKernel KERNEL = Samples.kernel(7);

    @Test
    void whatWasWrittenIsRead() {
        StoredKernel read = KernelFile.decode("key", KernelFile.encode("key", KERNEL)).orElseThrow();
        assertEquals(KERNEL.entry(), read.entry());
        assertEquals(List.of(1, 3, 0), read.access());
        assertEquals(List.of(512, 7), read.domain());
        assertArrayEquals(KERNEL.binary(), read.binary());
    }

    @Test
    void eachFlippedBitIsFound() {
        byte[] file = KernelFile.encode("key", KERNEL);
        for (int bit = 0; bit < file.length * 8; bit++) {
            byte[] flipped = file.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertEquals(Optional.empty(), KernelFile.decode("key", flipped), "bit " + bit);
        }
    }

    @Test
    void eachTruncationIsFound() {
        byte[] file = KernelFile.encode("key", KERNEL);
        for (int length = 0; length < file.length; length++) {
            assertEquals(Optional.empty(), KernelFile.decode("key", Arrays.copyOf(file, length)), length + " bytes");
        }
        assertEquals(Optional.empty(), KernelFile.decode("key", Arrays.copyOf(file, file.length + 1)), "a byte more");
    }

    /** Another driver, GPU, setting or class file is another key. */
    @Test
    void aKernelOfAnotherKeyIsNone() {
        assertEquals(Optional.empty(), KernelFile.decode("driver 581\nkernel", KernelFile.encode("driver 580\nkernel", KERNEL)));
    }
}
