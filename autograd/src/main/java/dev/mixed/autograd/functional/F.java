// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every differentiable op under its PyTorch name, as {@code torch.nn.functional}. Each has a file of its own beside this one.
 *
 * <p>The thread's {@link InputPolicy} sees an op's inputs first, and may hand it copies in another type.
 */
public final class F {
    private F() {
    }

    /**
     * a + b for broadcastable shapes: aligned at their last dims, sizes are equal, 1 or missing. Both of one type, which the result has; where a's shape
     * ends in b's, b may be of another type than a and the result.
     */
    public static Variable add(Variable a, Variable b) {
        Variable[] in = prepared("add", a, b);
        return AddOp.apply(in[0], in[1]);
    }

    /** a - b for broadcastable shapes and one type, as {@link #add}. */
    public static Variable sub(Variable a, Variable b) {
        Variable[] in = prepared("sub", a, b);
        return SubOp.apply(in[0], in[1]);
    }

    /** a * b, element by element, for broadcastable shapes and types as {@link #add}. */
    public static Variable mul(Variable a, Variable b) {
        Variable[] in = prepared("mul", a, b);
        return MulOp.apply(in[0], in[1]);
    }

    /** a / b, element by element, for broadcastable shapes and one type, as {@link #sub}. */
    public static Variable div(Variable a, Variable b) {
        Variable[] in = prepared("div", a, b);
        return DivOp.apply(in[0], in[1]);
    }

    /** x * factor for a constant factor. */
    public static Variable scale(Variable x, float factor) {
        return ScaleOp.apply(prepared("mul", x), factor);
    }

    /** x * factor for an F32 scalar on the device, through which no gradient flows. */
    public static Variable scale(Variable x, Tensor factor) {
        return ScaleOp.apply(prepared("mul", x), factor);
    }

    /** a [.., m, k] times b [.., k, n] with equal leading dims, or b [k, n]; gives [.., m, n]. */
    public static Variable matmul(Variable a, Variable b) {
        Variable[] in = prepared("matmul", a, b);
        return MatmulOp.apply(in[0], in[1], false, false);
    }

    /** {@link #matmul(Variable, Variable)} with the last two dims of a or b transposed first. */
    public static Variable matmul(Variable a, Variable b, boolean transposeA, boolean transposeB) {
        Variable[] in = prepared("matmul", a, b);
        return MatmulOp.apply(in[0], in[1], transposeA, transposeB);
    }

    /** x [.., in] times weight [out, in] transposed, plus bias [out] (or null); gives [.., out]. */
    public static Variable linear(Variable x, Variable weight, @Nullable Variable bias) {
        Variable[] in = prepared("linear", x, weight, bias);
        return LinearOp.apply(in[0], in[1], in[2]);
    }

    /** x Phi(x), exactly, by erf. */
    public static Variable gelu(Variable x) {
        return GeluOp.erf(prepared("gelu", x));
    }

    /** GELU's tanh approximation, PyTorch's {@code approximate="tanh"}. */
    public static Variable geluTanh(Variable x) {
        return GeluOp.tanh(prepared("gelu", x));
    }

    /** max(x, 0). */
    public static Variable relu(Variable x) {
        return ReluOp.apply(prepared("relu", x));
    }

    /** x where it is positive, else negativeSlope * x; of x's shape and type. PyTorch's default slope is 0.01. */
    public static Variable leakyRelu(Variable x, float negativeSlope) {
        return LeakyReluOp.apply(prepared("leaky_relu", x), negativeSlope);
    }

    /**
     * min(max(x, min), max), of x's shape and type; NaN stays NaN.
     *
     * @param min the lower limit; minus infinity for none
     * @param max the upper limit; infinity for none
     */
    public static Variable clamp(Variable x, float min, float max) {
        return ClampOp.apply(prepared("clamp", x), min, max);
    }

    /** 1 / (1 + e^-x), of x's shape and type. */
    public static Variable sigmoid(Variable x) {
        return SigmoidOp.apply(prepared("sigmoid", x));
    }

    /** x sigmoid(x), of x's shape and type; also known as swish. */
    public static Variable silu(Variable x) {
        return SiluOp.apply(prepared("silu", x));
    }

    /** tanh(x). */
    public static Variable tanh(Variable x) {
        return TanhOp.apply(prepared("tanh", x));
    }

    /** e^x. */
    public static Variable exp(Variable x) {
        return MathOp.exp(prepared("exp", x));
    }

    /** The natural logarithm of x. */
    public static Variable log(Variable x) {
        return MathOp.log(prepared("log", x));
    }

    /** x^exponent for a constant exponent. */
    public static Variable pow(Variable x, float exponent) {
        return MathOp.pow(prepared("pow", x), exponent);
    }

    /** 1 / sqrt(x). */
    public static Variable rsqrt(Variable x) {
        return MathOp.rsqrt(prepared("rsqrt", x));
    }

    /** 1 / x. */
    public static Variable reciprocal(Variable x) {
        return MathOp.reciprocal(prepared("reciprocal", x));
    }

    /** x + value * a * b for equal shapes. */
    public static Variable addcmul(Variable x, Variable a, Variable b, float value) {
        Variable[] in = prepared("addcmul", x, a, b);
        return CombineOp.addcmul(in[0], in[1], in[2], value);
    }

    /** x + value * a / b for equal shapes. */
    public static Variable addcdiv(Variable x, Variable a, Variable b, float value) {
        Variable[] in = prepared("addcdiv", x, a, b);
        return CombineOp.addcdiv(in[0], in[1], in[2], value);
    }

    /** The sum of a * b for two vectors [n], an F32 scalar. */
    public static Variable dot(Variable a, Variable b) {
        Variable[] in = prepared("dot", a, b);
        return CombineOp.dot(in[0], in[1]);
    }

    /** The L2 norm of all elements, an F32 scalar. */
    public static Variable norm(Variable x) {
        return NormOp.apply(prepared("norm", x));
    }

    /** exp(x) / sum(exp(x)) over the last dim. */
    public static Variable softmax(Variable x) {
        return SoftmaxOp.softmax(prepared("softmax", x));
    }

    /** x - log(sum(exp(x))) over the last dim. */
    public static Variable logSoftmax(Variable x) {
        return SoftmaxOp.logSoftmax(prepared("log_softmax", x));
    }

    /** (x - mean) / sqrt(var + eps) * gamma + beta over the last dim; gamma, beta [n]. */
    public static Variable layerNorm(Variable x, Variable gamma, Variable beta, float eps) {
        Variable[] in = prepared("layer_norm", x, gamma, beta);
        return LayerNormOp.apply(in[0], in[1], in[2], eps);
    }

    /** Rows of weight [rows, hidden] at ids [..], each from 0 to rows - 1; gives [.., hidden]. */
    public static Variable embedding(Variable weight, Tensor ids) {
        Variable table = prepared("embedding", weight);
        return EmbeddingOp.apply(table, ids, InputPolicy.current().stored("embedding", table.device(), table.dtype()));
    }

    /**
     * Elements of x by their index along a dim: y[i][j] = x[index[i][j]][j] for dim 0 of two. Of index's shape and x's type.
     *
     * @param dim   may be counted from the end
     * @param index I32, of x's rank, and in other dims at most of x's size; each from 0 to the size of the dim - 1
     */
    public static Variable gather(Variable x, int dim, Tensor index) {
        return GatherOp.apply(prepared("gather", x), dim, index);
    }

    /** Zeroes with probability p and scales the rest by 1/(1-p); each call draws a new mask. */
    public static Variable dropout(Variable x, float p, RandomState random) {
        return DropoutOp.apply(prepared("dropout", x), p, random);
    }

    /** Sum of all elements, an F32 scalar. */
    public static Variable sum(Variable x) {
        return ReduceOp.sum(prepared("sum", x));
    }

    /** Mean of all elements, an F32 scalar. */
    public static Variable mean(Variable x) {
        return ReduceOp.mean(prepared("mean", x));
    }

    /** Largest element, an F32 scalar. */
    public static Variable max(Variable x) {
        return ReduceOp.max(prepared("max", x));
    }

    /** Sums over the last dim, F32: [.., n] to [..]. */
    public static Variable sumLast(Variable x) {
        return ReduceOp.sumLast(prepared("sum", x));
    }

    /** Means over the last dim, F32: [.., n] to [..]. */
    public static Variable meanLast(Variable x) {
        return ReduceOp.meanLast(prepared("mean", x));
    }

    /** Largest elements over the last dim, F32: [.., n] to [..]. */
    public static Variable maxLast(Variable x) {
        return ReduceOp.maxLast(prepared("max", x));
    }

    /**
     * Sums over dims, F32.
     *
     * @param dims    each once, negative ones counted from the end; none for all
     * @param keepdim whether reduced dims stay, with the size 1
     */
    public static Variable sum(Variable x, int[] dims, boolean keepdim) {
        return ReduceDimsOp.sum(prepared("sum", x), dims, keepdim);
    }

    /** Means over dims, F32; dims and keepdim as of {@link #sum(Variable, int[], boolean)}. */
    public static Variable mean(Variable x, int[] dims, boolean keepdim) {
        return ReduceDimsOp.mean(prepared("mean", x), dims, keepdim);
    }

    /**
     * Largest elements over dims, F32; dims and keepdim as of {@link #sum(Variable, int[], boolean)}. One of several equal maxima gets the whole
     * gradient, always the same one: with neighbouring dims the first in row-major order.
     */
    public static Variable max(Variable x, int[] dims, boolean keepdim) {
        return ReduceDimsOp.max(prepared("max", x), dims, keepdim);
    }

    /** The same values as F32 or F16; x itself if it has that type. */
    public static Variable cast(Variable x, DType dtype) {
        return CastOp.apply(x, dtype);
    }

    /** Reorders dims: dim i of the result is dim axes[i] of x. Rank 4 at most. */
    public static Variable permute(Variable x, int... axes) {
        return PermuteOp.apply(prepared("permute", x), axes);
    }

    /** The same elements in another shape. */
    public static Variable reshape(Variable x, int... dims) {
        return ReshapeOp.apply(prepared("reshape", x), dims);
    }

    /**
     * Positions start to before end along a dim, as Python's {@code x[start:end]}: negative numbers count from the end, and what lies outside is left
     * out. PyTorch's {@code narrow(x, dim, start, length)} is {@code slice(x, dim, start, start + length)}. Of x's type; never empty.
     */
    public static Variable slice(Variable x, int dim, int start, int end) {
        return SliceOp.slice(prepared("slice", x), dim, start, end);
    }

    /** Tensors end to end along a dim, which may be counted from the end; at least one, of one type, and of shapes that differ in that dim alone. */
    public static Variable cat(List<Variable> tensors, int dim) {
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("cat takes at least one tensor");
        }
        return SliceOp.cat(prepared("cat", tensors.toArray(Variable[]::new)), dim);
    }

    /** The first position of each sequence: [batch, seq, hidden] to [batch, hidden]. */
    public static Variable selectFirst(Variable x) {
        return SelectOp.first(prepared("select", x));
    }

    /**
     * The first token of each text in a row of tokens, [1, tokens, hidden] to [texts, hidden]; zeros for a text without tokens.
     *
     * @param starts I32 [texts + 1], as in {@link #varlenAttention}
     */
    public static Variable selectFirst(Variable x, Tensor starts) {
        return SelectOp.first(prepared("select", x), starts);
    }

    /**
     * softmax(q k^T / sqrt(d) + mask) v for each head, d = hidden / heads.
     *
     * @param q      [batch, seq, hidden], head h in columns h*d to (h+1)*d; k and v alike
     * @param mask   F32 [batch, seq], added to the scores of each key: 0, or a large negative number for padding
     * @param p      dropout probability on the attention weights
     * @param random source of the dropout masks; may be null if p is 0
     */
    public static Variable scaledDotProductAttention(Variable q, Variable k, Variable v, Tensor mask, int heads, float p, @Nullable RandomState random) {
        Variable[] in = prepared("scaled_dot_product_attention", q, k, v);
        return AttentionOp.apply(in[0], in[1], in[2], mask, heads, p, random);
    }

    /**
     * {@link #scaledDotProductAttention} of texts that stand one after the other in one row of tokens, each to itself, as PyTorch's {@code varlen_attn};
     * tokens behind the last text get zeros.
     *
     * @param q         [1, tokens, hidden] or [tokens, hidden], head h in columns h*d to (h+1)*d; k and v alike
     * @param starts    I32 [texts + 1], PyTorch's {@code cu_seqlens}: text t has the tokens from starts[t] to starts[t + 1] - 1
     * @param maxLength the most tokens of a text
     * @param p         dropout probability on the attention weights
     * @param random    source of the dropout masks; may be null if p is 0
     */
    public static Variable varlenAttention(Variable q, Variable k, Variable v, Tensor starts, int maxLength, int heads, float p,
            @Nullable RandomState random) {
        Variable[] in = prepared("varlen_attn", q, k, v);
        return VarlenAttentionOp.apply(in[0], in[1], in[2], starts, maxLength, heads, p, random);
    }

    /** The mean of (input - target)^2 over all elements, an F32 scalar; both F32 or F16, of one shape. A target that is a constant has no gradient. */
    public static Variable mseLoss(Variable input, Variable target) {
        Variable[] in = prepared("mse_loss", input, target);
        return MseLossOp.apply(in[0], in[1]);
    }

    /**
     * Cross entropy of logits [batch, classes] with labels I32 [batch], averaged with weights F32 [batch]; a scalar.
     *
     * <p>Rows of the label -100 are left out of loss, mean and gradient, as PyTorch's {@code ignore_index}; other labels outside of the classes are refused.
     * So is a batch of which no row counts, where PyTorch's mean is NaN.
     */
    public static Variable crossEntropy(Variable logits, Tensor labels, Tensor weights) {
        return LossOp.crossEntropy(prepared("cross_entropy", logits), labels, weights);
    }

    /**
     * {@link #crossEntropy(Variable, Tensor, Tensor)} with weights of classes and label smoothing, as PyTorch's cross_entropy has them: the
     * mean is over the weights of rows times those of their labels' classes.
     *
     * @param classWeights F32 [classes], each a finite number above 0; null for 1 each
     * @param smoothing    from 0 to 1: the part of each label that all classes share
     */
    public static Variable crossEntropy(Variable logits, Tensor labels, Tensor weights, @Nullable Tensor classWeights, float smoothing) {
        return LossOp.crossEntropy(prepared("cross_entropy", logits), labels, weights, classWeights, smoothing);
    }

    /** Binary cross entropy of logits [batch] or [batch, 1] with labels F32 [batch] from 0 to 1 (none is ignored), averaged with weights F32 [batch]; a scalar. */
    public static Variable binaryCrossEntropyWithLogits(Variable logits, Tensor labels, Tensor weights) {
        return LossOp.bceWithLogits(prepared("binary_cross_entropy_with_logits", logits), labels, weights);
    }

    /** Binary cross entropy of probabilities [batch] or [batch, 1] with labels F32 [batch] from 0 to 1 (none is ignored), averaged with weights F32 [batch]; a scalar. */
    public static Variable binaryCrossEntropy(Variable probabilities, Tensor labels, Tensor weights) {
        return LossOp.bce(prepared("binary_cross_entropy", probabilities), labels, weights);
    }

    private static Variable[] prepared(String op, @Nullable Variable... inputs) {
        return InputPolicy.current().prepare(op, inputs);
    }

    private static Variable prepared(String op, Variable input) {
        return InputPolicy.current().prepare(op, input)[0];
    }
}
