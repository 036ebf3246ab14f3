package dev.mixed.amp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which op computes in which type. */
public enum AutocastPolicy {
    /** PyTorch's lists for CUDA and fp16 ({@code aten/src/ATen/autocast_mode.h}): the residual stream of a transformer stays float. */
    TORCH {
        @Override
        public OpRule rule(String op) {
            return RULES.getOrDefault(op, OpRule.FOLLOWS);
        }

        @Override
        float weightGradientLimit() {
            return BELOW_HALF_OVERFLOW;
        }
    },
    /**
     * {@link #TORCH}, but for embeddings and layer norms, which store half as well. In a transformer that keeps the residual stream in half, for
     * less memory.
     */
    HALF_RESIDUAL {
        @Override
        public OpRule rule(String op) {
            return switch (op) {
                case "layer_norm" -> OpRule.HALF_DATA;
                case "embedding" -> OpRule.HALF_RESULT;
                default -> TORCH.rule(op);
            };
        }

        @Override
        float weightGradientLimit() {
            return Float.MAX_VALUE;
        }
    };

    /** From 65520 on, floats round to infinity in half. */
    private static final float BELOW_HALF_OVERFLOW = Math.nextDown(65520f);

    private static final Map<String, OpRule> RULES = rules();

    /** The rule of an op, by its PyTorch name; ops on no list follow their inputs. */
    public abstract OpRule rule(String op);

    /**
     * The largest magnitude that the gradient of a weight with a half copy may have before it counts as an overflow. The gradient itself is float in
     * either case, but PyTorch's passes through half, so that under {@link #TORCH} the same steps are skipped.
     */
    abstract float weightGradientLimit();

    /** PyTorch's lists, as far as miXed has their ops. */
    public static Map<String, OpRule> listed() {
        return RULES;
    }

    private static Map<String, OpRule> rules() {
        Map<String, OpRule> rules = new LinkedHashMap<>();
        put(rules, OpRule.HALF, "linear", "matmul", "scaled_dot_product_attention");
        put(rules, OpRule.FLOAT, "softmax", "log_softmax", "layer_norm", "cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "sum",
                "norm", "exp", "log", "pow", "rsqrt", "reciprocal");
        put(rules, OpRule.WIDEST, "addcmul", "addcdiv", "cat", "dot");
        put(rules, OpRule.REFUSED, "binary_cross_entropy");
        return Collections.unmodifiableMap(rules);
    }

    private static void put(Map<String, OpRule> rules, OpRule rule, String... ops) {
        for (String op : ops) {
            rules.put(op, rule);
        }
    }
}
