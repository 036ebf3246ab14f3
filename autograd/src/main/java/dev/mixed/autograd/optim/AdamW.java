// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import dev.mixed.autograd.Parameter;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.optimizer.Optim;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with PyTorch's defaults and formula. */
public final class AdamW extends Optimizer {
    private final float beta1;
    private final float beta2;
    private final float eps;
    private final Map<String, Tensor> firstMoments = new LinkedHashMap<>();
    private final Map<String, Tensor> secondMoments = new LinkedHashMap<>();

    /** Betas 0.9 and 0.999, eps 1e-8. */
    public AdamW(List<ParameterGroup> groups, float learningRate) {
        this(groups, learningRate, 0.9f, 0.999f, 1e-8f);
    }

    public AdamW(List<ParameterGroup> groups, float learningRate, float beta1, float beta2, float eps) {
        super(groups, learningRate);
        if (!(beta1 >= 0f && beta1 < 1f && beta2 >= 0f && beta2 < 1f)) {
            throw new IllegalArgumentException("betas must be in [0, 1), not " + beta1 + " and " + beta2);
        }
        if (!(eps > 0f) || Float.isInfinite(eps)) {
            throw new IllegalArgumentException("eps must be a finite number above 0, not " + eps);
        }
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.eps = eps;
        fill(firstMoments);
        fill(secondMoments);
    }

    private void fill(Map<String, Tensor> moments) {
        Map<String, Parameter> parameters = parameters();
        List<Shape> shapes = parameters.values().stream().map(Parameter::shape).toList();
        Iterator<Tensor> zeros = Tensor.zeros(parameters.values().iterator().next().device(), shapes, DType.F32).iterator();
        parameters.keySet().forEach(name -> moments.put(name, zeros.next()));
    }

    @Override
    protected void update(String name, Parameter parameter, Tensor gradient, float weightDecay, @Nullable Tensor gradientScale, @Nullable Tensor foundInf) {
        Tensor first = Objects.requireNonNull(firstMoments.get(name), "every parameter has moments");
        Tensor second = Objects.requireNonNull(secondMoments.get(name), "every parameter has moments");
        Optim.adamw(parameter.data(), gradient, first, second, learningRate(), stepTensor(), gradientScale, foundInf, beta1, beta2, eps, weightDecay);
    }

    /** {@code exp_avg.name} and {@code exp_avg_sq.name}: the moments under PyTorch's words for them. */
    @Override
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        firstMoments.forEach((name, m) -> {
            state.put("exp_avg." + name, m);
            state.put("exp_avg_sq." + name, secondMoments.get(name));
        });
        return state;
    }
}
