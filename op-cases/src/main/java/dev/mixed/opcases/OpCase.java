// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Device;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An op on inputs of given shapes. What a case does not say itself, its {@link OpSpec} says for all of them: the call, its float64 reference and
 * its TorchScript expression.
 */
public final class OpCase {
    /** The call of the op. */
    @FunctionalInterface
    public interface Call {
        Variable apply(CallArguments in);
    }

    /** The op in float64: the elements of its result. */
    @FunctionalInterface
    public interface Float64 {
        double[] apply(ReferenceInputs x);
    }

    /** Finds the dropout factors, 0 or 1/(1-p), that the op draws from a random state. */
    @FunctionalInterface
    public interface Factors {
        double[] draw(Device device, RandomState random);
    }

    private final List<Input> inputs;
    private String method = "";
    private String note = "";
    private @Nullable Call call;
    private @Nullable Float64 reference;
    private @Nullable String torch;
    private @Nullable Factors factors;
    private double floor;
    private long cost;
    private boolean roundsToHalf;

    private OpCase(List<Input> inputs) {
        this.inputs = inputs;
    }

    /** A case on these inputs, in the order in which the call, the reference and the expression number them. */
    static OpCase inputs(Input... inputs) {
        return new OpCase(List.of(inputs));
    }

    /** What the shapes do not say. */
    OpCase note(String value) {
        note = value;
        return this;
    }

    OpCase call(Call value) {
        call = value;
        return this;
    }

    OpCase reference(Float64 value) {
        reference = value;
        return this;
    }

    /** libtorch's form of the op, as {@code torch.add(a, b)}: {@code a}, {@code b}, {@code c} ... are the inputs in order. */
    OpCase torch(String value) {
        torch = value;
        return this;
    }

    /** The op draws: what, libtorch cannot know, so that such a case needs no expression for it. */
    OpCase draws(Factors value) {
        factors = value;
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

    /** The result is F16 whatever the inputs are. */
    OpCase roundsToHalf() {
        roundsToHalf = true;
        return this;
    }

    /** Takes what is missing from the op's row. */
    OpCase of(OpSpec spec) {
        method = spec.method();
        call = call == null ? spec.defaultCall() : call;
        reference = reference == null ? spec.defaultReference() : reference;
        torch = torch == null && factors == null ? spec.defaultTorch() : torch;
        floor = floor == 0 ? spec.defaultFloor() : floor;
        cost = cost == 0 ? spec.costPerElement() * inputs.stream().mapToLong(i -> i.shape().elements()).sum() : cost;
        return this;
    }

    /** What is missing, in words; null if nothing is. */
    @Nullable
    String missing() {
        if (call == null) {
            return "a call";
        }
        if (reference == null) {
            return "a float64 reference";
        }
        return torch == null && factors == null ? "an expression for libtorch" : null;
    }

    /** The method of {@code F}, as {@code add(Variable,Variable)}. */
    public String method() {
        return method;
    }

    public List<Input> inputs() {
        return inputs;
    }

    /** The expression in TorchScript; null where the op draws. */
    public @Nullable String torch() {
        return torch;
    }

    /** The size that errors are relative to where the results themselves are smaller. */
    public double floor() {
        return floor;
    }

    long cost() {
        return Math.max(cost, 1);
    }

    /** Calls the op. */
    public Variable run(CallArguments in) {
        return Objects.requireNonNull(call, "a case has a call once it has its op's row").apply(in);
    }

    double[] reference(double[][] values, double @Nullable [] drawn) {
        Float64 float64 = Objects.requireNonNull(reference, "a case has a reference once it has its op's row");
        return float64.apply(new ReferenceInputs(values, inputs.stream().map(Input::shape).toList(), drawn));
    }

    /** The factors that the op draws; null if it draws none. */
    double @Nullable [] factors(Device device, RandomState random) {
        return factors == null ? null : factors.draw(device, random);
    }

    /**
     * The bound on errors relative to a tensor's largest element: 1e-5 where all storage is F32 (some 100 roundings), 2e-3 where a half is
     * involved (4 roundings).
     */
    double tolerance(boolean halfStorage) {
        return halfStorage || roundsToHalf ? 2e-3 : 1e-5;
    }

    /** Values for each input, rounded to what its tensor can hold. */
    public double[][] draw(long seed, boolean half) {
        return draw(new Random(seed(seed)), half);
    }

    /** {@link #draw(long, boolean)} by a generator that is quick enough for millions of numbers. */
    double[][] drawMany(boolean half) {
        return draw(new SplittableRandom(seed(1)), half);
    }

    /** Values for each input that the host may look at; zeros for variables. */
    double[][] drawConstants() {
        Random random = new Random(seed(1));
        return inputs.stream().map(i -> i.differentiable() ? new double[i.shape().elements()] : i.draw(random, false)).toArray(double[][]::new);
    }

    private double[][] draw(RandomGenerator random, boolean half) {
        return inputs.stream().map(i -> i.draw(random, half && i.kind() == Input.Kind.VARIABLE)).toArray(double[][]::new);
    }

    /** Values for each input that a half holds exactly, whatever its tensor can hold; whole numbers stay as they are. */
    public double[][] drawHalves(long seed) {
        Random random = new Random(seed(seed));
        return inputs.stream().map(i -> i.draw(random, i.kind() != Input.Kind.INTS)).toArray(double[][]::new);
    }

    private long seed(long seed) {
        return seed * 31 + toString().hashCode();
    }

    /** The inputs' shapes and the note. */
    String shapes() {
        return inputs.stream().map(i -> i.shape().toString()).collect(Collectors.joining(" ")) + (note.isEmpty() ? "" : " " + note);
    }

    /** Whether all that is computed on has more than one element in each dim. */
    boolean hasNoDimOf1() {
        return inputs.stream().filter(i -> i.kind() != Input.Kind.CONSTANT).allMatch(i -> Arrays.stream(i.shape().toArray()).allMatch(d -> d > 1));
    }

    /** Whether some input is stored as F16 where halves are asked for. */
    boolean hasHalfForm() {
        return inputs.stream().anyMatch(i -> i.kind() == Input.Kind.VARIABLE);
    }

    @Override
    public String toString() {
        return method.substring(0, method.indexOf('(')) + " " + shapes();
    }
}
