package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One op of {@link F} on inputs of given shapes, with what it computes in float64.
 *
 * <p>{@link OpTest} makes its checks from nothing but this, so a new op needs one entry in one of the lists that {@link OpCases} joins.
 */
final class OpCase {
    /** What an input is. */
    enum Kind {
        /** A variable with a gradient, stored as F32 or F16. */
        VARIABLE,
        /** A variable with a gradient, always F32. */
        F32_VARIABLE,
        /** An F32 tensor without a gradient. */
        CONSTANT,
        /** An I32 tensor. */
        INTS
    }

    /** An input and where its values come from. */
    record Input(Shape shape, Kind kind, Values values) {
        boolean differentiable() {
            return kind == Kind.VARIABLE || kind == Kind.F32_VARIABLE;
        }

        /** The type of its tensor. */
        DType dtype(boolean half) {
            return switch (kind) {
                case VARIABLE -> half ? DType.F16 : DType.F32;
                case F32_VARIABLE, CONSTANT -> DType.F32;
                case INTS -> DType.I32;
            };
        }

        /** New values, rounded to what its type can hold. */
        double[] draw(Random random, boolean half) {
            double[] drawn = values.draw(random, shape.elements());
            for (int i = 0; i < drawn.length; i++) {
                float v = (float) drawn[i];
                drawn[i] = dtype(half) == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(v)) : v;
            }
            return drawn;
        }
    }

    /** Draws the values of an input. */
    @FunctionalInterface
    interface Values {
        double[] draw(Random random, int n);
    }

    /** The op over its inputs. */
    @FunctionalInterface
    interface Op {
        Variable apply(Inputs inputs);
    }

    /** The op in float64: from the elements of all inputs, and the dropout factors if there are some, to the elements of the result. */
    @FunctionalInterface
    interface Reference {
        double[] apply(double[][] inputs, double[] factors);
    }

    /** Finds the dropout factors, 0 or 1/(1-p), that the op draws from a random state. */
    @FunctionalInterface
    interface Factors {
        double[] draw(Device device, RandomState random);
    }

    /** The inputs as an op takes them. */
    record Inputs(Variable[] variables, Tensor[] tensors, RandomState random) {
        Variable var(int index) {
            return variables[index];
        }

        Tensor tensor(int index) {
            return tensors[index];
        }
    }

    private final String method;
    private final String note;
    private final List<Input> inputs = new ArrayList<>();
    private boolean half = true;
    private boolean roundsToHalf;
    private double floor = 1e-3;
    private long cost;
    private Op op;
    private Reference reference;
    private Factors factors;

    private OpCase(String method, String note) {
        this.method = method;
        this.note = note;
    }

    /**
     * Starts a case.
     *
     * @param method the method of {@link F} under test, as {@code add(Variable,Variable)}
     * @param note   what the shapes do not say; may be empty
     */
    static OpCase of(String method, String note) {
        return new OpCase(method, note);
    }

    OpCase input(Kind kind, Shape shape, Values values) {
        inputs.add(new Input(shape, kind, values));
        return this;
    }

    /** A variable from N(0, 1). */
    OpCase normal(int... dims) {
        return input(Kind.VARIABLE, Shape.of(dims), OpCase::normal);
    }

    /** The op has no F16 form. */
    OpCase onlyF32() {
        half = false;
        return this;
    }

    /** The result is F16 whatever the inputs are. */
    OpCase roundsToHalf() {
        roundsToHalf = true;
        return this;
    }

    /** The size that errors are relative to where the results themselves are smaller, because larger terms cancel. */
    OpCase floor(double value) {
        floor = value;
        return this;
    }

    /** Number of operations of one run, if it is not the number of elements. */
    OpCase cost(long value) {
        cost = value;
        return this;
    }

    OpCase draws(Factors value) {
        factors = value;
        return this;
    }

    OpCase op(Op value) {
        op = value;
        return this;
    }

    OpCase reference(Reference value) {
        reference = value;
        return this;
    }

    /** A reference without dropout. */
    OpCase reference(Function<double[][], double[]> value) {
        reference = (x, factors) -> value.apply(x);
        return this;
    }

    String method() {
        return method;
    }

    List<Input> inputs() {
        return inputs;
    }

    boolean half() {
        return half;
    }

    boolean random() {
        return factors != null;
    }

    double floor() {
        return floor;
    }

    long cost() {
        return Math.max(cost, inputs.stream().mapToLong(i -> i.shape().elements()).sum());
    }

    Variable run(Inputs values) {
        return op.apply(values);
    }

    double[] reference(double[][] values, double[] drawn) {
        return reference.apply(values, drawn);
    }

    double[] factors(Device device, RandomState random) {
        return factors == null ? null : factors.draw(device, random);
    }

    /**
     * The bound on errors relative to a tensor's largest element: 1e-5 where all storage is F32 (some 100 roundings), 2e-3 where a half is
     * involved (4 roundings).
     */
    double tolerance(boolean halfStorage) {
        return halfStorage || roundsToHalf ? 2e-3 : 1e-5;
    }

    /** Values for each input. */
    double[][] draw(long seed, boolean halfStorage) {
        Random random = new Random(seed * 31 + toString().hashCode());
        return inputs.stream().map(i -> i.draw(random, halfStorage)).toArray(double[][]::new);
    }

    @Override
    public String toString() {
        return method.substring(0, method.indexOf('(')) + " " + inputs.stream().map(i -> i.shape().toString()).collect(Collectors.joining(" "))
                + (note.isEmpty() ? "" : " " + note);
    }

    static double[] normal(Random random, int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextGaussian();
        }
        return values;
    }
}
