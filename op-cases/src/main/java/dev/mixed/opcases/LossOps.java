// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FLOAT;
import static dev.mixed.amp.OpRule.REFUSED;
import static dev.mixed.opcases.Draw.constant;
import static dev.mixed.opcases.Draw.ids;
import static dev.mixed.opcases.Draw.labels;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.Draw.uniform;
import static dev.mixed.opcases.Draw.variable;
import static dev.mixed.opcases.Draw.weights;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import java.util.List;

/** Losses: means over a batch, most of them with weights. */
final class LossOps {
    private static final int[][] CLASSES = {{1, 1}, {1, 2}, {7, 2}, {5, 1}, {13, 3}, {65, 33}, {17, 1025}};
    private static final int[][] BINARY = {{1}, {1, 1}, {7}, {13, 1}, {65}, {1025}};
    private static final int[][] BATCHES_ON_GPU = {{1}, {13}, {32}};
    /** Rows and classes, as many as a masked language model has. */
    private static final int[][] VOCABULARIES = {{1, 256}, {3, 1025}, {130, 30522}};
    /** libtorch's losses of single rows, averaged with the weights c. */
    private static final String MEAN = "torch.div(torch.sum(torch.mul(%s, c)), torch.sum(c))";

    private LossOps() {
    }

    static List<OpSpec> all() {
        return List.of(crossEntropy(), smoothedCrossEntropy(), binaryCrossEntropyWithLogits(), binaryCrossEntropy(), mseLoss());
    }

    private static OpSpec crossEntropy() {
        return op("crossEntropy(Variable,Tensor,Tensor)", "cross_entropy", FLOAT)
                .call(in -> F.crossEntropy(in.var(0), in.tensor(1), in.tensor(2)))
                .reference(x -> new double[] {Reference.crossEntropy(x.get(0), x.get(1), x.get(2))})
                .torch(MEAN.formatted("torch.cross_entropy_loss(torch.to(a, 6), b, None, 0)"))
                .costPerElement(20)
                .floor(0.05)
                .each(CLASSES, s -> inputs(normal(s), ids(s[1], s[0]), weights(s[0])))
                .onGpu(BATCHES_ON_GPU, s -> inputs(normal(s[0], 5), ids(5, s[0]), weights(s[0])))
                .onGpu(VOCABULARIES, s -> inputs(normal(s), ids(s[1], s[0]), weights(s[0])))
                .approximateOnGpu();
    }

    private static OpSpec smoothedCrossEntropy() {
        String torch = "torch.div(torch.sum(torch.mul(torch.cross_entropy_loss(torch.to(a, 6), b, torch.to(d, 6), 0, -100, %s), c)),"
                + " torch.sum(torch.mul(c, torch.index_select(d, 0, b))))";
        return op("crossEntropy(Variable,Tensor,Tensor,Tensor,float)", "cross_entropy", FLOAT)
                .call(in -> F.crossEntropy(in.var(0), in.tensor(1), in.tensor(2), in.tensor(3), 0.1f))
                .reference(x -> new double[] {Reference.smoothedCrossEntropy(x.get(0), x.get(1), x.get(2), x.get(3), 0.1f)})
                .torch(torch.formatted("0.1"))
                .costPerElement(30)
                .floor(0.05)
                .each(CLASSES, s -> inputs(normal(s), ids(s[1], s[0]), weights(s[0]), classWeights(s[1])))
                .with(inputs(normal(13, 3), ids(3, 13), weights(13), classWeights(3)).note("weights of classes alone").torch(torch.formatted("0.0"))
                        .call(in -> F.crossEntropy(in.var(0), in.tensor(1), in.tensor(2), in.tensor(3), 0))
                        .reference(x -> new double[] {Reference.smoothedCrossEntropy(x.get(0), x.get(1), x.get(2), x.get(3), 0)}))
                .with(inputs(normal(13, 3), ids(3, 13), weights(13)).note("smoothing alone")
                        .torch(MEAN.formatted("torch.cross_entropy_loss(torch.to(a, 6), b, None, 0, -100, 1.0)"))
                        .call(in -> F.crossEntropy(in.var(0), in.tensor(1), in.tensor(2), null, 1))
                        .reference(x -> new double[] {Reference.smoothedCrossEntropy(x.get(0), x.get(1), x.get(2), new double[] {1, 1, 1}, 1)}))
                .onGpu(BATCHES_ON_GPU, s -> inputs(normal(s[0], 5), ids(5, s[0]), weights(s[0]), classWeights(5)))
                .approximateOnGpu();
    }

    private static Input classWeights(int classes) {
        return constant((random, n) -> random.doubles(n, 0.25, 4).toArray(), classes);
    }

    private static OpSpec binaryCrossEntropyWithLogits() {
        return op("binaryCrossEntropyWithLogits(Variable,Tensor,Tensor)", "binary_cross_entropy_with_logits", FLOAT)
                .call(in -> F.binaryCrossEntropyWithLogits(in.var(0), in.tensor(1), in.tensor(2)))
                .reference(x -> new double[] {Reference.binaryCrossEntropy(x.get(0), x.get(1), x.get(2))})
                .torch(MEAN.formatted("torch.binary_cross_entropy_with_logits(torch.reshape(torch.to(a, 6), [-1]), torch.to(b, 6), None, None, 0)"))
                .costPerElement(20)
                .each(BINARY, s -> inputs(variable((random, n) -> Reference.map(Draw.gaussians(random, n), v -> 3 * v), s), labels(s[0]), weights(s[0])))
                .onGpu(BATCHES_ON_GPU, s -> inputs(normal(s), labels(s[0]), weights(s[0])))
                .approximateOnGpu();
    }

    private static OpSpec binaryCrossEntropy() {
        return op("binaryCrossEntropy(Variable,Tensor,Tensor)", "binary_cross_entropy", REFUSED)
                .call(in -> F.binaryCrossEntropy(in.var(0), in.tensor(1), in.tensor(2)))
                .reference(x -> new double[] {Reference.binaryCrossEntropyOfProbabilities(x.get(0), x.get(1), x.get(2))})
                .torch(MEAN.formatted("torch.binary_cross_entropy(torch.reshape(torch.to(a, 6), [-1]), torch.to(b, 6), None, 0)"))
                .costPerElement(20)
                .each(BINARY, s -> inputs(uniform(0.2, 0.8, s), labels(s[0]), weights(s[0])))
                .onGpu(BATCHES_ON_GPU, s -> inputs(uniform(0.1, 0.9, s), labels(s[0]), weights(s[0])))
                .approximateOnGpu();
    }

    private static OpSpec mseLoss() {
        return op("mseLoss(Variable,Variable)", "mse_loss", FLOAT)
                .call(in -> F.mseLoss(in.var(0), in.var(1)))
                .reference(x -> new double[] {Reference.meanSquare(Reference.add(x.get(0), x.get(1), -1))})
                .torch("torch.mse_loss(torch.to(a, 6), torch.to(b, 6))")
                .costPerElement(3)
                .each(ElementwiseOps.SHAPES, s -> inputs(normal(s), normal(s)))
                .with(inputs(normal(3, 7), constant(3, 7)).note("to a constant").call(in -> F.mseLoss(in.var(0), Variable.constant(in.tensor(1)))))
                .onGpu(ElementwiseOps.SMALL, s -> inputs(normal(s), normal(s)));
    }
}
