package dev.mixed.compare.libtorch;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * One op of {@code F} on inputs of given shapes, and libtorch's for it in TorchScript.
 *
 * <p>The expression names the inputs {@code a}, {@code b}, {@code c} ... in order.
 */
final class TorchOp {
    /** What an input is. */
    enum Kind {
        /** Has a gradient; F32 or F16. */
        VARIABLE,
        /** Has a gradient; always F32 in miXed, of the variables' type in libtorch. */
        F32_VARIABLE,
        /** F32 without a gradient; of the variables' type in libtorch. */
        CONSTANT,
        /** I32 in miXed, int64 in libtorch. */
        INTS
    }

    /** Draws n values. */
    @FunctionalInterface
    interface Values {
        double[] draw(Random random, int n);
    }

    /** The inputs of the op of {@code F}. */
    record Inputs(Variable[] variables, Tensor[] tensors, RandomState random) {
        Variable var(int index) {
            return variables[index];
        }

        Tensor tensor(int index) {
            return tensors[index];
        }
    }

    /** The op of {@code F}. */
    @FunctionalInterface
    interface Op {
        Variable apply(Inputs in);
    }

    record Input(Kind kind, Shape shape, Values values) {
        boolean differentiable() {
            return kind == Kind.VARIABLE || kind == Kind.F32_VARIABLE;
        }
    }

    private final String method;
    private final Op op;
    private final String expression;
    private final List<Input> inputs = new ArrayList<>();
    private boolean half = true;
    private double floor = 0.01;

    private TorchOp(String method, Op op, String expression) {
        this.method = method;
        this.op = op;
        this.expression = expression;
    }

    /** @param method the method of {@code F}, as {@code add(Variable,Variable)} */
    static TorchOp of(String method, Op op, String expression) {
        return new TorchOp(method, op, expression);
    }

    TorchOp input(Kind kind, Values values, int... dims) {
        inputs.add(new Input(kind, Shape.of(dims), values));
        return this;
    }

    /** A variable from N(0, 1). */
    TorchOp normal(int... dims) {
        return input(Kind.VARIABLE, TorchOp::normal, dims);
    }

    /** A variable from 0.5 to 2. */
    TorchOp positive(int... dims) {
        return input(Kind.VARIABLE, (random, n) -> random.doubles(n, 0.5, 2).toArray(), dims);
    }

    /** Is compared in F32 alone. */
    TorchOp onlyF32() {
        half = false;
        return this;
    }

    /** The size that errors are relative to where the results themselves are smaller, because larger terms cancel. */
    TorchOp floor(double value) {
        floor = value;
        return this;
    }

    String method() {
        return method;
    }

    String expression() {
        return expression;
    }

    List<Input> inputs() {
        return inputs;
    }

    boolean half() {
        return half;
    }

    double floor() {
        return floor;
    }

    Variable run(Inputs in) {
        return op.apply(in);
    }

    /** Values for each input, which a half holds exactly where the variables are halves. */
    double[][] draw(boolean asHalf) {
        Random random = new Random(toString().hashCode());
        return inputs.stream().map(i -> {
            double[] values = i.values.draw(random, i.shape.elements());
            for (int e = 0; e < values.length && i.kind != Kind.INTS; e++) {
                values[e] = asHalf ? Float.float16ToFloat(Float.floatToFloat16((float) values[e])) : (float) values[e];
            }
            return values;
        }).toArray(double[][]::new);
    }

    static double[] normal(Random random, int n) {
        return random.doubles(n).map(u -> random.nextGaussian()).toArray();
    }

    @Override
    public String toString() {
        return method.substring(0, method.indexOf('(')) + " " + inputs.stream().map(i -> i.shape().toString()).collect(Collectors.joining(" ")) + ": " + expression;
    }
}
