package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.kernels.RandomState;

/** Every differentiable op under its PyTorch name, as {@code torch.nn.functional}. Each has a file of its own beside this one. */
public final class F {
    private F() {
    }

    /** a + b; b has a's shape or a suffix of it. */
    public static Variable add(Variable a, Variable b) {
        return AddOp.apply(a, b);
    }

    /** a - b for equal shapes. */
    public static Variable sub(Variable a, Variable b) {
        return SubOp.apply(a, b);
    }

    /** a * b, element by element; b has a's shape or a suffix of it. */
    public static Variable mul(Variable a, Variable b) {
        return MulOp.apply(a, b);
    }

    /** x * factor for a constant factor. */
    public static Variable scale(Variable x, float factor) {
        return ScaleOp.apply(x, factor);
    }

    /** x * factor for an F32 scalar on the device, through which no gradient flows. */
    public static Variable scale(Variable x, Tensor factor) {
        return ScaleOp.apply(x, factor);
    }

    /** a [.., m, k] times b [.., k, n] with equal leading dims, or b [k, n]; gives [.., m, n]. */
    public static Variable matmul(Variable a, Variable b) {
        return MatmulOp.apply(a, b, false, false);
    }

    /** {@link #matmul(Variable, Variable)} with the last two dims of a or b transposed first. */
    public static Variable matmul(Variable a, Variable b, boolean transposeA, boolean transposeB) {
        return MatmulOp.apply(a, b, transposeA, transposeB);
    }

    /** x [.., in] times weight [out, in] transposed, plus bias [out] (or null); gives [.., out]. */
    public static Variable linear(Variable x, Variable weight, Variable bias) {
        return LinearOp.apply(x, weight, bias);
    }

    /** x Phi(x), exactly, by erf. */
    public static Variable gelu(Variable x) {
        return GeluOp.erf(x);
    }

    /** GELU's tanh approximation, PyTorch's {@code approximate="tanh"}. */
    public static Variable geluTanh(Variable x) {
        return GeluOp.tanh(x);
    }

    /** max(x, 0). */
    public static Variable relu(Variable x) {
        return ReluOp.apply(x);
    }

    /** tanh(x). */
    public static Variable tanh(Variable x) {
        return TanhOp.apply(x);
    }

    /** exp(x) / sum(exp(x)) over the last dim. */
    public static Variable softmax(Variable x) {
        return SoftmaxOp.softmax(x);
    }

    /** x - log(sum(exp(x))) over the last dim. */
    public static Variable logSoftmax(Variable x) {
        return SoftmaxOp.logSoftmax(x);
    }

    /** (x - mean) / sqrt(var + eps) * gamma + beta over the last dim; gamma, beta [n]. */
    public static Variable layerNorm(Variable x, Variable gamma, Variable beta, float eps) {
        return LayerNormOp.apply(x, gamma, beta, eps);
    }

    /** Rows of weight [rows, hidden] at ids [..]; gives [.., hidden]. */
    public static Variable embedding(Variable weight, Tensor ids) {
        return EmbeddingOp.apply(weight, ids);
    }

    /** Zeroes with probability p and scales the rest by 1/(1-p); each call draws a new mask. */
    public static Variable dropout(Variable x, float p, RandomState random) {
        return DropoutOp.apply(x, p, random);
    }

    /** Sum of all elements, an F32 scalar. */
    public static Variable sum(Variable x) {
        return ReduceOp.sum(x);
    }

    /** Mean of all elements, an F32 scalar. */
    public static Variable mean(Variable x) {
        return ReduceOp.mean(x);
    }

    /** Largest element, an F32 scalar. */
    public static Variable max(Variable x) {
        return ReduceOp.max(x);
    }

    /** Sums over the last dim, F32: [.., n] to [..]. */
    public static Variable sumLast(Variable x) {
        return ReduceOp.sumLast(x);
    }

    /** Means over the last dim, F32: [.., n] to [..]. */
    public static Variable meanLast(Variable x) {
        return ReduceOp.meanLast(x);
    }

    /** Largest elements over the last dim, F32: [.., n] to [..]. */
    public static Variable maxLast(Variable x) {
        return ReduceOp.maxLast(x);
    }

    /** The same values as F32 or F16; x itself if it has that type. */
    public static Variable cast(Variable x, DType dtype) {
        return CastOp.apply(x, dtype);
    }

    /** Reorders dims: dim i of the result is dim axes[i] of x. Rank 4 at most. */
    public static Variable permute(Variable x, int... axes) {
        return PermuteOp.apply(x, axes);
    }

    /** The same elements in another shape. */
    public static Variable reshape(Variable x, int... dims) {
        return ReshapeOp.apply(x, dims);
    }

    /** The first position of each sequence: [batch, seq, hidden] to [batch, hidden]. */
    public static Variable selectFirst(Variable x) {
        return SelectOp.first(x);
    }

    /**
     * softmax(q k^T / sqrt(d) + mask) v for each head, d = hidden / heads.
     *
     * @param q      [batch, seq, hidden], head h in columns h*d to (h+1)*d; k and v alike
     * @param mask   F32 [batch, seq], added to the scores of each key: 0, or a large negative number for padding
     * @param p      dropout probability on the attention weights
     * @param random source of the dropout masks; may be null if p is 0
     */
    public static Variable scaledDotProductAttention(Variable q, Variable k, Variable v, Tensor mask, int heads, float p, RandomState random) {
        return AttentionOp.apply(q, k, v, mask, heads, p, random);
    }

    /** Cross entropy of logits [batch, classes] with labels I32 [batch], averaged with weights F32 [batch]; a scalar. */
    public static Variable crossEntropy(Variable logits, Tensor labels, Tensor weights) {
        return LossOp.crossEntropy(logits, labels, weights);
    }

    /** Binary cross entropy of logits [batch] or [batch, 1] with labels F32 [batch], averaged with weights F32 [batch]; a scalar. */
    public static Variable binaryCrossEntropyWithLogits(Variable logits, Tensor labels, Tensor weights) {
        return LossOp.bceWithLogits(logits, labels, weights);
    }
}
