package dev.mixed.engine.ops.optimizer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Loss scaling kernels on the Vector API, with the signatures of {@code dev.mixed.engine.ops.optimizer.LossScaling}. */
public final class LossScalingVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int CHUNK = 4096;

    private LossScalingVector() {
    }

    /** See {@code LossScaling.unscaleChunks}. */
    public static void unscaleChunks(FloatArray g, FloatArray factor, FloatArray flags, float limit, int n, int offset, int from, int count) {
        MemorySegment data = g.getSegment();
        float f = factor.get(0);
        for (int chunk = from; chunk < from + count; chunk++) {
            int first = chunk * CHUNK;
            flags.set(offset + chunk, unscale(data, f, limit, first, Math.min(n - first, CHUNK)) ? 0f : 1f);
        }
    }

    /** Whether all elements were within the limit, which no comparison with NaN says. */
    private static boolean unscale(MemorySegment data, float f, float limit, long first, int size) {
        VectorMask<Float> within = SPECIES.maskAll(true);
        int whole = size / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            long at = (first + i) * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, at, ORDER);
            within = within.and(v.abs().compare(VectorOperators.LE, limit));
            v.mul(f).intoMemorySegment(data, at, ORDER);
        }
        if (whole < size) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, size);
            long at = (first + whole) * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, at, ORDER, inside);
            // Lanes outside hold 0.
            within = within.and(v.abs().compare(VectorOperators.LE, limit));
            v.mul(f).intoMemorySegment(data, at, ORDER, inside);
        }
        return within.allTrue();
    }
}
