// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void sizesAndRows() {
        Shape shape = Shape.of(16, 64, 128);
        assertEquals(3, shape.rank());
        assertEquals(16 * 64 * 128, shape.elements());
        assertEquals(128, shape.last());
        assertEquals(16 * 64, shape.rows());
        assertEquals(64, shape.dim(1));
        assertEquals(128, shape.dim(-1));
        assertEquals(16, shape.dim(-3));
        assertEquals("[16, 64, 128]", shape.toString());
        assertEquals(Shape.of(16, 64, 2), shape.withLast(2));
    }

    @Test
    void scalar() {
        Shape scalar = Shape.of();
        assertEquals(0, scalar.rank());
        assertEquals(1, scalar.elements());
        assertEquals(1, scalar.last());
        assertEquals(1, scalar.rows());
        assertEquals("[]", scalar.toString());
    }

    @Test
    void equalityIsByDims() {
        assertEquals(Shape.of(2, 3), Shape.of(2, 3));
        assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
        assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
        assertNotEquals(Shape.of(6), Shape.of(2, 3));
    }

    @Test
    void laterChangesOfTheArrayDoNotReachTheShape() {
        int[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 7;
        shape.toArray()[1] = 9;
        assertArrayEquals(new int[] {2, 3}, shape.toArray());
    }

    @Test
    void refusesWhatNoArrayCanHold() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Shape.of(2, 0)).getMessage().contains("[2, 0]"));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(-1));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1 << 16, 1 << 16));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1 << 20, 1 << 20, 1 << 20, 1 << 20));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Shape.of(2, 3).dim(2)).getMessage().contains("[2, 3]"));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(2, 3).dim(-3));
    }
}
