// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Arithmetic with a broadcast operand on the Vector API, with the signatures of {@code dev.mixed.engine.ops.pointwise.Broadcast}. */
public final class BroadcastVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private BroadcastVector() {
    }

    /** y[i] = x[i] + b[i % n]. */
    public static void addRows(FloatArray x, FloatArray b, FloatArray y, int n, int from, int count) {
        combine(x.getSegment(), b.getSegment(), y.getSegment(), false, n, from, count);
    }

    /** y[i] += b[i % n]. */
    public static void addRowsInto(FloatArray y, FloatArray b, int n, int from, int count) {
        combine(y.getSegment(), b.getSegment(), y.getSegment(), false, n, from, count);
    }

    /** y[i] = x[i] * b[i % n]. */
    public static void mulRows(FloatArray x, FloatArray b, FloatArray y, int n, int from, int count) {
        combine(x.getSegment(), b.getSegment(), y.getSegment(), true, n, from, count);
    }

    /** Row by row; the first and the last row of a slice may be partial. */
    private static void combine(MemorySegment x, MemorySegment b, MemorySegment y, boolean multiply, int n, int from, int count) {
        int end = from + count;
        int e = from;
        while (e < end) {
            int column = e % n;
            int run = Math.min(n - column, end - e);
            if (multiply) {
                mulRun(x, b, y, e, column, run);
            } else {
                addRun(x, b, y, e, column, run);
            }
            e += run;
        }
    }

    private static void addRun(MemorySegment x, MemorySegment b, MemorySegment y, long e, long column, int run) {
        int whole = run / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            long at = (e + j) * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, x, at, ORDER).add(FloatVector.fromMemorySegment(SPECIES, b, (column + j) * Float.BYTES, ORDER))
                    .intoMemorySegment(y, at, ORDER);
        }
        if (whole < run) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, run);
            long at = (e + whole) * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, x, at, ORDER, inside)
                    .add(FloatVector.fromMemorySegment(SPECIES, b, (column + whole) * Float.BYTES, ORDER, inside))
                    .intoMemorySegment(y, at, ORDER, inside);
        }
    }

    private static void mulRun(MemorySegment x, MemorySegment b, MemorySegment y, long e, long column, int run) {
        int whole = run / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            long at = (e + j) * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, x, at, ORDER).mul(FloatVector.fromMemorySegment(SPECIES, b, (column + j) * Float.BYTES, ORDER))
                    .intoMemorySegment(y, at, ORDER);
        }
        if (whole < run) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, run);
            long at = (e + whole) * Float.BYTES;
            FloatVector.fromMemorySegment(SPECIES, x, at, ORDER, inside)
                    .mul(FloatVector.fromMemorySegment(SPECIES, b, (column + whole) * Float.BYTES, ORDER, inside))
                    .intoMemorySegment(y, at, ORDER, inside);
        }
    }
}
