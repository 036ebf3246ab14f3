// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Sums of halves on the Vector API, with the signatures of {@link Elementwise}; the compiler makes vectors of the plain loops over floats by itself. */
public final class ElementwiseVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    /** Halves converted at a time, so that they stay in the first-level cache. */
    private static final int CHUNK = 2048;

    private ElementwiseVector() {
    }

    /** y[i] = a[i] + b[i]. */
    public static void addHalf(HalfFloatArray a, HalfFloatArray b, HalfFloatArray y, int from, int count) {
        add(a.getSegment(), b.getSegment(), y.getSegment(), from, count);
    }

    /** y[i] += x[i]. */
    public static void addIntoHalf(HalfFloatArray y, HalfFloatArray x, int from, int count) {
        add(y.getSegment(), x.getSegment(), y.getSegment(), from, count);
    }

    private static void add(MemorySegment a, MemorySegment b, MemorySegment y, int from, int count) {
        float[] left = Scratch.get().floats(0, CHUNK);
        float[] right = Scratch.get().floats(1, CHUNK);
        for (int done = 0; done < count; done += CHUNK) {
            int n = Math.min(CHUNK, count - done);
            long first = (long) from + done;
            Rows.load(a, true, first, left, 0, n);
            Rows.load(b, true, first, right, 0, n);
            for (int i = 0; i < n; i += LANES) {
                FloatVector.fromArray(SPECIES, left, i).add(FloatVector.fromArray(SPECIES, right, i)).intoArray(left, i);
            }
            Rows.store(left, 0, y, true, first, n);
        }
    }
}
