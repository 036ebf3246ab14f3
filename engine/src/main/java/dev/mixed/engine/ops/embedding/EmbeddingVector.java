// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.embedding;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Table look-ups row by row, with the signatures of {@link Embedding}. */
public final class EmbeddingVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private EmbeddingVector() {
    }

    /** y[t] = weight[ids[t]], zeros for an id outside the table. */
    public static void gather(FloatArray weight, IntArray ids, FloatArray y, int vocabulary, int hidden, int from, int count) {
        MemorySegment table = weight.getSegment();
        MemorySegment out = y.getSegment();
        long bytes = (long) hidden * Float.BYTES;
        for (int t = from; t < from + count; t++) {
            int id = ids.get(t);
            if (id >= 0 && id < vocabulary) {
                MemorySegment.copy(table, id * bytes, out, t * bytes, bytes);
            } else {
                out.asSlice(t * bytes, bytes).fill((byte) 0);
            }
        }
    }

    /** The same, each row rounded to half. */
    public static void gatherHalf(FloatArray weight, IntArray ids, HalfFloatArray y, int vocabulary, int hidden, int from, int count) {
        MemorySegment table = weight.getSegment();
        MemorySegment out = y.getSegment();
        float[] row = Scratch.get().floats(0, hidden);
        for (int t = from; t < from + count; t++) {
            int id = ids.get(t);
            if (id >= 0 && id < vocabulary) {
                Rows.load(table, false, (long) id * hidden, row, 0, hidden);
                Rows.store(row, 0, out, true, (long) t * hidden, hidden);
            } else {
                out.asSlice((long) t * hidden * Short.BYTES, (long) hidden * Short.BYTES).fill((byte) 0);
            }
        }
    }

    /** dWeight[ids[t]][j] += dy[t][j] for this slice's columns j, token after token. */
    public static void scatterAdd(FloatArray dWeight, IntArray ids, FloatArray dy, int tokens, int vocabulary, int hidden, int from, int count) {
        MemorySegment table = dWeight.getSegment();
        MemorySegment gradients = dy.getSegment();
        int whole = count / LANES * LANES;
        VectorMask<Float> inside = SPECIES.indexInRange(whole, count);
        for (int t = 0; t < tokens; t++) {
            int id = ids.get(t);
            if (id < 0 || id >= vocabulary) {
                continue;
            }
            long to = ((long) id * hidden + from) * Float.BYTES;
            long of = ((long) t * hidden + from) * Float.BYTES;
            for (int j = 0; j < whole; j += LANES) {
                long at = (long) j * Float.BYTES;
                FloatVector.fromMemorySegment(SPECIES, table, to + at, ORDER).add(FloatVector.fromMemorySegment(SPECIES, gradients, of + at, ORDER))
                        .intoMemorySegment(table, to + at, ORDER);
            }
            if (whole < count) {
                long at = (long) whole * Float.BYTES;
                FloatVector.fromMemorySegment(SPECIES, table, to + at, ORDER, inside)
                        .add(FloatVector.fromMemorySegment(SPECIES, gradients, of + at, ORDER, inside))
                        .intoMemorySegment(table, to + at, ORDER, inside);
            }
        }
    }

    /** The same with half gradients. */
    public static void scatterAddHalf(FloatArray dWeight, IntArray ids, HalfFloatArray dy, int tokens, int vocabulary, int hidden, int from, int count) {
        MemorySegment table = dWeight.getSegment();
        MemorySegment gradients = dy.getSegment();
        float[] sums = Scratch.get().floats(0, count);
        float[] row = Scratch.get().floats(1, count);
        for (int t = 0; t < tokens; t++) {
            int id = ids.get(t);
            if (id < 0 || id >= vocabulary) {
                continue;
            }
            long to = (long) id * hidden + from;
            Rows.load(table, false, to, sums, 0, count);
            Rows.load(gradients, true, (long) t * hidden + from, row, 0, count);
            for (int j = 0; j < count; j++) {
                sums[j] += row[j];
            }
            Rows.store(sums, 0, table, false, to, count);
        }
    }
}
