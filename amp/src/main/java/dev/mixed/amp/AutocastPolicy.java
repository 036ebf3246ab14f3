// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Which op computes in which type. */
public final class AutocastPolicy {
    /** From 65520 on, floats round to infinity in half. */
    private static final float BELOW_HALF_OVERFLOW = Math.nextDown(65520f);

    /** PyTorch's lists for CUDA and fp16 ({@code aten/src/ATen/autocast_mode.h}): the residual stream of a transformer stays float. */
    public static final AutocastPolicy TORCH = new AutocastPolicy(torch(), BELOW_HALF_OVERFLOW);

    /**
     * {@link #TORCH}, but for embeddings and layer norms, which store half as well. In a transformer that keeps the residual stream in half, for
     * less memory.
     */
    public static final AutocastPolicy HALF_RESIDUAL = new AutocastPolicy(TORCH.with("layer_norm", OpRule.HALF_DATA)
            .with("embedding", OpRule.HALF_RESULT).rules, Float.MAX_VALUE);

    private final Map<String, OpRule> rules;
    private final float weightGradientLimit;

    private AutocastPolicy(Map<String, OpRule> rules, float weightGradientLimit) {
        this.rules = Collections.unmodifiableMap(rules);
        this.weightGradientLimit = weightGradientLimit;
    }

    /** This policy with another rule for one op: of the user's own, say, by the name that it shows to {@link dev.mixed.autograd.InputPolicy}. */
    public AutocastPolicy with(String op, OpRule rule) {
        Map<String, OpRule> more = new LinkedHashMap<>(rules);
        more.put(op, Objects.requireNonNull(rule));
        return new AutocastPolicy(more, weightGradientLimit);
    }

    /** The rule of an op, by its PyTorch name; ops on no list follow their inputs. */
    public OpRule rule(String op) {
        return rule(op, OpRule.FOLLOWS);
    }

    /** The rule of an op that brings one itself, for policies that have none for it. */
    OpRule rule(String op, OpRule own) {
        return rules.getOrDefault(op, own);
    }

    /**
     * The largest magnitude that the gradient of a weight with a half copy may have before it counts as an overflow. The gradient itself is float in
     * either case, but PyTorch's passes through half, so that under {@link #TORCH} the same steps are skipped.
     */
    float weightGradientLimit() {
        return weightGradientLimit;
    }

    /** PyTorch's lists, as far as miXed has their ops. */
    public static Map<String, OpRule> listed() {
        return TORCH.rules;
    }

    private static Map<String, OpRule> torch() {
        Map<String, OpRule> rules = new LinkedHashMap<>();
        put(rules, OpRule.HALF, "linear", "matmul", "scaled_dot_product_attention", "varlen_attn");
        put(rules, OpRule.FLOAT, "softmax", "log_softmax", "layer_norm", "cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "sum",
                "norm", "exp", "log", "pow", "rsqrt", "reciprocal");
        put(rules, OpRule.WIDEST, "addcmul", "addcdiv", "cat", "dot");
        put(rules, OpRule.REFUSED, "binary_cross_entropy");
        return rules;
    }

    private static void put(Map<String, OpRule> rules, OpRule rule, String... ops) {
        for (String op : ops) {
            rules.put(op, rule);
        }
    }
}
