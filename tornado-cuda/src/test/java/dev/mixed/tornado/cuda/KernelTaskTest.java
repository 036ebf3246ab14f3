// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Two tasks share code exactly if their signatures are equal. */
class KernelTaskTest {
    private static String signature(Object... arguments) {
        return new KernelTask("code", List.of(arguments), null).signature();
    }

    @Test
    void arraysOfOneTypeAndSizeShareCode() {
        assertEquals(signature(new FloatArray(1), 3), signature(new FloatArray(1), 3));
        assertNotEquals(signature(new FloatArray(1)), signature(new HalfFloatArray(1)));
        assertNotEquals(signature(new FloatArray(1)), signature(new FloatArray(2)));
    }

    @Test
    void numbersCountBitByBit() {
        assertNotEquals(signature(0f), signature(-0f));
        assertNotEquals(signature(1f), signature(Math.nextUp(1f)));
        assertNotEquals(signature(1f), signature(1));
        assertNotEquals(signature(1), signature(1L));
        assertNotEquals(signature(0d), signature(-0d));
        assertNotEquals(signature(1, 23), signature(12, 3));
        assertNotEquals(signature(true), signature(false));
    }

    @Test
    void onlyASingleThreadHasCodeOfItsOwn() {
        List<Object> arguments = List.of(new KernelContext());
        WorkerGrid3D small = new WorkerGrid3D(128, 1, 1);
        small.setLocalWork(128, 1, 1);
        WorkerGrid3D large = new WorkerGrid3D(4096, 3, 1);
        large.setLocalWork(256, 1, 1);
        WorkerGrid3D one = new WorkerGrid3D(1, 1, 1);
        one.setLocalWork(1, 1, 1);
        assertEquals(new KernelTask("code", arguments, small).signature(), new KernelTask("code", arguments, large).signature());
        assertNotEquals(new KernelTask("code", arguments, small).signature(), new KernelTask("code", arguments, one).signature());
    }

    @Test
    void whatNoKernelTakesIsRefused() {
        assertEquals("a kernel takes no java.lang.String", assertThrows(IllegalArgumentException.class, () -> signature("text")).getMessage());
    }
}
