// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.HALF;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.Draw.padding;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.random.RandomState;
import java.util.List;

/** Scaled dot-product attention. */
final class AttentionOps {
    /** batch, seq, heads, head size. */
    private static final int[][] SHAPES = {
        {1, 1, 1, 1}, {2, 1, 3, 7}, {2, 7, 1, 3}, {2, 7, 3, 5}, {3, 3, 2, 1}, {2, 13, 2, 5}, {1, 17, 3, 8}, {1, 33, 2, 17}, {3, 33, 2, 17}, {1, 65, 1, 33}};

    private AttentionOps() {
    }

    static List<OpSpec> all() {
        return List.of(attention());
    }

    private static OpSpec attention() {
        OpSpec attention = op("scaledDotProductAttention(Variable,Variable,Variable,Tensor,int,float,RandomState)", "scaled_dot_product_attention", HALF)
                .approximateOnGpu();
        for (int[] s : SHAPES) {
            attention.with(attention(s[0], s[1], s[2], s[3], 0f)).with(attention(s[0], s[1], s[2], s[3], 0.25f));
        }
        attention.with(selfAttention());
        // Sequences too long for one block: BERT's, one that is no multiple of 4, and heads that tensor cores do not take.
        attention.onGpu(new int[][] {{2, 7, 3, 5}, {2, 512, 12, 64}, {2, 131, 2, 64}, {2, 132, 2, 20}, {3, 65, 2, 32}, {2, 200, 2, 128}},
                s -> attention(s[0], s[1], s[2], s[3], 0.1f));
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            attention.kernels(kernels(dtype, 2, 2, 13, 8, 0f))
                    .kernels(kernels(dtype, 3, 2, 40, 64, 0.1f))
                    .kernels(kernels(dtype, 16, 12, 24, 64, 0.1f))
                    .kernels(kernels(dtype, 2, 12, 512, 64, 0.1f))
                    .kernels(kernels(dtype, 2, 2, 17, 32, 0.1f))
                    .kernels(kernels(dtype, 1, 1, 2048, 64, 0.1f))
                    .kernels(kernels(dtype, 1, 2, 300, 32, 0f))
                    .kernels(kernels(dtype, 2, 1, 129, 128, 0f));
        }
        return attention.selfCheck(kernels(DType.F16, 2, 2, 24, 32, 0f));
    }

    private static OpCase attention(int batch, int seq, int heads, int d, float p) {
        int[] qkv = {batch, seq, heads * d};
        OpCase c = inputs(normal(qkv), normal(qkv), normal(qkv), padding(batch, seq)).note("heads=" + heads + " p=" + p)
                .cost(2L * batch * seq * seq * heads * (d + 5)).floor(seq == 1 ? 0.5 : 0.1)
                .call(in -> F.scaledDotProductAttention(in.var(0), in.var(1), in.var(2), in.tensor(3), heads, p, in.random()))
                .reference(x -> Reference.attention(x.get(0), x.get(1), x.get(2), x.get(3), x.factors(), batch, seq, heads, d));
        return p == 0f ? c.torch(torch("a", "b", "c", "d", batch, seq, heads, d)) : c.draws((device, random) -> factors(device, random, p, batch, seq, heads));
    }

    /** One variable as query, key and value: its three gradients must add up. */
    private static OpCase selfAttention() {
        return inputs(normal(2, 7, 6), padding(2, 7)).note("of itself").cost(2500).floor(0.1)
                .call(in -> F.scaledDotProductAttention(in.var(0), in.var(0), in.var(0), in.tensor(1), 2, 0f, null))
                .reference(x -> Reference.attention(x.get(0), x.get(0), x.get(0), x.get(1), null, 2, 7, 2, 3))
                .torch(torch("a", "a", "a", "b", 2, 7, 2, 3));
    }

    /** libtorch's takes and gives [batch, heads, seq, d], and a mask of that rank. */
    private static String torch(String q, String k, String v, String mask, int batch, int seq, int heads, int d) {
        String split = "torch.transpose(torch.view(%s, [" + batch + ", " + seq + ", " + heads + ", " + d + "]), 1, 2)";
        return "torch.reshape(torch.transpose(torch.scaled_dot_product_attention(" + split.formatted(q) + ", " + split.formatted(k) + ", " + split.formatted(v)
                + ", torch.view(" + mask + ", [" + batch + ", 1, 1, " + seq + "])), 1, 2), [" + batch + ", " + seq + ", " + heads * d + "])";
    }

    /** With q = k = 0 all probabilities are equal, and with rows of the identity for v the result shows which of them were kept. */
    private static double[] factors(Device device, RandomState random, float p, int batch, int seq, int heads) {
        Shape shape = Shape.of(batch, seq, heads * seq);
        float[] identity = new float[shape.elements()];
        for (int b = 0; b < batch; b++) {
            for (int j = 0; j < seq; j++) {
                for (int h = 0; h < heads; h++) {
                    identity[((b * seq + j) * heads + h) * seq + j] = 1f;
                }
            }
        }
        Variable zeros = Variable.constant(Tensor.zeros(device, shape, DType.F32));
        Tensor mask = Tensor.zeros(device, Shape.of(batch, seq), DType.F32);
        float[] out = F.scaledDotProductAttention(zeros, zeros, Variable.constant(Tensor.of(device, shape, identity)), mask, heads, p, random)
                .data().toFloats();
        double[] factors = new double[batch * heads * seq * seq];
        for (int b = 0; b < batch; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < seq; i++) {
                    for (int j = 0; j < seq; j++) {
                        boolean kept = out[((b * seq + i) * heads + h) * seq + j] > 0f;
                        factors[((b * heads + h) * seq + i) * seq + j] = kept ? 1 / (1 - (double) p) : 0;
                    }
                }
            }
        }
        return factors;
    }

    /** The result, what the backward pass keeps of the softmax, and all gradients. */
    private static GpuCase kernels(DType dtype, int batch, int heads, int seq, int d, float p) {
        String name = "attention " + dtype + " [" + batch + ", " + heads + ", " + seq + ", " + d + "] dropout " + p;
        return new GpuCase(name, Math.max(GpuCase.tolerance(dtype), GpuCase.APPROXIMATE), in -> {
            int hidden = heads * d;
            Tensor q = in.normal(dtype, batch, seq, hidden);
            Tensor k = in.normal(dtype, batch, seq, hidden);
            Tensor v = in.normal(dtype, batch, seq, hidden);
            Tensor mask = in.mask(batch, seq);
            Tensor snapshot = p > 0 ? new RandomState(in.device(), 5).next() : null;
            Attention.Result result = Attention.forward(q, k, v, mask, heads, p, snapshot);
            Attention.Gradients g = Attention.backward(q, k, v, mask, heads, p, snapshot, result, in.normal(dtype, batch, seq, hidden));
            return List.of(result.out(), result.rowMax(), result.rowSum(), g.dq(), g.dk(), g.dv());
        });
    }
}
