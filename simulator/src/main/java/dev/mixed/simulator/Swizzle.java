// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

/** How rows of 128 bytes lie in shared memory, so that reads of a column meet all banks. */
final class Swizzle {
    private Swizzle() {
    }

    /** Where the byte at an address lies: its 16-byte chunk c, in the r-th of 8 rows of 128 bytes, is at chunk c ^ r. */
    static int of(int address) {
        return address ^ (address >> 7 & 7) << 4;
    }
}
