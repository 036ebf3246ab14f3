// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Embedding;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.LayerNorm;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.nn.Module;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whole models learn, and learn the same each time. */
class LearningTest {
    /** Two linear layers with tanh between. */
    private static final class Perceptron extends Module {
        private final Linear hidden;
        private final Linear out;

        Perceptron(Device device) {
            Initializer init = new Initializer(device, 3);
            hidden = register("hidden", new Linear(init, 2, 8, 1f));
            out = register("out", new Linear(init, 8, 1, 1f));
        }

        Variable forward(Tensor x) {
            return out.forward(F.tanh(hidden.forward(Variable.constant(x))));
        }
    }

    @Test
    void perceptronLearnsExclusiveOr() {
        try (Device device = JvmDevice.open(1)) {
            Perceptron model = new Perceptron(device);
            Tensor x = Tensor.of(device, Shape.of(4, 2), 0, 0, 0, 1, 1, 0, 1, 1);
            Tensor labels = Tensor.of(device, Shape.of(4), 0, 1, 1, 0);
            Tensor weights = Tensor.of(device, Shape.of(4), 1, 1, 1, 1);
            Optimizer sgd = new SGD(List.of(new ParameterGroup(model.namedParameters(), 0)), 0.5f, 0.9f, false);
            for (int step = 0; step < 200; step++) {
                sgd.zeroGrad();
                F.binaryCrossEntropyWithLogits(model.forward(x), labels, weights).backward();
                sgd.step();
            }
            float[] logits = model.forward(x).data().toFloats();
            for (int i = 0; i < 4; i++) {
                boolean one = i == 1 || i == 2;
                assertTrue(one ? logits[i] > 2 : logits[i] < -2, "logit " + i + " is " + logits[i]);
            }
        }
    }

    /** A classifier of one post-norm attention block. */
    private static final class Classifier extends Module {
        private static final int VOCAB = 50;
        private static final int HIDDEN = 16;
        private static final int HEADS = 2;

        private final RandomState random;
        private final Embedding words;
        private final Embedding positions;
        private final Linear query;
        private final Linear key;
        private final Linear value;
        private final Linear project;
        private final LayerNorm firstNorm;
        private final Linear up;
        private final Linear down;
        private final LayerNorm secondNorm;
        private final Linear classify;
        private final Dropout dropout;

        Classifier(Device device, int seq) {
            Initializer init = new Initializer(device, 5);
            random = new RandomState(device, 9);
            words = register("words", new Embedding(init, VOCAB, HIDDEN, 0.5f, 0));
            positions = register("positions", new Embedding(init, seq, HIDDEN, 0.5f, -1));
            query = register("query", new Linear(init, HIDDEN, HIDDEN, 0.2f));
            key = register("key", new Linear(init, HIDDEN, HIDDEN, 0.2f));
            value = register("value", new Linear(init, HIDDEN, HIDDEN, 0.2f));
            project = register("project", new Linear(init, HIDDEN, HIDDEN, 0.2f));
            firstNorm = register("first_norm", new LayerNorm(init, HIDDEN, 1e-12f));
            up = register("up", new Linear(init, HIDDEN, 4 * HIDDEN, 0.2f));
            down = register("down", new Linear(init, 4 * HIDDEN, HIDDEN, 0.2f));
            secondNorm = register("second_norm", new LayerNorm(init, HIDDEN, 1e-12f));
            classify = register("classify", new Linear(init, HIDDEN, 4, 0.02f));
            dropout = register("dropout", new Dropout(0.1f, random));
        }

        Variable forward(Tensor ids, Tensor mask) {
            Variable x = dropout.forward(F.add(words.forward(ids), positions.weight()));
            Variable attended = F.scaledDotProductAttention(query.forward(x), key.forward(x), value.forward(x), mask, HEADS,
                    training() ? 0.1f : 0f, random);
            x = firstNorm.forward(F.add(x, dropout.forward(project.forward(attended))));
            x = secondNorm.forward(F.add(x, dropout.forward(down.forward(F.gelu(up.forward(x))))));
            return classify.forward(F.selectFirst(x));
        }
    }

    /** Losses of a training run on random labels of 8 random sequences, and the evaluation's at the end. */
    private static float[] overfit(int threads, boolean recorded, int steps) {
        int batch = 8;
        int seq = 11;
        try (Device device = JvmDevice.open(threads)) {
            Random random = new Random(1);
            Classifier model = new Classifier(device, seq);
            float[] padding = new float[batch * seq];
            for (int b = 0; b < batch; b++) {
                for (int j = 4 + random.nextInt(seq - 3); j < seq; j++) {
                    padding[b * seq + j] = -Float.MAX_VALUE;
                }
            }
            Tensor ids = Tensor.ofInts(device, Shape.of(batch, seq), random.ints((long) batch * seq, 1, Classifier.VOCAB).toArray());
            Tensor mask = Tensor.of(device, Shape.of(batch, seq), padding);
            Tensor labels = Tensor.ofInts(device, Shape.of(batch), random.ints(batch, 0, 4).toArray());
            Tensor weights = Tensor.of(device, Shape.of(batch), 1, 1, 1, 1, 1, 1, 1, 1);
            Optimizer adamw = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 0.01f);
            Program program = recorded ? Program.record(device, () -> List.of(step(model, adamw, ids, mask, labels, weights))) : null;
            float[] losses = new float[steps + 1];
            for (int step = 0; step < steps; step++) {
                if (recorded) {
                    program.run();
                    losses[step] = program.output(0).item();
                } else {
                    losses[step] = step(model, adamw, ids, mask, labels, weights).item();
                }
            }
            model.eval();
            try (NoGrad _ = NoGrad.enter()) {
                losses[steps] = F.crossEntropy(model.forward(ids, mask), labels, weights).data().item();
            }
            return losses;
        }
    }

    private static Tensor step(Classifier model, Optimizer adamw, Tensor ids, Tensor mask, Tensor labels, Tensor weights) {
        adamw.zeroGrad();
        Variable loss = F.crossEntropy(model.forward(ids, mask), labels, weights);
        loss.backward();
        adamw.step(GradientClipping.coefficient(GradientClipping.globalNorm(model.parameters()), 1f));
        return loss.data();
    }

    @Test
    void attentionBlockLearnsRandomSequencesByHeart() {
        float[] losses = overfit(2, true, 150);
        assertEquals(Math.log(4), losses[0], 0.2, "an untrained classifier knows nothing");
        assertTrue(losses[150] < 0.05, "loss after training: " + losses[150]);
    }

    @Test
    void runsAreReproducible() {
        float[] first = overfit(2, false, 30);
        assertArrayEquals(first, overfit(2, false, 30), "the same run again");
        assertArrayEquals(first, overfit(1, false, 30), "one thread");
        assertArrayEquals(first, overfit(3, false, 30), "three threads");
        assertArrayEquals(first, overfit(2, true, 30), "a recorded step");
    }
}
