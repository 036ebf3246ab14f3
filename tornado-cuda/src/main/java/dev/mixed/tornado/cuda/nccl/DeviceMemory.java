// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

/**
 * Elements in a GPU's memory.
 *
 * @param address of the first one
 * @param count   their number
 */
public record DeviceMemory(long address, long count, ElementType type) {
    long bytes() {
        return count * type.bytes;
    }
}
