// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.lang.foreign.MemorySegment;
import java.util.SequencedMap;

/** Named tensors that lie in one file or several and are read one at a time, whatever the format; may be used from any thread until {@link #close()}. */
public interface WeightFile extends AutoCloseable {

    /** The file's name as it appears in messages. */
    String file();

    /** Every tensor by name. */
    SequencedMap<String, TensorInfo> tensors();

    /**
     * Copies a tensor of any float type into {@code target} as native floats, row by row, with no copy in between.
     * {@code target} may be larger; it must hold 4 bytes for each element.
     */
    void readFloats(String name, MemorySegment target);

    /** The description of one tensor; a {@link UserException} when there is none of that name. */
    default TensorInfo info(String name) {
        TensorInfo info = tensors().get(name);
        if (info == null) {
            throw new UserException("'" + file() + "' has no tensor '" + Brief.of(name) + "'; use a file that was saved for this model.");
        }
        return info;
    }

    /** The elements of an F32, F16, BF16 or F64 tensor, row by row, each rounded to a float. */
    default float[] floats(String name) {
        TensorInfo info = info(name);
        // No array of the JVM is longer; opening has shown that the file really has so many elements.
        if (info.elements() > Integer.MAX_VALUE - 8) {
            throw new UserException("'" + file() + "' has a tensor '" + Brief.of(name) + "' of " + info.elements()
                    + " elements, too many for one array; use a smaller model.");
        }
        float[] values = new float[info.type().isFloat() ? (int) info.elements() : 0];
        readFloats(name, MemorySegment.ofArray(values));
        return values;
    }

    /** Unmaps what is open. */
    @Override
    void close();
}
