// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.KernelCode;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.embedding.Embedding;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.loss.CrossEntropy;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.optimizer.LossScaling;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A JVM that was started without the module of the Vector API trains all the same, by the reference loops, and says in one line what it lacks. */
class PlainLoopsTest {
    private static final String LINE = "without --add-modules jdk.incubator.vector";

    @Test
    void trainsWithoutTheVectorApi() throws Exception {
        List<String> lines = run(List.of());
        assertEquals(1, lines.stream().filter(l -> l.contains(LINE)).count(), lines::toString);
        List<String> expected = new ArrayList<>();
        try (JvmDevice device = JvmDevice.reference()) {
            for (DType dtype : List.of(DType.F32, DType.F16)) {
                expected.addAll(Training.train(device, dtype));
            }
        }
        assertEquals(expected, lines.stream().filter(l -> l.startsWith(Training.NUMBERS)).toList());
        String first = expected.getFirst().split(" ")[1];
        assertTrue(Float.parseFloat(first) > 2 * Float.parseFloat(expected.get(Training.STEPS - 1).split(" ")[1]), "it learns: " + expected);
    }

    @Test
    void saysNothingWithTheVectorApi() throws Exception {
        List<String> lines = run(List.of("--add-modules", "jdk.incubator.vector"));
        assertEquals(0, lines.stream().filter(l -> l.contains(LINE)).count(), lines::toString);
        assertEquals(2 * (Training.STEPS + 1), lines.stream().filter(l -> l.startsWith(Training.NUMBERS)).count(), lines::toString);
    }

    /** What {@link Training} prints in a JVM with these flags and no others. */
    private static List<String> run(List<String> flags) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Training.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), "it ends");
        assertEquals(0, process.exitValue(), lines::toString);
        return lines;
    }

    /** Initializes the classes of all ops, and trains a classifier of sequences of ids with those that have vector forms. */
    static final class Training {
        static final int STEPS = 12;
        static final String NUMBERS = "numbers: ";
        private static final int BATCH = 2;
        private static final int SEQ = 9;
        private static final int HIDDEN = 26;
        private static final int CLASSES = 3;

        private Training() {
        }

        public static void main(String[] args) throws ClassNotFoundException {
            for (String name : KernelCode.classes(Kernel.class)) {
                if (name.contains("/ops/") && !name.endsWith("Vector")) {
                    Class.forName(name.replace('/', '.'));
                }
            }
            try (JvmDevice device = JvmDevice.open(2)) {
                for (DType dtype : List.of(DType.F32, DType.F16)) {
                    train(device, dtype).forEach(System.out::println);
                }
            }
        }

        /** The loss of each step, and the bits of the weights after the last. */
        static List<String> train(Device device, DType dtype) {
            int tokens = BATCH * SEQ;
            int[] ids = new int[tokens];
            int[] classes = new int[tokens];
            for (int t = 0; t < tokens; t++) {
                ids[t] = t * t % 11;
                classes[t] = ids[t] % CLASSES;
            }
            Tensor id = Tensor.ofInts(device, Shape.of(BATCH, SEQ), ids);
            Tensor label = Tensor.ofInts(device, Shape.of(tokens), classes);
            Tensor weight = Tensor.of(device, Shape.of(tokens), ones(tokens));
            Tensor mask = Tensor.zeros(device, Shape.of(BATCH, SEQ), DType.F32);
            Tensor table = Lowered.normal(device, DType.F32, 1, 11, HIDDEN);
            Tensor gamma = Tensor.of(device, Shape.of(HIDDEN), ones(HIDDEN));
            Tensor beta = Tensor.zeros(device, Shape.of(HIDDEN), DType.F32);
            Tensor head = Lowered.normal(device, DType.F32, 2, CLASSES, HIDDEN);
            List<Tensor> parameters = List.of(table, gamma, head);
            List<Tensor> first = parameters.stream().map(p -> Tensor.zeros(device, p.shape(), DType.F32)).toList();
            List<Tensor> second = parameters.stream().map(p -> Tensor.zeros(device, p.shape(), DType.F32)).toList();
            Tensor rate = Tensor.of(device, Shape.of(1), 0.05f);
            Tensor scale = Tensor.of(device, Shape.of(1), 256f);
            Tensor found = Tensor.zeros(device, Shape.of(1), DType.F32);
            Tensor step = Tensor.ofInts(device, Shape.of(1), 0);
            RandomState random = new RandomState(device, 7);
            Program program = Program.record(device, () -> {
                Tensor snapshot = random.next();
                Tensor x = Embedding.forward(table, id, dtype);
                Attention.Result attended = Attention.forward(x, x, x, mask, 2, 0.1f, snapshot);
                LayerNorm.Result normed = LayerNorm.forward(attended.out(), gamma, beta, 1e-5f);
                Tensor dropped = Dropout.apply(Gelu.exact(normed.y()), 0.1f, snapshot).reshape(tokens, HIDDEN);
                Tensor weights = Cast.to(head, dtype);
                Tensor logits = Cast.to(Matmul.matmul(dropped, weights, false, true), DType.F32);
                Tensor loss = CrossEntropy.forward(logits, label, weight);

                Tensor dlogits = Cast.to(CrossEntropy.backward(logits, label, weight, scale), dtype);
                Tensor dhead = Tensor.empty(device, head.shape(), DType.F32);
                Matmul.matmulInto(dhead, dlogits, dropped, true, false, false);
                Tensor ddropped = Matmul.matmul(dlogits, weights, false, false).reshape(BATCH, SEQ, HIDDEN);
                Tensor dy = Gelu.exactBackward(normed.y(), Dropout.apply(ddropped, 0.1f, snapshot));
                Tensor dgamma = Tensor.empty(device, gamma.shape(), DType.F32);
                LayerNorm.backwardGammaInto(dgamma, attended.out(), normed, dy, false);
                Tensor dattended = LayerNorm.backward(attended.out(), gamma, normed, dy);
                Attention.Gradients dx = Attention.backward(x, x, x, mask, 2, 0.1f, snapshot, attended, dattended);
                Tensor dtable = Tensor.empty(device, table.shape(), DType.F32);
                Embedding.backwardInto(dtable, id, dx.dq(), false);
                Embedding.backwardInto(dtable, id, dx.dk(), true);
                Embedding.backwardInto(dtable, id, dx.dv(), true);

                List<Tensor> gradients = List.of(dtable, dgamma, dhead);
                LossScaling.unscale(gradients, LossScaling.inverse(scale), found);
                Tensor clip = Optim.clipCoefficient(Optim.norm(gradients), 5f);
                Optim.incrementStep(step, found);
                for (int i = 0; i < parameters.size(); i++) {
                    Optim.adamw(parameters.get(i), gradients.get(i), first.get(i), second.get(i), rate, step, clip, found, 0.9f, 0.999f, 1e-8f, 0.01f);
                }
                return List.of(loss);
            });
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                program.run();
                lines.add(NUMBERS + program.output(0).item());
            }
            int bits = parameters.stream().mapToInt(p -> Arrays.hashCode(p.toFloats())).reduce(0, (a, b) -> 31 * a + b);
            lines.add(NUMBERS + bits);
            return lines;
        }

        private static float[] ones(int n) {
            float[] ones = new float[n];
            Arrays.fill(ones, 1f);
            return ones;
        }
    }
}
