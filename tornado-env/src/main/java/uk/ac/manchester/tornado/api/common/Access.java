// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.common;

/** What a task does with an argument. */
public enum Access {
    NONE((byte) 0), READ_ONLY((byte) 1), WRITE_ONLY((byte) 2), READ_WRITE((byte) 3);

    public final byte position;

    Access(byte position) {
        this.position = position;
    }

    /** All values, by position. */
    public static Access[] asArray() {
        return values();
    }
}
