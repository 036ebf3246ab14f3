// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FOLLOWS;
import static dev.mixed.amp.OpRule.HALF;
import static dev.mixed.opcases.Draw.fixed;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.attention.VarlenAttention;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/** Ops on packed batches, whose texts stand one after the other in one row of tokens. */
final class PackedOps {
    /** Starts of texts: texts without tokens at the end and between others, of one token, and rows with dead tokens. */
    private static final int[][] STARTS = {{0, 1}, {0, 7}, {0, 5, 5, 9, 9}, {0, 1, 2, 19}, {0, 33, 38, 55}, {0, 65, 130, 131}};
    /** Tokens of the row, heads and head size of each. */
    private static final int[][] SIZES = {{1, 1, 1}, {7, 3, 5}, {12, 2, 3}, {19, 1, 8}, {64, 2, 17}, {131, 2, 20}};

    private PackedOps() {
    }

    static List<OpSpec> all() {
        return List.of(varlenAttention(), selectFirst());
    }

    private static OpSpec varlenAttention() {
        OpSpec attention = op("varlenAttention(Variable,Variable,Variable,Tensor,int,int,float,RandomState)", "varlen_attn", HALF).approximateOnGpu();
        for (int i = 0; i < STARTS.length; i++) {
            attention.with(attention(STARTS[i], SIZES[i], 0f)).with(attention(STARTS[i], SIZES[i], 0.25f));
        }
        attention.onGpu(new int[][] {{0, 5, 5, 9, 9}}, s -> attention(s, new int[] {12, 2, 3}, 0.1f));
        attention.onGpu(new int[][] {{0, 128, 140, 143, 143}}, s -> attention(s, new int[] {192, 2, 64}, 0.1f));
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            attention.kernels(kernels(dtype, 0.1f, 320, 2, 64, 0, 17, 40, 41, 300, 300)).kernels(kernels(dtype, 0f, 64, 2, 32, 0, 64));
        }
        return attention;
    }

    private static OpCase attention(int[] starts, int[] sizes, float p) {
        int tokens = sizes[0], heads = sizes[1], d = sizes[2], texts = starts.length - 1;
        int longest = IntStream.range(0, texts).map(t -> starts[t + 1] - starts[t]).max().orElseThrow();
        int maxLength = longest + 2;
        OpCase c = inputs(normal(tokens, heads * d), normal(tokens, heads * d), normal(tokens, heads * d), fixed(starts))
                .note("starts=" + Arrays.toString(starts) + " heads=" + heads + " p=" + p).cost(2L * tokens * longest * heads * (d + 5)).floor(0.5)
                .call(in -> F.varlenAttention(in.var(0), in.var(1), in.var(2), in.tensor(3), maxLength, heads, p, in.random()))
                .reference(x -> Reference.varlenAttention(x.get(0), x.get(1), x.get(2), starts, x.factors(), maxLength, heads, d));
        return p == 0f ? c.torch(torch(starts, tokens, heads, d)) : c.draws((device, random) -> factors(device, random, starts, tokens, heads, maxLength, p));
    }

    /** libtorch's, text by text; dead tokens get zeros that depend on them. */
    private static String torch(int[] starts, int tokens, int heads, int d) {
        StringJoiner all = new StringJoiner(", ", "torch.cat([", "], 0)");
        for (int t = 0; t + 1 < starts.length; t++) {
            int from = starts[t], to = starts[t + 1];
            if (from < to) {
                String split = "torch.transpose(torch.view(torch.slice(%s, 0, " + from + ", " + to + "), [1, " + (to - from) + ", " + heads + ", " + d
                        + "]), 1, 2)";
                all.add("torch.reshape(torch.transpose(torch.scaled_dot_product_attention(" + split.formatted("a") + ", " + split.formatted("b") + ", "
                        + split.formatted("c") + "), 1, 2), [" + (to - from) + ", " + heads * d + "])");
            }
        }
        int end = starts[starts.length - 1];
        if (end < tokens) {
            all.add("torch.mul(torch.slice(a, 0, " + end + ", " + tokens + "), 0.0)");
        }
        return all.toString();
    }

    /** As {@link AttentionOps} finds them: from equal probabilities of rows of the identity. */
    private static double[] factors(Device device, RandomState random, int[] starts, int tokens, int heads, int maxLength, float p) {
        Shape shape = Shape.of(tokens, heads * maxLength);
        float[] identity = new float[shape.elements()];
        for (int t = 0; t + 1 < starts.length; t++) {
            for (int j = starts[t]; j < starts[t + 1]; j++) {
                for (int h = 0; h < heads; h++) {
                    identity[(j * heads + h) * maxLength + j - starts[t]] = 1f;
                }
            }
        }
        Variable zeros = Variable.constant(Tensor.zeros(device, shape, DType.F32));
        float[] out = F.varlenAttention(zeros, zeros, Variable.constant(Tensor.of(device, shape, identity)),
                Tensor.ofInts(device, Shape.of(starts.length), starts), maxLength, heads, p, random).data().toFloats();
        double[] factors = new double[tokens * heads * maxLength];
        for (int t = 0; t + 1 < starts.length; t++) {
            int length = starts[t + 1] - starts[t];
            for (int i = 0; i < length; i++) {
                for (int h = 0; h < heads; h++) {
                    for (int j = 0; j < length; j++) {
                        boolean kept = out[((starts[t] + i) * heads + h) * maxLength + j] > 0f;
                        factors[(starts[t] * heads + h * length + i) * maxLength + j] = kept ? 1 / (1 - (double) p) : 0;
                    }
                }
            }
        }
        return factors;
    }

    /** The result, what the backward pass keeps of the softmax, and all gradients. */
    private static GpuCase kernels(DType dtype, float p, int tokens, int heads, int d, int... starts) {
        String name = "varlen attention " + dtype + " [" + tokens + ", " + heads * d + "] starts " + Arrays.toString(starts) + " dropout " + p;
        return new GpuCase(name, Math.max(GpuCase.tolerance(dtype), GpuCase.APPROXIMATE), in -> {
            Tensor q = in.normal(dtype, tokens, heads * d);
            Tensor k = in.normal(dtype, tokens, heads * d);
            Tensor v = in.normal(dtype, tokens, heads * d);
            Tensor bounds = Tensor.ofInts(in.device(), Shape.of(starts.length), starts);
            Tensor snapshot = p > 0 ? new RandomState(in.device(), 5).next() : null;
            Attention.Result result = VarlenAttention.forward(q, k, v, bounds, heads, tokens, p, snapshot);
            Attention.Gradients g = VarlenAttention.backward(q, k, v, bounds, heads, tokens, p, snapshot, result, in.normal(dtype, tokens, heads * d));
            return List.of(result.out(), g.dq(), g.dk(), g.dv());
        });
    }

    private static OpSpec selectFirst() {
        OpSpec first = op("selectFirst(Variable,Tensor)", "select", FOLLOWS).gpuTolerance(0)
                .onGpu(new int[][] {{0, 5, 5, 9, 9}, {0, 128, 140, 143, 143}}, s -> firstOfTexts(s, s[s.length - 1] + 49, 768));
        for (int i = 0; i < STARTS.length; i++) {
            first.with(firstOfTexts(STARTS[i], SIZES[i][0], SIZES[i][1] * SIZES[i][2]));
        }
        return first;
    }

    private static OpCase firstOfTexts(int[] starts, int tokens, int hidden) {
        StringJoiner rows = new StringJoiner(", ", "torch.stack([", "], 0)");
        for (int t = 0; t + 1 < starts.length; t++) {
            rows.add(starts[t] < starts[t + 1] ? "torch.select(a, 0, " + starts[t] + ")" : "torch.mul(torch.select(a, 0, 0), 0.0)");
        }
        return inputs(normal(tokens, hidden), fixed(starts)).note("starts=" + Arrays.toString(starts))
                .call(in -> F.selectFirst(in.var(0), in.tensor(1)))
                .reference(x -> Reference.firstOfTexts(x.get(0), starts, hidden)).torch(rows.toString());
    }
}
