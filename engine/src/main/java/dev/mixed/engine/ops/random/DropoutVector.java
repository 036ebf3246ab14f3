// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Dropout kernels on the Vector API, with the signatures of {@code dev.mixed.engine.ops.random.Dropout}: four elements from each Philox block. */
public final class DropoutVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int CHUNK = 2048;

    private DropoutVector() {
    }

    public static void dropout(FloatArray x, IntArray snapshot, FloatArray y, int threshold, float scale, int from, int count) {
        apply(x.getSegment(), snapshot, y.getSegment(), false, threshold, scale, from, count);
    }

    public static void dropoutHalf(HalfFloatArray x, IntArray snapshot, HalfFloatArray y, int threshold, float scale, int from, int count) {
        apply(x.getSegment(), snapshot, y.getSegment(), true, threshold, scale, from, count);
    }

    private static void apply(MemorySegment x, IntArray snapshot, MemorySegment y, boolean half, int threshold, float scale, int from, int count) {
        int seedLo = snapshot.get(0);
        int seedHi = snapshot.get(1);
        int counterLo = snapshot.get(2);
        int counterHi = snapshot.get(3);
        float[] values = Scratch.get().floats(0, CHUNK);
        float[] factors = Scratch.get().floats(1, PhiloxVector.room(CHUNK) + LANES);
        for (int done = 0; done < count; done += CHUNK) {
            int n = Math.min(CHUNK, count - done);
            int first = PhiloxVector.factors(seedLo, seedHi, counterLo, counterHi, from + done, n, threshold, scale, factors);
            Rows.load(x, half, (long) from + done, values, 0, n);
            for (int i = 0; i < n; i += LANES) {
                FloatVector.fromArray(SPECIES, values, i).mul(FloatVector.fromArray(SPECIES, factors, first + i)).intoArray(values, i);
            }
            Rows.store(values, 0, y, half, (long) from + done, n);
        }
    }
}
