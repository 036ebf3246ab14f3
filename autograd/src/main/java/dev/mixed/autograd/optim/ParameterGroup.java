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
 */
public record ParameterGroup(Map<String, Parameter> parameters, float weightDecay) {
    public ParameterGroup {
        if (!(weightDecay >= 0f) || Float.isInfinite(weightDecay)) {
            throw new IllegalArgumentException("weight decay must be 0 or more, not " + weightDecay);
        }
        parameters = new LinkedHashMap<>(parameters);
    }

    /** BERT's two groups: weights with decay, and biases and norms (every parameter of rank 1) without. */
    public static List<ParameterGroup> withoutDecayOnBiasesAndNorms(Map<String, Parameter> parameters, float weightDecay) {
        Map<String, Parameter> decayed = new LinkedHashMap<>();
        Map<String, Parameter> free = new LinkedHashMap<>();
        parameters.forEach((name, p) -> (p.shape().rank() > 1 ? decayed : free).put(name, p));
        List<ParameterGroup> groups = new ArrayList<>();
        groups.add(new ParameterGroup(decayed, weightDecay));
        groups.add(new ParameterGroup(free, 0f));
        return groups;
    }
}
