// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Sums over rows on the Vector API, with the signatures of {@code dev.mixed.engine.ops.reduce.SumRows}.
 *
 * <p>They walk along rows, as the matrix lies in memory, and add in the same order as the plain loops.
 */
public final class SumRowsVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private SumRowsVector() {
    }

    /** dst[j] (+)= sum over r of dy[r * n + j]. */
    public static void sumRows(FloatArray dy, FloatArray dst, int rows, int n, int accumulate, int from, int count) {
        MemorySegment in = dy.getSegment();
        int width = Math.ceilDiv(count, LANES) * LANES;
        float[] total = Scratch.get().floats(0, width);
        float[] part = Scratch.get().floats(1, width);
        Arrays.fill(total, 0, width, 0f);
        for (int start = 0; start < rows; start += SumRows.BLOCK) {
            int end = Math.min(start + SumRows.BLOCK, rows);
            Arrays.fill(part, 0, width, 0f);
            for (int r = start; r < end; r++) {
                addRow(in, (long) r * n + from, count, part);
            }
            add(total, part, width);
        }
        store(total, dst, accumulate != 0, from, count);
    }

    /** The same of half rows. */
    public static void sumRowsHalf(HalfFloatArray dy, FloatArray dst, int rows, int n, int accumulate, int from, int count) {
        MemorySegment in = dy.getSegment();
        int width = Math.ceilDiv(count, LANES) * LANES;
        float[] total = Scratch.get().floats(0, width);
        float[] part = Scratch.get().floats(1, width);
        float[] row = Scratch.get().floats(2, width);
        Arrays.fill(total, 0, width, 0f);
        for (int start = 0; start < rows; start += SumRows.BLOCK) {
            int end = Math.min(start + SumRows.BLOCK, rows);
            Arrays.fill(part, 0, width, 0f);
            for (int r = start; r < end; r++) {
                Rows.load(in, true, (long) r * n + from, row, 0, count);
                add(part, row, width);
            }
            add(total, part, width);
        }
        store(total, dst, accumulate != 0, from, count);
    }

    private static void addRow(MemorySegment in, long element, int count, float[] part) {
        int whole = count / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, in, (element + j) * Float.BYTES, ORDER);
            FloatVector.fromArray(SPECIES, part, j).add(v).intoArray(part, j);
        }
        if (whole < count) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, count);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, in, (element + whole) * Float.BYTES, ORDER, inside);
            FloatVector.fromArray(SPECIES, part, whole).add(v).intoArray(part, whole);
        }
    }

    /** total += part, of whole vectors. */
    public static void add(float[] total, float[] part, int width) {
        for (int j = 0; j < width; j += LANES) {
            FloatVector.fromArray(SPECIES, total, j).add(FloatVector.fromArray(SPECIES, part, j)).intoArray(total, j);
        }
    }

    /** dst[from ..] = total, or dst[from ..] += total, which total then holds. */
    public static void store(float[] total, FloatArray dst, boolean accumulate, int from, int count) {
        if (accumulate) {
            for (int j = 0; j < count; j++) {
                total[j] = dst.get(from + j) + total[j];
            }
        }
        MemorySegment.copy(total, 0, dst.getSegment(), ValueLayout.JAVA_FLOAT, (long) from * Float.BYTES, count);
    }
}
