// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Parameter;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Updates parameters from their gradients.
 *
 * <p>The learning rate and the step count are small tensors on the device, so that a recorded step reads them afresh each time it runs.
 */
public abstract class Optimizer {
    private final List<ParameterGroup> groups;
    private final Tensor learningRate;
    private final Tensor step;
    private Tensor groupRate;
    /** The scheduled learning rate by number of steps taken; null without a schedule. */
    private @Nullable Tensor scheduledRates;

    /** @param learningRate initial learning rate, 0 or more */
    protected Optimizer(List<ParameterGroup> groups, float learningRate) {
        this.groups = List.copyOf(groups);
        checkDistinct(this.groups);
        Device device = groups.stream().flatMap(g -> g.parameters().values().stream()).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("an optimizer needs at least one parameter")).device();
        this.learningRate = Tensor.zeros(device, Shape.of(1), DType.F32);
        this.groupRate = this.learningRate;
        this.step = Tensor.ofInts(device, Shape.of(1), 0);
        setLearningRate(learningRate);
    }

    /** A parameter given twice would be updated twice in a step, and two under one name would share their state. */
    private static void checkDistinct(List<ParameterGroup> groups) {
        Set<String> names = new HashSet<>();
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        groups.forEach(g -> g.parameters().forEach((name, parameter) -> {
            if (!names.add(name) || !seen.add(parameter)) {
                throw new IllegalArgumentException("the parameter " + name + " is given to the optimizer twice, or has the name of another one");
            }
        }));
    }

    /** Sets the learning rate of the steps from here on; not while a program is being recorded. */
    public final void setLearningRate(float value) {
        learningRate.write(checkRate(value));
        scheduledRates = null;
    }

    /**
     * Lets each step from here on find its learning rate on the device, by the number of steps taken: recorded steps need no host for it, and a step
     * that was left out does not move the schedule. Not for steps that are recorded already.
     *
     * @param peak learning rate where the schedule's factor is 1
     */
    public final void setSchedule(LRScheduler schedule, float peak) {
        checkRate(peak);
        if (schedule.totalSteps() < 0) {
            throw new IllegalArgumentException("a learning rate schedule needs 0 or more steps, not " + schedule.totalSteps());
        }
        float[] rates = new float[Math.addExact(schedule.totalSteps(), 1)];
        for (int taken = 0; taken < rates.length; taken++) {
            float factor = schedule.factor(taken);
            if (!(factor >= 0f) || Float.isInfinite(factor)) {
                throw new IllegalArgumentException("the schedule's factor after " + taken + " steps must be 0 or more, not " + factor);
            }
            rates[taken] = peak * factor;
        }
        scheduledRates = Tensor.of(learningRate.device(), Shape.of(rates.length), rates);
    }

    private static float checkRate(float value) {
        if (!(value >= 0f) || Float.isInfinite(value)) {
            throw new IllegalArgumentException("learning rate must be 0 or more, not " + value);
        }
        return value;
    }

    /** The learning rate, of groups with the factor 1, of the last step, or the one that was set since; runs what is pending. */
    public final float currentLearningRate() {
        return learningRate.item();
    }

    /** Number of steps taken. */
    public final int stepCount() {
        return step.toInts()[0];
    }

    /** All parameters by name. */
    public final Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        groups.forEach(g -> all.putAll(g.parameters()));
        return all;
    }

    /** Forgets all gradients: the next backward pass starts from nothing. */
    public final void zeroGrad() {
        groups.forEach(g -> g.parameters().values().forEach(Parameter::zeroGrad));
    }

    /** Updates every parameter that has a gradient. */
    public final void step() {
        step(null);
    }

    /**
     * Updates every parameter that has a gradient, with all gradients multiplied by one factor on the way.
     *
     * @param gradientScale F32 scalar on the device, such as {@link GradientClipping#coefficient}; null for none
     */
    public final void step(@Nullable Tensor gradientScale) {
        step(gradientScale, null);
    }

    /**
     * {@link #step(Tensor)}, left out on the device if the gradients are unusable: then no parameter, no state and not the step count changes, and
     * with it not the scheduled learning rate.
     *
     * @param gradientScale F32 scalar on the device; null for none
     * @param foundInf      F32 scalar on the device, other than 0 if the step is to be left out; null for never
     */
    public final void step(@Nullable Tensor gradientScale, @Nullable Tensor foundInf) {
        try (Device.Use _ = step.device().use()) {
            groups.forEach(group -> group.parameters().values().forEach(Parameter::takeGradient));
            record(gradientScale, foundInf);
        }
    }

    private void record(@Nullable Tensor gradientScale, @Nullable Tensor foundInf) {
        if (scheduledRates != null) {
            Optim.scheduledRate(learningRate, step, scheduledRates);
        }
        Optim.incrementStep(step, foundInf);
        InputPolicy.current().parametersChanged();
        Map<Float, Tensor> rates = new LinkedHashMap<>();
        groups.forEach(group -> rates.computeIfAbsent(group.rateFactor(), factor -> factor == 1f ? learningRate : Elementwise.scale(learningRate, factor)));
        for (ParameterGroup group : groups) {
            groupRate = Objects.requireNonNull(rates.get(group.rateFactor()), "every group has a rate");
            group.parameters().forEach((name, parameter) -> {
                if (parameter.grad() != null) {
                    update(name, parameter, parameter.grad(), group.weightDecay(), gradientScale, foundInf);
                }
            });
        }
    }

    /**
     * Records the update of one parameter.
     *
     * @param name          under which its state is saved
     * @param gradientScale F32 scalar by which the gradient is multiplied; null for 1
     * @param foundInf      F32 scalar, other than 0 if nothing may change; null for never
     */
    protected abstract void update(String name, Parameter parameter, Tensor gradient, float weightDecay, @Nullable Tensor gradientScale,
            @Nullable Tensor foundInf);

    /** State tensors by {@code state-name.parameter-name}, for checkpoints. */
    public abstract Map<String, Tensor> state();

    /** F32 [1]: what an update reads, so that a recorded step sees the rate that is set or scheduled when it runs; that of the group being updated. */
    protected final Tensor learningRate() {
        return groupRate;
    }

    /** I32 [1]: the number of steps, the one being taken included. */
    protected final Tensor stepTensor() {
        return step;
    }

    /** Restores the number of steps taken. */
    public final void setStepCount(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("the number of steps taken must be 0 or more, not " + count);
        }
        step.write(count);
    }
}
