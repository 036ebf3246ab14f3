// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.nn.Module;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.train.run.OptimizerOptions;
import dev.mixed.train.run.RunOptions;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The optimizer of a run: AdamW, without decay on biases and norms, over all that is not frozen, at a rate that may differ from layer to layer. */
final class RunOptimizer {
    private RunOptimizer() {
    }

    /** As the options say, over the parameters of a model, some of which are frozen by this. */
    static Optimizer of(SequenceModel model, RunOptions options) {
        OptimizerOptions of = options.optimizer();
        RunModel.freeze(model, of);
        return new AdamW(groups(model, of), (float) options.schedule().lr(), (float) of.beta1(), (float) of.beta2(), (float) of.epsilon());
    }

    private static List<ParameterGroup> groups(SequenceModel model, OptimizerOptions options) {
        Map<Float, Map<String, Parameter>> byRate = new LinkedHashMap<>();
        IdentityHashMap<Parameter, Float> factors = factors(model, options.layerDecay());
        model.namedParameters().forEach((name, parameter) -> {
            if (parameter.requiresGrad()) {
                byRate.computeIfAbsent(factors.getOrDefault(parameter, 1f), factor -> new LinkedHashMap<>()).put(name, parameter);
            }
        });
        List<ParameterGroup> groups = new ArrayList<>();
        byRate.forEach((factor, parameters) -> groups.addAll(ParameterGroup.withoutDecayOnBiasesAndNorms(parameters, (float) options.weightDecay(), factor)));
        return groups;
    }

    /** What the learning rate of each of the encoder's parameters is multiplied by: the decay for the last layer, its square for the one before, and so on. */
    private static IdentityHashMap<Parameter, Float> factors(SequenceModel model, double decay) {
        IdentityHashMap<Parameter, Float> factors = new IdentityHashMap<>();
        List<Module> parts = model.encoderParts();
        for (int i = 0; i < parts.size(); i++) {
            float factor = (float) Math.pow(decay, parts.size() - i);
            parts.get(i).parameters().forEach(parameter -> factors.put(parameter, factor));
        }
        return factors;
    }
}
