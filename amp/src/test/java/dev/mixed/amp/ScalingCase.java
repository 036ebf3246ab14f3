// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.nn.Module;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * PyTorch's scheme of testing a scaler: one model is trained by a plain loop and its twin through a scaler that starts at 128 and grows after every
 * good step; afterwards scale, gradients, optimizer states and weights must be what they should be. Once with the scaler enabled, once disabled.
 */
final class ScalingCase {
    /** Index of the batch at which loops put an infinity into the gradients of the scaled model. */
    static final int SKIPPED = 2;
    static final int BATCHES = 4;

    private Function<List<ParameterGroup>, Optimizer> optimizer = groups -> new SGD(groups, 1f);
    private double tolerance = 1e-7;

    /** Two linear layers of 8. */
    static final class TwoLayers extends Module {
        private final Linear first;
        private final Linear second;

        TwoLayers(Device device, long seed) {
            Initializer init = new Initializer(device, seed);
            first = register("0", new Linear(init, 8, 8, 0.3f));
            second = register("1", new Linear(init, 8, 8, 0.3f));
        }

        Variable forward(Variable x) {
            return second.forward(first.forward(x));
        }

        /** The group of one layer. */
        List<ParameterGroup> layer(String prefix) {
            Map<String, Parameter> chosen = namedParameters();
            chosen.keySet().removeIf(name -> !name.startsWith(prefix));
            return List.of(new ParameterGroup(chosen, 0f));
        }
    }

    /** An input and what the model should make of it, both [8, 8]. */
    record Batch(Variable input, Variable target) {
        Variable loss(TwoLayers model) {
            Variable difference = F.sub(model.forward(input), target);
            return F.mean(F.mul(difference, difference));
        }
    }

    /** A training loop. */
    interface Loop {
        /**
         * Trains.
         *
         * @param scaled train through the scaler and with an infinity, where the scaler is enabled; else by a plain loop, which leaves out the batch
         *               that the scaler would skip
         */
        void train(TwoLayers model, Optimizer optimizer, List<Batch> data, GradScaler scaler, boolean scaled);
    }

    ScalingCase optimizer(Function<List<ParameterGroup>, Optimizer> make) {
        optimizer = make;
        return this;
    }

    ScalingCase tolerance(double value) {
        tolerance = value;
        return this;
    }

    void check(int unskipped, int skipped, Loop loop) {
        for (boolean enabled : new boolean[] {true, false}) {
            try (JvmDevice device = JvmDevice.open(1)) {
                TwoLayers control = new TwoLayers(device, 5);
                TwoLayers scaling = new TwoLayers(device, 5);
                Optimizer controlOptimizer = optimizer.apply(List.of(new ParameterGroup(control.namedParameters(), 0f)));
                Optimizer scalingOptimizer = optimizer.apply(List.of(new ParameterGroup(scaling.namedParameters(), 0f)));
                GradScaler scaler = new GradScaler(device, 128, 2, 0.5, 1, enabled);
                loop.train(control, controlOptimizer, data(device), scaler, false);
                loop.train(scaling, scalingOptimizer, data(device), scaler, true);
                assertEquals(enabled ? 128f * (float) Math.pow(2, unskipped) * (float) Math.pow(0.5, skipped) : 1f, scaler.getScale());
                assertSame(tensors(control), tensors(scaling), "weights and gradients");
                assertSame(new ArrayList<>(controlOptimizer.state().values()), new ArrayList<>(scalingOptimizer.state().values()), "optimizer state");
                assertEquals(controlOptimizer.stepCount(), scalingOptimizer.stepCount());
            }
        }
    }

    private static List<Tensor> tensors(TwoLayers model) {
        List<Tensor> tensors = new ArrayList<>();
        model.parameters().forEach(p -> {
            tensors.add(p.data());
            tensors.add(p.grad());
        });
        return tensors;
    }

    private void assertSame(List<Tensor> expected, List<Tensor> actual, String what) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i).toFloats(), actual.get(i).toFloats(), (float) tolerance, what + " " + i);
        }
    }

    static List<Batch> data(Device device) {
        Random random = new Random(11);
        List<Batch> data = new ArrayList<>();
        for (int i = 0; i < BATCHES; i++) {
            data.add(new Batch(normal(device, random), normal(device, random)));
        }
        return data;
    }

    private static Variable normal(Device device, Random random) {
        float[] values = new float[64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Variable.constant(Tensor.of(device, Shape.of(8, 8), values));
    }

    /** Writes infinities into the gradient of the second layer's weight. */
    static void spoil(TwoLayers model) {
        float[] values = new float[64];
        Arrays.fill(values, Float.POSITIVE_INFINITY);
        model.namedParameters().get("1.weight").grad().write(values);
    }
}
