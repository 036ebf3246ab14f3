// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.engine.Tensor;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.weights.TensorSource;
import dev.mixed.weights.WeightFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps NaN and infinities out of models: neither are they loaded, nor saved. */
final class FiniteWeights {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt FLOAT_BITS = ValueLayout.JAVA_INT_UNALIGNED;
    /** All bits of the exponent: set in infinities and NaN alone. */
    private static final int NOT_FINITE = 0x7f800000;
    private static final int BLOCK = 1 << 14;

    private FiniteWeights() {
    }

    /** {@link WeightFile#readFloats}, with a {@link UserException} where an element is no number, or none that a float holds. */
    static void read(WeightFile file, String name, MemorySegment target) {
        file.readFloats(name, target);
        long n = file.info(name).elements();
        if (!isFinite(target, n)) {
            long at = first(target, n);
            throw new UserException("'" + file.file() + "' has a tensor '" + Brief.of(name) + "' whose element " + at + " is "
                    + target.getAtIndex(FLOAT, at) + " as a float: whatever the model says would mean nothing; use another file or an earlier checkpoint.");
        }
    }

    /** Sources of a model's parameters, with a {@link UserException} in place of one that is no number when its turn to be written comes. */
    static List<TensorSource> sources(Map<String, Tensor> parameters) {
        return TensorSources.of(parameters).stream().map(FiniteWeights::checked).toList();
    }

    private static TensorSource checked(TensorSource source) {
        return new TensorSource(source.name(), source.type(), source.shape(), () -> {
            MemorySegment data = source.data().get();
            problem(source.name(), data).ifPresent(problem -> {
                throw problem;
            });
            return data;
        });
    }

    /** Why a model is not saved whose parameter {@code name} has these floats; empty where all are numbers. */
    static Optional<UserException> problem(String name, MemorySegment data) {
        long n = data.byteSize() / Float.BYTES;
        return isFinite(data, n) ? Optional.empty()
                : Optional.of(new UserException("The model is not saved, for its parameter '" + Brief.of(name) + "' has become "
                        + data.getAtIndex(FLOAT, first(data, n)) + "; train it anew with a lower learning rate."));
    }

    /** Goes over a model's hundreds of megabytes while a GPU may wait: in blocks, whose loop becomes vector instructions. */
    private static boolean isFinite(MemorySegment values, long n) {
        int[] bits = new int[(int) Math.min(BLOCK, n)];
        for (long from = 0; from < n; from += BLOCK) {
            int count = (int) Math.min(BLOCK, n - from);
            MemorySegment.copy(values, FLOAT_BITS, from * Float.BYTES, bits, 0, count);
            if (!isFinite(bits, count)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFinite(int[] bits, int count) {
        int least = NOT_FINITE;
        for (int i = 0; i < count; i++) {
            least = Math.min(least, ~bits[i] & NOT_FINITE);
        }
        return least != 0;
    }

    private static long first(MemorySegment values, long n) {
        for (long i = 0; i < n; i++) {
            if (!Float.isFinite(values.getAtIndex(FLOAT, i))) {
                return i;
            }
        }
        throw new IllegalArgumentException("every value is finite");
    }
}
