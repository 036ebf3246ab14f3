package dev.mixed.compare.gpu;

import dev.mixed.engine.Tensor;
import java.util.List;
import java.util.function.Function;

/**
 * One call of an op with made-up inputs, to be computed on two devices.
 *
 * @param name      the op and its shapes
 * @param tolerance largest difference allowed, relative to the largest value of a result
 * @param run       makes the inputs and gives the results, F32 or F16
 */
record OpCase(String name, double tolerance, Function<Inputs, List<Tensor>> run) {
}
