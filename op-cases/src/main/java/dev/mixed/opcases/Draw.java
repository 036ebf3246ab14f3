// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.Shape;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** The inputs that cases are made of. */
final class Draw {
    private Draw() {
    }

    /** A variable from N(0, 1). */
    static Input normal(int... dims) {
        return variable(Draw::gaussians, dims);
    }

    /** A variable from N(0, 2^2), which reaches the flat ends of GELU and tanh. */
    static Input wide(int... dims) {
        return variable((random, n) -> Reference.map(gaussians(random, n), v -> 2 * v), dims);
    }

    /** A variable from 0.5 to 2, where logarithms, powers and quotients are tame. */
    static Input positive(int... dims) {
        return uniform(0.5, 2, dims);
    }

    /** A variable from {@code low} to {@code high}. */
    static Input uniform(double low, double high, int... dims) {
        return variable((random, n) -> random.doubles(n, low, high).toArray(), dims);
    }

    /** A variable of which no element is so near to 0, where relu has no derivative, that a finite difference would cross it. */
    static Input awayFromZero(int... dims) {
        return variable((random, n) -> Reference.map(gaussians(random, n), v -> v + Math.copySign(0.01, v)), dims);
    }

    /** A variable of which no element is so near to one of two limits that a finite difference would cross it. */
    static Input awayFrom(double low, double high, int... dims) {
        return variable((random, n) -> Reference.map(gaussians(random, n), v -> v + Math.copySign(0.01, v - (v < (low + high) / 2 ? low : high))), dims);
    }

    /** A variable from N(2, 0.5^2). */
    static Input offCentre(int... dims) {
        return variable((random, n) -> Reference.map(gaussians(random, n), v -> 2 + 0.5 * v), dims);
    }

    /**
     * A variable in runs of n numbers of either sign, whose maximum is unique and stays apart from the others also as a half, so that a finite
     * difference never changes which is largest.
     */
    static Input distinct(int n, int... dims) {
        return variable((random, count) -> {
            double[] values = new double[count];
            for (int row = 0; row < count; row += n) {
                for (int i = 0; i < n; i++) {
                    int j = random.nextInt(i + 1);
                    values[row + i] = values[row + j];
                    values[row + j] = i == n - 1 ? 63.5 : i % 1000 * 0.125 - 64;
                }
            }
            return values;
        }, dims);
    }

    static Input variable(Input.Values values, int... dims) {
        return new Input(Shape.of(dims), Input.Kind.VARIABLE, values);
    }

    /** A variable from N(0, 1) that is F32 also where the others are F16. */
    static Input floats(int... dims) {
        return new Input(Shape.of(dims), Input.Kind.F32_VARIABLE, Draw::gaussians);
    }

    /** A tensor from N(0, 1) that no gradient flows to. */
    static Input constant(int... dims) {
        return constant(Draw::gaussians, dims);
    }

    static Input constant(Input.Values values, int... dims) {
        return new Input(Shape.of(dims), Input.Kind.CONSTANT, values);
    }

    /** Whole numbers from 0 to below {@code bound}. */
    static Input ids(int bound, int... dims) {
        return new Input(Shape.of(dims), Input.Kind.INTS, (random, n) -> random.ints(n, 0, bound).asDoubleStream().toArray());
    }

    /** These whole numbers. */
    static Input fixed(int... values) {
        return new Input(Shape.of(values.length), Input.Kind.INTS, (random, n) -> Arrays.stream(values).asDoubleStream().toArray());
    }

    /** Weights [n] of a ragged last batch: some are 0, but never all. */
    static Input weights(int n) {
        return constant((random, count) -> {
            double[] weights = new double[count];
            for (int i = 0; i < count; i++) {
                weights[i] = i > 0 && random.nextInt(4) == 0 ? 0 : 0.25 + random.nextDouble();
            }
            return weights;
        }, n);
    }

    /** Labels [n] between 0 and 1, most of them 0 or 1. */
    static Input labels(int n) {
        return constant((random, count) -> random.doubles(count).map(u -> u < 0.4 ? 0 : u > 0.6 ? 1 : u).toArray(), n);
    }

    /** The mask [batch, seq] of a ragged batch: after the first, each sequence keeps a random number of its keys. */
    static Input padding(int batch, int seq) {
        return constant((random, n) -> {
            double[] mask = new double[n];
            for (int b = 1; b < batch; b++) {
                for (int j = 1 + random.nextInt(seq); j < seq; j++) {
                    mask[b * seq + j] = -Float.MAX_VALUE;
                }
            }
            return mask;
        }, batch, seq);
    }

    static double[] gaussians(RandomGenerator random, int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextGaussian();
        }
        return values;
    }
}
