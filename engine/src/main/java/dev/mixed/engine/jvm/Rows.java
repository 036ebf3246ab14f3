// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies runs of elements between F32 or F16 arrays and {@code float[]}, converting where the array holds halves. */
public final class Rows {
    /** Elements converted at a time: the staging buffer then stays in the first-level cache. */
    private static final int CHUNK = 2048;

    private Rows() {
    }

    /** to[at..] = source[element .. element + count). */
    public static void load(MemorySegment source, boolean half, long element, float[] to, int at, int count) {
        if (!half) {
            MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, element * Float.BYTES, to, at, count);
            return;
        }
        short[] stage = Scratch.get().halves(CHUNK);
        for (int done = 0; done < count; done += CHUNK) {
            int part = Math.min(CHUNK, count - done);
            MemorySegment.copy(source, ValueLayout.JAVA_SHORT, (element + done) * Short.BYTES, stage, 0, part);
            for (int i = 0; i < part; i++) {
                to[at + done + i] = Float.float16ToFloat(stage[i]);
            }
        }
    }

    /** target[element .. element + count) = from[at..]; halves are rounded to nearest even. */
    public static void store(float[] from, int at, MemorySegment target, boolean half, long element, int count) {
        if (!half) {
            MemorySegment.copy(from, at, target, ValueLayout.JAVA_FLOAT, element * Float.BYTES, count);
            return;
        }
        short[] stage = Scratch.get().halves(CHUNK);
        for (int done = 0; done < count; done += CHUNK) {
            int part = Math.min(CHUNK, count - done);
            for (int i = 0; i < part; i++) {
                stage[i] = Float.floatToFloat16(from[at + done + i]);
            }
            MemorySegment.copy(stage, 0, target, ValueLayout.JAVA_SHORT, (element + done) * Short.BYTES, part);
        }
    }
}
