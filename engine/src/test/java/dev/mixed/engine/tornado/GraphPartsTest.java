// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class GraphPartsTest {
    /** An object whose hash code is given. */
    private record Hashed(String name, int hash) {
        @Override
        public int hashCode() {
            return hash;
        }
    }

    @Test
    void noObjectsAreNoParts() {
        assertEquals(List.of(), GraphParts.of(List.of(), 3));
    }

    @Test
    void noPartIsLargerThanAllowed() {
        assertEquals(List.of(List.of(1, 2, 3), List.of(4, 5, 6), List.of(7)), GraphParts.of(List.of(1, 2, 3, 4, 5, 6, 7), 3));
    }

    @Test
    void objectsOfOneHashCodeAreKeptApart() {
        Hashed a = new Hashed("a", 1);
        Hashed b = new Hashed("b", 2);
        Hashed c = new Hashed("c", 1);
        Hashed d = new Hashed("d", 1);
        assertEquals(List.of(List.of(a, b), List.of(c), List.of(d)), GraphParts.of(List.of(a, b, c, d), 10));
    }
}
