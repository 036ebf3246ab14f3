package dev.mixed.engine.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Loss scaling kernels on the Vector API, with the signatures of {@code dev.mixed.engine.kernels.LossScaling}. */
public final class LossScalingVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int CHUNK = 4096;

    private LossScalingVector() {
    }

    /** See {@code LossScaling.unscaleChunks}: x - x is 0 for finite x and NaN for others, so one sum of such differences finds any of them. */
    public static void unscaleChunks(FloatArray g, FloatArray factor, FloatArray flags, int n, int offset, int from, int count) {
        MemorySegment data = g.getSegment();
        float f = factor.get(0);
        for (int chunk = from; chunk < from + count; chunk++) {
            int first = chunk * CHUNK;
            flags.set(offset + chunk, unscale(data, f, first, Math.min(n - first, CHUNK)) == 0f ? 0f : 1f);
        }
    }

    private static float unscale(MemorySegment data, float f, long first, int size) {
        FloatVector differences = FloatVector.zero(SPECIES);
        int whole = size / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            long at = (first + i) * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, at, ORDER);
            differences = differences.add(v.sub(v));
            v.mul(f).intoMemorySegment(data, at, ORDER);
        }
        if (whole < size) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, size);
            long at = (first + whole) * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, at, ORDER, inside);
            differences = differences.add(v.sub(v));
            v.mul(f).intoMemorySegment(data, at, ORDER, inside);
        }
        return differences.reduceLanes(VectorOperators.ADD);
    }
}
