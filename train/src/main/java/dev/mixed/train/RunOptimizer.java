// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.train.run.OptimizerOptions;
import dev.mixed.train.run.RunOptions;

/** The optimizer of a run: AdamW, without decay on biases and norms. */
final class RunOptimizer {
    private RunOptimizer() {
    }

    /** As the options say, over all parameters of a model. */
    static Optimizer of(SequenceModel model, RunOptions options) {
        OptimizerOptions of = options.optimizer();
        return new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), (float) of.weightDecay()), (float) options.schedule().lr(),
                (float) of.beta1(), (float) of.beta2(), (float) of.epsilon());
    }
}
