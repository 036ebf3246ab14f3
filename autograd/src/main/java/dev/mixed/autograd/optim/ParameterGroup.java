// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import dev.mixed.autograd.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters that an optimizer treats alike.
 *
 * @param parameters  by the name under which their state is saved
 * @param weightDecay decay coefficient, 0 or more
 * @param rateFactor  by which the optimizer's learning rate is multiplied for these, 0 or more
 */
public record ParameterGroup(Map<String, Parameter> parameters, float weightDecay, float rateFactor) {
    public ParameterGroup {
        if (!(rateFactor >= 0f) || Float.isInfinite(rateFactor)) {
            throw new IllegalArgumentException("the factor of the learning rate must be 0 or more, not " + rateFactor);
        }
        if (!(weightDecay >= 0f) || Float.isInfinite(weightDecay)) {
            throw new IllegalArgumentException("weight decay must be 0 or more, not " + weightDecay);
        }
        parameters = new LinkedHashMap<>(parameters);
    }

    /** At the optimizer's own learning rate. */
    public ParameterGroup(Map<String, Parameter> parameters, float weightDecay) {
        this(parameters, weightDecay, 1f);
    }

    /** BERT's two groups: weights with decay, and biases and norms (every parameter of rank 1) without. */
    public static List<ParameterGroup> withoutDecayOnBiasesAndNorms(Map<String, Parameter> parameters, float weightDecay) {
        return withoutDecayOnBiasesAndNorms(parameters, weightDecay, 1f);
    }

    /** The same two groups, with a factor of the learning rate. */
    public static List<ParameterGroup> withoutDecayOnBiasesAndNorms(Map<String, Parameter> parameters, float weightDecay, float rateFactor) {
        Map<String, Parameter> decayed = new LinkedHashMap<>();
        Map<String, Parameter> free = new LinkedHashMap<>();
        parameters.forEach((name, p) -> (p.shape().rank() > 1 ? decayed : free).put(name, p));
        List<ParameterGroup> groups = new ArrayList<>();
        groups.add(new ParameterGroup(decayed, weightDecay, rateFactor));
        groups.add(new ParameterGroup(free, 0f, rateFactor));
        return groups;
    }
}
