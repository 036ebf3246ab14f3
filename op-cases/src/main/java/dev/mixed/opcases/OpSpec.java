// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.amp.OpRule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One op of {@link dev.mixed.autograd.functional.F}: its call, what it computes in float64, what libtorch calls it, its type inside autocast, and
 * the inputs that it is tried on.
 *
 * <p>All of an op's checks come from this: its result and gradients against float64 and finite differences, against libtorch, its autocast rule, and
 * its kernels on a GPU. A new op needs one row in one of the lists that {@link OpTable} joins.
 */
public final class OpSpec {
    /** Elements of a first input that is neither trivial nor large. */
    private static final int SAMPLE = 16;

    private final String method;
    private final @Nullable String torchName;
    private final @Nullable OpRule rule;
    private final List<OpCase> cases = new ArrayList<>();
    private final List<OpCase> onGpu = new ArrayList<>();
    private final List<GpuCase> kernels = new ArrayList<>();
    private final List<GpuCase> selfChecks = new ArrayList<>();
    private OpCase.@Nullable Call call;
    private OpCase.@Nullable Float64 reference;
    private @Nullable String torch;
    private double floor = 1e-3;
    private long costPerElement = 1;
    private boolean smooth = true;
    private boolean torchInHalf = true;
    private double gpuTolerance = GpuCase.FLOAT;
    private double gpuHalfTolerance = GpuCase.HALF;

    private OpSpec(String method, @Nullable String torchName, @Nullable OpRule rule) {
        this.method = method;
        this.torchName = torchName;
        this.rule = rule;
    }

    /**
     * Starts a row.
     *
     * @param method    the method of {@code F}, as {@code add(Variable,Variable)}
     * @param torchName the name that autocast knows the op by, PyTorch's
     * @param rule      its rule by PyTorch's lists
     */
    static OpSpec op(String method, String torchName, OpRule rule) {
        return new OpSpec(method, torchName, rule);
    }

    /** Starts the row of an op that autocast never sees, because its type is asked for. */
    static OpSpec unseenByAutocast(String method) {
        return new OpSpec(method, null, null);
    }

    OpSpec call(OpCase.Call value) {
        call = value;
        return this;
    }

    OpSpec reference(OpCase.Float64 value) {
        reference = value;
        return this;
    }

    /** As {@link OpCase#torch(String)}. */
    OpSpec torch(String value) {
        torch = value;
        return this;
    }

    /** libtorch's half form stores its result in another type than miXed's, or reads another: they are compared in F32 alone. */
    OpSpec torchInFloatAlone() {
        torchInHalf = false;
        return this;
    }

    /** As {@link OpCase#floor(double)}, for all cases that follow. */
    OpSpec floor(double value) {
        floor = value;
        return this;
    }

    /** Operations of one run for each element of the inputs. */
    OpSpec costPerElement(long value) {
        costPerElement = value;
        return this;
    }

    /** Steps of 0.01 are too coarse for its gradient: it has kinks, or rounds. */
    OpSpec notSmooth() {
        smooth = false;
        return this;
    }

    /** The largest difference between GPU and JVM, relative to the largest value of a result. */
    OpSpec gpuTolerance(double value) {
        gpuTolerance = value;
        gpuHalfTolerance = value;
        return this;
    }

    /** Its kernels use the GPU's approximations of exp, log or tanh. */
    OpSpec approximateOnGpu() {
        gpuTolerance = GpuCase.APPROXIMATE;
        return this;
    }

    /** Adds a case. */
    OpSpec with(OpCase c) {
        cases.add(checked(c.of(this)));
        return this;
    }

    /** Adds a case for each shape. */
    OpSpec each(int[][] shapes, Function<int[], OpCase> inputs) {
        for (int[] shape : shapes) {
            with(inputs.apply(shape));
        }
        return this;
    }

    /** Adds a case for each shape that a GPU alone computes, against the JVM: BERT's shapes, which are too large for float64 and finite differences. */
    OpSpec onGpu(int[][] shapes, Function<int[], OpCase> inputs) {
        for (int[] shape : shapes) {
            onGpu.add(checked(inputs.apply(shape).of(this)));
        }
        return this;
    }

    /** Adds a check of the op's kernels on a GPU beyond what its call and gradient reach. */
    OpSpec kernels(GpuCase kernels) {
        this.kernels.add(kernels);
        return this;
    }

    /** Adds a case that is checked in half beside new programs on a GPU. */
    OpSpec selfCheck(OpCase c) {
        return selfCheck(GpuCase.of(checked(c.of(this)), true, Math.max(gpuTolerance, gpuHalfTolerance)));
    }

    /** Adds what is checked beside new programs on a GPU. */
    OpSpec selfCheck(GpuCase check) {
        selfChecks.add(check);
        return this;
    }

    private OpCase checked(OpCase c) {
        String missing = c.missing();
        if (missing != null) {
            throw new IllegalStateException(c + ": the case lacks " + missing);
        }
        return c;
    }

    /** The method of {@code F}, as {@code add(Variable,Variable)}. */
    public String method() {
        return method;
    }

    /** The method's name. */
    public String name() {
        return method.substring(0, method.indexOf('('));
    }

    /** PyTorch's name for the op; null if autocast never sees it. */
    public @Nullable String torchName() {
        return torchName;
    }

    /** The op's rule by PyTorch's lists; null if autocast never sees it. */
    public @Nullable OpRule rule() {
        return rule;
    }

    /** The cases for which float64 and libtorch say what is right. */
    public List<OpCase> cases() {
        return List.copyOf(cases);
    }

    /** Whether libtorch's half form is one to compare with. */
    public boolean torchInHalf() {
        return torchInHalf;
    }

    /** Whether finite differences in float find its gradient. */
    boolean smooth() {
        return smooth;
    }

    /** The case for checks that need only one: the first that is neither trivial nor large. */
    OpCase sample() {
        return cases.stream().filter(c -> c.inputs().getFirst().shape().elements() >= SAMPLE && c.hasNoDimOf1()).findFirst().orElseThrow(
                () -> new IllegalStateException(method + " has no case of " + SAMPLE + " elements or more without a dim of 1"));
    }

    /** What a GPU must compute as the JVM does: the op and its gradients, F32 and F16, and its kernels. */
    public List<GpuCase> gpuCases() {
        List<GpuCase> all = new ArrayList<>();
        for (OpCase c : onGpu.isEmpty() ? List.of(sample()) : onGpu) {
            all.add(GpuCase.of(c, false, gpuTolerance));
            if (c.hasHalfForm()) {
                all.add(GpuCase.of(c, true, Math.max(gpuTolerance, gpuHalfTolerance)));
            }
        }
        all.addAll(kernels);
        return all;
    }

    /** What is checked beside new programs on a GPU; may be none. */
    public List<GpuCase> selfChecks() {
        return List.copyOf(selfChecks);
    }

    OpCase.@Nullable Call defaultCall() {
        return call;
    }

    OpCase.@Nullable Float64 defaultReference() {
        return reference;
    }

    @Nullable
    String defaultTorch() {
        return torch;
    }

    double defaultFloor() {
        return floor;
    }

    long costPerElement() {
        return costPerElement;
    }

    @Override
    public String toString() {
        return method;
    }
}
