// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Arithmetic with a broadcast operand on the Vector API, with the signatures of {@code dev.mixed.engine.ops.pointwise.Broadcast}. */
public final class BroadcastVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    /** Halves converted at a time, so that they stay in the first-level cache. */
    private static final int CHUNK = 2048;
    /** Rows shorter than this are not worth a conversion of their own. */
    private static final int FEW = 32;
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

    /** y[i] = x[i] + b[i % n] for halves x and y. */
    public static void addRowsHalf(HalfFloatArray x, FloatArray b, HalfFloatArray y, int n, int from, int count) {
        if (n < FEW) {
            BroadcastHalf.addRows(x, b, y, n, from, count);
        } else {
            combineHalf(x.getSegment(), b.getSegment(), false, y.getSegment(), false, n, from, count);
        }
    }

    /** y[i] += b[i % n] for halves y and b. */
    public static void addRowsIntoHalf(HalfFloatArray y, HalfFloatArray b, int n, int from, int count) {
        if (n < FEW) {
            BroadcastHalf.addRowsInto(y, b, n, from, count);
        } else {
            combineHalf(y.getSegment(), b.getSegment(), true, y.getSegment(), false, n, from, count);
        }
    }

    /** y[i] += b[i % n] for halves y. */
    public static void addFloatRowsIntoHalf(HalfFloatArray y, FloatArray b, int n, int from, int count) {
        if (n < FEW) {
            Broadcast.addFloatRowsIntoHalf(y, b, n, from, count);
        } else {
            combineHalf(y.getSegment(), b.getSegment(), false, y.getSegment(), false, n, from, count);
        }
    }

    /** y[i] = x[i] * b[i % n] for halves x and y. */
    public static void mulRowsHalf(HalfFloatArray x, FloatArray b, HalfFloatArray y, int n, int from, int count) {
        if (n < FEW) {
            BroadcastHalf.mulRows(x, b, y, n, from, count);
        } else {
            combineHalf(x.getSegment(), b.getSegment(), false, y.getSegment(), true, n, from, count);
        }
    }

    /** Row by row, halves being converted in runs; what stands behind a run in the work space is computed too and goes nowhere. */
    private static void combineHalf(MemorySegment x, MemorySegment b, boolean halfB, MemorySegment y, boolean multiply, int n, int from, int count) {
        float[] row = Scratch.get().floats(0, n + LANES);
        float[] values = Scratch.get().floats(1, CHUNK + LANES);
        Rows.load(b, halfB, 0, row, 0, n);
        int run;
        for (int e = from; e < from + count; e += run) {
            int column = e % n;
            run = Math.min(Math.min(n - column, CHUNK), from + count - e);
            Rows.load(x, true, e, values, 0, run);
            if (multiply) {
                for (int j = 0; j < run; j += LANES) {
                    FloatVector.fromArray(SPECIES, values, j).mul(FloatVector.fromArray(SPECIES, row, column + j)).intoArray(values, j);
                }
            } else {
                for (int j = 0; j < run; j += LANES) {
                    FloatVector.fromArray(SPECIES, values, j).add(FloatVector.fromArray(SPECIES, row, column + j)).intoArray(values, j);
                }
            }
            Rows.store(values, 0, y, true, e, run);
        }
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
