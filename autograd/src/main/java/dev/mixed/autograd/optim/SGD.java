// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import dev.mixed.autograd.Parameter;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.optimizer.Optim;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stochastic gradient descent with momentum, as {@code torch.optim.SGD} (dampening 0, decay added to the gradient). */
public final class SGD extends Optimizer {
    private final float momentum;
    private final boolean nesterov;
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();

    /** Without momentum. */
    public SGD(List<ParameterGroup> groups, float learningRate) {
        this(groups, learningRate, 0f, false);
    }

    public SGD(List<ParameterGroup> groups, float learningRate, float momentum, boolean nesterov) {
        super(groups, learningRate);
        if (!(momentum >= 0f) || Float.isInfinite(momentum)) {
            throw new IllegalArgumentException("momentum must be 0 or more, not " + momentum);
        }
        if (nesterov && momentum == 0f) {
            throw new IllegalArgumentException("Nesterov momentum needs a momentum above 0");
        }
        this.momentum = momentum;
        this.nesterov = nesterov;
        if (momentum > 0f) {
            // A buffer that starts at 0 gives PyTorch's first step too: momentum * 0 + gradient.
            parameters().forEach((name, p) -> buffers.put(name, Tensor.zeros(p.device(), p.shape(), DType.F32)));
        }
    }

    @Override
    protected void update(String name, Parameter parameter, Tensor gradient, float weightDecay, @Nullable Tensor gradientScale, @Nullable Tensor foundInf) {
        Optim.sgd(parameter.data(), gradient, buffers.get(name), learningRate(), gradientScale, foundInf, momentum, nesterov, weightDecay);
    }

    /** {@code momentum_buffer.name}, where there is momentum. */
    @Override
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        buffers.forEach((name, b) -> state.put("momentum_buffer." + name, b));
        return state;
    }
}
