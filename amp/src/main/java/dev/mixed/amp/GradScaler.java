// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.optimizer.LossScaling;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies the loss before the backward pass, so that small gradients do not vanish in half, and divides the gradients before the optimizer's
 * step, which is left out where a gradient has overflown; as {@code torch.amp.GradScaler}.
 *
 * <p>The scale, the count of good steps and what was found in the gradients live on the device: a step reads nothing back, and recorded into a
 * program it adapts the scale each time that it runs. Which calls were made since the last {@link #update} is known to the host alone.
 */
public final class GradScaler {
    /** Skipped updates whose numbers are kept for the log. */
    public static final int SKIPS_KEPT = 256;

    /** How far an optimizer has come since the last update. */
    private enum Stage {
        READY, UNSCALED, STEPPED
    }

    private static final class OptimizerState {
        private Stage stage = Stage.READY;
        private @Nullable Tensor foundInf;
        private boolean checked;
    }

    /** What a recorded step reads and changes: the scale F32 [1], the good steps since it changed I32 [1], and {@link SkippedUpdates}' numbers. */
    private record OnDevice(Tensor scale, Tensor growthTracker, Tensor history) {
    }

    private final Device device;
    /** Null if disabled. */
    private final @Nullable OnDevice onDevice;
    private final IdentityHashMap<Optimizer, OptimizerState> optimizers = new IdentityHashMap<>();
    private double growthFactor;
    private double backoffFactor;
    private int growthInterval;
    private boolean used;

    /** PyTorch's defaults: scale 65536, growth 2, backoff 0.5, interval 2000. */
    public GradScaler(Device device) {
        this(device, 65536, 2, 0.5, 2000, true);
    }

    /**
     * A scaler.
     *
     * @param initScale      first scale
     * @param growthFactor   by which the scale grows, above 1; rounded to float, as the next
     * @param backoffFactor  by which it shrinks after an overflow, between 0 and 1
     * @param growthInterval number of steps without overflow after which it grows
     * @param enabled        false: every method does what the loop would do without a scaler
     */
    public GradScaler(Device device, double initScale, double growthFactor, double backoffFactor, int growthInterval, boolean enabled) {
        this.device = device;
        if (!enabled) {
            onDevice = null;
            return;
        }
        if (!(initScale > 0 && initScale <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("the initial scale must be a float above 0, not " + initScale);
        }
        setGrowthFactor(growthFactor);
        setBackoffFactor(backoffFactor);
        setGrowthInterval(growthInterval);
        onDevice = new OnDevice(Tensor.of(device, Shape.of(1), (float) initScale), Tensor.ofInts(device, Shape.of(1), 0),
                Tensor.zeros(device, Shape.of(2 + SKIPS_KEPT), DType.I32));
    }

    /** A scaler that does nothing. */
    public static GradScaler disabled(Device device) {
        return new GradScaler(device, 65536, 2, 0.5, 2000, false);
    }

    public boolean isEnabled() {
        return onDevice != null;
    }

    /** loss times the scale; a loss or any other output that a backward pass starts from. */
    public Variable scale(Variable loss) {
        if (onDevice == null) {
            return loss;
        }
        used = true;
        return F.scale(loss, onDevice.scale);
    }

    /** {@link #scale(Variable)} of each. */
    public List<Variable> scale(List<Variable> losses) {
        return losses.stream().map(this::scale).toList();
    }

    /**
     * Divides the gradients of an optimizer's parameters by the scale, to be clipped or looked at before {@link #step}; once for each update, after
     * all backward passes of the step.
     */
    public void unscale(Optimizer optimizer) {
        if (onDevice == null) {
            return;
        }
        requireUsed("unscale");
        OptimizerState state = stateOf(optimizer);
        switch (state.stage) {
            case READY -> {
            }
            case UNSCALED -> throw new IllegalStateException("unscale() has already been called on this optimizer since the last update()");
            case STEPPED -> throw new IllegalStateException("unscale() is being called after step()");
        }
        List<Parameter> parameters = withGradients(optimizer);
        if (!parameters.isEmpty()) {
            LossScaling.unscale(parameters.stream().map(Parameter::grad).toList(), parameters.stream().map(Parameter::gradientLimit).toList(),
                    LossScaling.inverse(onDevice.scale), foundInf(state));
            state.checked = true;
        }
        state.stage = Stage.UNSCALED;
    }

    private Tensor foundInf(OptimizerState state) {
        if (state.foundInf == null) {
            state.foundInf = Tensor.zeros(device, Shape.of(1), DType.F32);
        }
        return state.foundInf;
    }

    private static List<Parameter> withGradients(Optimizer optimizer) {
        List<Parameter> parameters = new ArrayList<>();
        optimizer.parameters().forEach((name, p) -> {
            if (p.grad() != null) {
                if (p.dtype() == DType.F16) {
                    throw new IllegalArgumentException("attempting to unscale the gradient of '" + name
                            + "', a half parameter; keep parameters in F32 and let autocast make half copies of them");
                }
                parameters.add(p);
            }
        });
        return parameters;
    }

    /**
     * Unscales, where {@link #unscale} was not called, and lets the optimizer step, unless a gradient had overflown: then no parameter, moment or
     * step count changes.
     */
    public void step(Optimizer optimizer) {
        step(optimizer, null);
    }

    /**
     * {@link #step(Optimizer)}, with all gradients multiplied by one factor on the way.
     *
     * @param gradientScale F32 scalar on the device, such as the clip coefficient of unscaled gradients; null for none
     */
    public void step(Optimizer optimizer, @Nullable Tensor gradientScale) {
        if (onDevice == null) {
            optimizer.step(gradientScale);
            return;
        }
        requireUsed("step");
        OptimizerState state = stateOf(optimizer);
        if (state.stage == Stage.STEPPED) {
            throw new IllegalStateException("step() has already been called since the last update()");
        }
        if (state.stage == Stage.READY) {
            unscale(optimizer);
        }
        if (!state.checked) {
            throw new IllegalStateException("no inf checks were recorded for this optimizer: none of its parameters has a gradient");
        }
        optimizer.step(gradientScale, state.foundInf);
        state.stage = Stage.STEPPED;
    }

    /**
     * Unscales, clips and steps, with each gradient read twice and written never: they stay as the backward passes left them, scaled. Instead of {@link
     * #unscale}, clipping and {@link #step(Optimizer, Tensor)}.
     *
     * @param maxNorm largest L2 norm of the unscaled gradients together; 0 for no clipping
     */
    public void clipAndStep(Optimizer optimizer, float maxNorm) {
        if (onDevice == null || stateOf(optimizer).stage != Stage.READY) {
            step(optimizer, maxNorm > 0f ? GradientClipping.coefficient(GradientClipping.globalNorm(optimizer.parameters().values()), maxNorm) : null);
            return;
        }
        requireUsed("step");
        OptimizerState state = stateOf(optimizer);
        List<Parameter> parameters = withGradients(optimizer);
        if (!parameters.isEmpty()) {
            Tensor inverse = LossScaling.inverse(onDevice.scale);
            Tensor norm = LossScaling.check(parameters.stream().map(Parameter::grad).toList(), parameters.stream().map(Parameter::gradientLimit).toList(),
                    inverse, foundInf(state));
            state.checked = true;
            state.stage = Stage.UNSCALED;
            step(optimizer, maxNorm > 0f ? Elementwise.mul(inverse, GradientClipping.coefficient(norm, maxNorm)) : inverse);
        } else {
            step(optimizer, null);
        }
    }

    /**
     * Adapts the scale to what the steps since the last call found, and begins the next step: after an overflow in any optimizer the scale shrinks,
     * after enough steps without one it grows.
     */
    public void update() {
        if (onDevice == null) {
            return;
        }
        requireUsed("update");
        Tensor found = null;
        for (OptimizerState state : optimizers.values()) {
            if (state.checked && state.foundInf != null) {
                found = found == null ? state.foundInf : Elementwise.add(found, state.foundInf);
            }
        }
        if (found == null) {
            throw new IllegalStateException("no inf checks were recorded prior to update()");
        }
        LossScaling.update(onDevice.scale, onDevice.growthTracker, found, onDevice.history, (float) growthFactor, (float) backoffFactor, growthInterval);
        nextStep();
    }

    /** Sets the scale by hand, and begins the next step. */
    public void update(float newScale) {
        if (onDevice == null) {
            return;
        }
        requireUsed("update");
        checkScale(newScale);
        Elementwise.fillInto(onDevice.scale, newScale);
        nextStep();
    }

    /** Sets the scale from an F32 tensor of one element on the device, and begins the next step. */
    public void update(Tensor newScale) {
        if (onDevice == null) {
            return;
        }
        requireUsed("update");
        if (newScale.shape().elements() != 1) {
            throw new IllegalArgumentException("a new scale must be a tensor of one element, not one of shape " + newScale.shape());
        }
        Elementwise.copyInto(onDevice.scale, newScale.require("update", DType.F32).reshape(onDevice.scale.shape()));
        nextStep();
    }

    private static void checkScale(float scale) {
        if (!(scale > 0f) || Float.isInfinite(scale)) {
            throw new IllegalArgumentException("the scale must be a finite number above 0, not " + scale);
        }
    }

    private void nextStep() {
        optimizers.values().forEach(state -> {
            state.stage = Stage.READY;
            state.checked = false;
        });
    }

    private OptimizerState stateOf(Optimizer optimizer) {
        return optimizers.computeIfAbsent(optimizer, o -> new OptimizerState());
    }

    private void requireUsed(String method) {
        if (!used) {
            throw new IllegalStateException(method + "() before the first scale(): multiply the loss by scale(loss) before its backward pass");
        }
    }

    /** The current scale; 1 if disabled. Reads the device, as the next three. */
    public float getScale() {
        return onDevice != null ? onDevice.scale.item() : 1f;
    }

    /** Steps without overflow since the scale last changed; 0 if disabled. */
    public int getGrowthTracker() {
        return onDevice != null ? onDevice.growthTracker.toInts()[0] : 0;
    }

    /** Whether the last {@link #unscale} or {@link #step} of an optimizer found an infinity or NaN. */
    public boolean foundInf(Optimizer optimizer) {
        OptimizerState state = optimizers.get(optimizer);
        return state != null && state.foundInf != null && state.foundInf.item() != 0f;
    }

    /** Which updates found an overflow, as far as they are remembered. */
    public SkippedUpdates skippedUpdates() {
        return onDevice != null ? SkippedUpdates.of(onDevice.history.toInts()) : new SkippedUpdates(0, 0, List.of());
    }

    /** Goes on counting updates from a saved {@link #skippedUpdates()}. */
    public void restoreSkippedUpdates(SkippedUpdates saved) {
        if (onDevice != null) {
            onDevice.history.write(saved.toHistory(onDevice.history.shape().elements()));
        }
    }

    public double getGrowthFactor() {
        return growthFactor;
    }

    /** @param factor above 1; not for steps that are recorded already */
    public void setGrowthFactor(double factor) {
        if (!(factor > 1) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("the growth factor must be a finite number above 1, not " + factor);
        }
        growthFactor = factor;
    }

    public double getBackoffFactor() {
        return backoffFactor;
    }

    /** @param factor below 1; not for steps that are recorded already */
    public void setBackoffFactor(double factor) {
        if (!(factor > 0 && factor < 1)) {
            throw new IllegalArgumentException("the backoff factor must be between 0 and 1, not " + factor);
        }
        backoffFactor = factor;
    }

    public int getGrowthInterval() {
        return growthInterval;
    }

    /** @param interval 1 or more; not for steps that are recorded already */
    public void setGrowthInterval(int interval) {
        if (interval < 1) {
            throw new IllegalArgumentException("the growth interval must be at least 1, not " + interval);
        }
        growthInterval = interval;
    }

    /** The state under PyTorch's names; empty if disabled. */
    public Map<String, Number> stateDict() {
        Map<String, Number> state = new LinkedHashMap<>();
        if (onDevice != null) {
            state.put("scale", getScale());
            state.put("growth_factor", growthFactor);
            state.put("backoff_factor", backoffFactor);
            state.put("growth_interval", growthInterval);
            state.put("_growth_tracker", getGrowthTracker());
        }
        return state;
    }

    /** Takes up a state from {@link #stateDict()}, PyTorch's or miXed's; a disabled scaler ignores it. Not for steps that are recorded already. */
    public void loadStateDict(Map<String, ? extends Number> state) {
        if (onDevice == null) {
            return;
        }
        if (state.isEmpty()) {
            throw new IllegalArgumentException("the source state dict is empty, possibly because it was saved from a disabled GradScaler");
        }
        Number scale = entry(state, "scale");
        Number growth = entry(state, "growth_factor");
        Number backoff = entry(state, "backoff_factor");
        Number interval = entry(state, "growth_interval");
        Number tracker = entry(state, "_growth_tracker");
        checkScale(scale.floatValue());
        if (tracker.intValue() < 0) {
            throw new IllegalArgumentException("the growth tracker must be 0 or more, not " + tracker);
        }
        setGrowthFactor(growth.doubleValue());
        setBackoffFactor(backoff.doubleValue());
        setGrowthInterval(interval.intValue());
        onDevice.scale.write(scale.floatValue());
        onDevice.growthTracker.write(tracker.intValue());
    }

    private static Number entry(Map<String, ? extends Number> state, String key) {
        Number value = state.get(key);
        if (value == null) {
            throw new IllegalArgumentException("the source state dict lacks '" + key + "'");
        }
        return value;
    }
}
