// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

/** What the elements of a device array are. */
public enum ElementType {
    INT(2, 4), HALF(6, 2), FLOAT(7, 4);

    /** The number of ncclDataType_t. */
    final int number;
    final int bytes;

    ElementType(int number, int bytes) {
        this.number = number;
        this.bytes = bytes;
    }
}
