// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a case as its float64 reference takes them.
 *
 * @param values  the elements of each input
 * @param shapes  the inputs' shapes
 * @param factors the dropout factors that the op draws, 0 or 1/(1-p); null where it draws none
 */
public record ReferenceInputs(double[][] values, List<Shape> shapes, double @Nullable [] factors) {
    double[] get(int index) {
        return values[index];
    }

    int dim(int index, int axis) {
        return shapes.get(index).dim(axis);
    }

    /** The length of an input's last dim. */
    int last(int index) {
        return dim(index, shapes.get(index).rank() - 1);
    }
}
