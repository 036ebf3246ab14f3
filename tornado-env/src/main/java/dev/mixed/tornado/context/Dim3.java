// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.context;

/** A number for each of the three axes of a grid: a size, or an index. */
public record Dim3(int x, int y, int z) {
    public static final Dim3 ZERO = new Dim3(0, 0, 0);

    /** How many indices a size has. */
    public int count() {
        return x * y * z;
    }

    /** Index number {@code i} within this size, x fastest. */
    public Dim3 index(int i) {
        return new Dim3(i % x, i / x % y, i / (x * y));
    }

    @Override
    public String toString() {
        return "(" + x + ", " + y + ", " + z + ")";
    }
}
