// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.nn.Embedding;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ids, labels and weights out of range are refused with index and range, at once and in recorded programs; a label of -100 is ignored, as in PyTorch. */
class InputRangeTest {
    private static final Device DEVICE = JvmDevice.open(2);
    private static final List<Device> DEVICES = List.of(DEVICE, JvmDevice.reference());

    static Stream<Device> devices() {
        return DEVICES.stream();
    }

    @AfterAll
    static void close() {
        DEVICES.forEach(Device::close);
    }

    private static Variable leaf(Device device, Shape shape, float... values) {
        return Variable.leaf(Tensor.of(device, shape, values));
    }

    /** An op over an input of integers or floats, values that are fine, values that are not, and what the message says. */
    record Case(String name, Tensor input, Function<Tensor, Variable> op, Number[] fine, Number[] wrong, List<String> words) {
        void write(Number... values) {
            if (input.dtype() == DType.I32) {
                int[] ints = new int[values.length];
                for (int i = 0; i < ints.length; i++) {
                    ints[i] = values[i].intValue();
                }
                input.write(ints);
            } else {
                float[] floats = new float[values.length];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = values[i].floatValue();
                }
                input.write(floats);
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Number[] n(Number... values) {
        return values;
    }

    static Stream<Arguments> cases() {
        Variable table = leaf(DEVICE, Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        Variable x = leaf(DEVICE, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Variable logit = leaf(DEVICE, Shape.of(2), 1, 2);
        Variable probability = leaf(DEVICE, Shape.of(2, 1), 0.5f, 0.25f);
        Tensor ones = Tensor.of(DEVICE, Shape.of(2), 1, 1);
        Tensor zeroOne = Tensor.of(DEVICE, Shape.of(2), 0, 1);
        Tensor classes = Tensor.ofInts(DEVICE, Shape.of(2), 0, 2);
        Tensor ids = Tensor.zeros(DEVICE, Shape.of(2, 2), DType.I32);
        Tensor two = Tensor.zeros(DEVICE, Shape.of(2), DType.I32);
        Tensor floats = Tensor.zeros(DEVICE, Shape.of(2), DType.F32);
        Tensor three = Tensor.zeros(DEVICE, Shape.of(3), DType.F32);
        Tensor index = Tensor.zeros(DEVICE, Shape.of(2, 1), DType.I32);
        Embedding embedding = new Embedding(new Initializer(DEVICE, 1), 3, 2, 1f, -1);
        Function<Tensor, Variable> ce = labels -> F.crossEntropy(x, labels, ones);
        Function<Tensor, Variable> bce = labels -> F.binaryCrossEntropyWithLogits(logit, labels, ones);
        return Stream.of(
                new Case("id above", ids, i -> F.embedding(table, i), n(0, 3, 1, 2), n(0, 1, 4, 0), List.of("embedding", "[1, 0]", "is 4", "0 to 3")),
                new Case("id below", ids, i -> F.embedding(table, i), n(0, 3, 1, 2), n(0, -1, 1, 0), List.of("embedding", "[0, 1]", "is -1", "0 to 3")),
                new Case("id of a layer", two, embedding::forward, n(0, 2), n(2, 3), List.of("embedding", "index 1", "is 3", "0 to 2")),
                new Case("huge id", two, embedding::forward, n(0, 2), n(Integer.MAX_VALUE, 0), List.of("index 0", "is 2147483647")),
                new Case("gather above", index, i -> F.gather(x, 1, i), n(0, 2), n(0, 3), List.of("gather", "[1, 0]", "is 3", "0 to 2")),
                new Case("gather below", index, i -> F.gather(x, -1, i), n(0, 2), n(-1, 0), List.of("gather", "[0, 0]", "is -1", "0 to 2")),
                new Case("label above", two, ce, n(0, 2), n(0, 3), List.of("cross_entropy", "label", "index 1", "is 3", "0 to 2", "-100")),
                new Case("label below", two, ce, n(0, 2), n(-1, 2), List.of("cross_entropy", "index 0", "is -1")),
                new Case("near -100", two, ce, n(-100, 2), n(-99, 2), List.of("cross_entropy", "index 0", "is -99")),
                new Case("all ignored", two, ce, n(-100, 1), n(-100, -100), List.of("cross_entropy", "no row that counts", "-100")),
                new Case("binary label", floats, bce, n(0, 1), n(0, 2), List.of("binary_cross_entropy_with_logits", "index 1", "is 2.0", "0 to 1")),
                new Case("none is ignored", floats, bce, n(0.5, 1), n(-100, 1), List.of("binary_cross_entropy_with_logits", "index 0", "is -100.0")),
                new Case("label NaN", floats, bce, n(0.5, 1), n(1, Float.NaN), List.of("index 1", "is NaN")),
                new Case("label of probabilities", floats, y -> F.binaryCrossEntropy(probability, y, ones), n(0, 1), n(-0.25, 1),
                        List.of("binary_cross_entropy", "index 0", "is -0.25")),
                new Case("weight below", floats, w -> F.crossEntropy(x, classes, w), n(0, 1), n(1, -1), List.of("cross_entropy", "weight", "index 1", "-1.0")),
                new Case("weight NaN", floats, w -> F.binaryCrossEntropy(probability, zeroOne, w), n(0, 1), n(Float.NaN, 1), List.of("weight", "NaN")),
                new Case("class weight below", three, v -> F.crossEntropy(x, classes, ones, v, 0.1f), n(0.5f, 1, 2), n(1, 0, 1),
                        List.of("cross_entropy", "class weight", "index 1", "0.0", "above 0")),
                new Case("class weight NaN", three, v -> F.crossEntropy(x, classes, ones, v, 0), n(1, 2, 3), n(1, 2, Float.NaN),
                        List.of("class weight", "NaN")),
                new Case("no weight", floats, w -> F.binaryCrossEntropyWithLogits(logit, zeroOne, w), n(0, 1), n(0, 0), List.of("no row that counts")))
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void outOfRangeIsRefusedAtOnceAndInAProgram(Case c) {
        c.write(c.fine);
        float[] expected = c.op.apply(c.input).data().toFloats();
        Program program = Program.record(DEVICE, () -> List.of(c.op.apply(c.input).data()));
        program.run();
        assertArrayEquals(expected, program.output(0).toFloats());
        c.write(c.wrong);
        long launches = DEVICE.stats().launchesRecorded();
        assertRefused(() -> c.op.apply(c.input), c.words);
        assertEquals(launches, DEVICE.stats().launchesRecorded(), "nothing was recorded");
        long runs = DEVICE.stats().programRuns();
        assertRefused(program::run, c.words);
        assertRefused(program::run, c.words);
        assertEquals(runs, DEVICE.stats().programRuns(), "nothing was computed");
        assertArrayEquals(expected, program.output(0).toFloats());
        c.write(c.fine);
        program.run();
        assertArrayEquals(expected, program.output(0).toFloats());
    }

    /** torch.nn.functional.cross_entropy(logits, labels) has no weights of rows; with them it is the weighted mean over the rows that are not ignored. */
    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void ignoredRowsAreNotThere(Device device) {
        float[] values = {1, 2, 0.5f, -1, 3, 0.25f, 2, 2, 1, 0, 0, 4};
        for (DType dtype : new DType[] {DType.F32, DType.F16}) {
            Variable all = Variable.leaf(Tensor.of(device, Shape.of(4, 3), dtype, values));
            Tensor labels = Tensor.ofInts(device, Shape.of(4), 2, -100, 0, -100);
            Variable ignored = F.crossEntropy(all, labels, Tensor.of(device, Shape.of(4), 1, 1, 3, 1));
            Variable two = Variable.leaf(Tensor.of(device, Shape.of(2, 3), dtype, 1, 2, 0.5f, 2, 2, 1));
            Variable plain = F.crossEntropy(two, Tensor.ofInts(device, Shape.of(2), 2, 0), Tensor.of(device, Shape.of(2), 1, 3));
            assertEquals(plain.data().item(), ignored.data().item());
            plain.backward();
            ignored.backward();
            float[] g = two.grad().toFloats();
            assertArrayEquals(new float[] {g[0], g[1], g[2], 0, 0, 0, g[3], g[4], g[5], 0, 0, 0}, all.grad().toFloats());
        }
        // By the formula in torch.nn.CrossEntropyLoss: the sum over rows that are not ignore_index, divided by their number.
        Variable x = leaf(device, Shape.of(3, 2), 1, 2, 0, 3, 5, 5);
        float mean = F.crossEntropy(x, Tensor.ofInts(device, Shape.of(3), 0, -100, 1), Tensor.of(device, Shape.of(3), 1, 1, 1)).data().item();
        assertEquals((Math.log(1 + Math.E) + Math.log(2)) / 2, mean, 1e-6);
    }

    @Test
    void rowsOfWeightZeroMayHoldAnything() {
        Variable x = leaf(DEVICE, Shape.of(2, 2), 1, 2, 3, 4);
        Tensor w = Tensor.of(DEVICE, Shape.of(2), 1, 0);
        assertTrue(Float.isFinite(F.crossEntropy(x, Tensor.ofInts(DEVICE, Shape.of(2), 1, 77), w).data().item()));
        Variable logit = leaf(DEVICE, Shape.of(2), 1, 2);
        assertTrue(Float.isFinite(F.binaryCrossEntropyWithLogits(logit, Tensor.of(DEVICE, Shape.of(2), 1, -100), w).data().item()));
    }

    @Test
    void optimizersTakeNumbersThatMakeSense() {
        Parameter p = new Parameter(Tensor.of(DEVICE, Shape.of(1), 1));
        List<ParameterGroup> groups = List.of(new ParameterGroup(Map.of("p", p), 0f));
        float nan = Float.NaN;
        float inf = Float.POSITIVE_INFINITY;
        for (float lr : new float[] {-1e-3f, nan, inf}) {
            assertRefused(() -> new AdamW(groups, lr), List.of("learning rate", String.valueOf(lr)));
            assertRefused(() -> new SGD(groups, lr), List.of("learning rate", String.valueOf(lr)));
            assertRefused(() -> new AdamW(groups, 0.1f).setLearningRate(lr), List.of("learning rate", String.valueOf(lr)));
        }
        for (float beta : new float[] {-0.1f, 1f, nan, 2f}) {
            assertRefused(() -> new AdamW(groups, 0.1f, beta, 0.999f, 1e-8f), List.of("betas", String.valueOf(beta)));
            assertRefused(() -> new AdamW(groups, 0.1f, 0.9f, beta, 1e-8f), List.of("betas", String.valueOf(beta)));
        }
        for (float eps : new float[] {0f, -1f, nan, inf}) {
            assertRefused(() -> new AdamW(groups, 0.1f, 0.9f, 0.999f, eps), List.of("eps", String.valueOf(eps)));
        }
        for (float number : new float[] {-1f, nan, inf}) {
            assertRefused(() -> new SGD(groups, 0.1f, number, false), List.of("momentum", String.valueOf(number)));
            assertRefused(() -> new ParameterGroup(Map.of("p", p), number), List.of("weight decay", String.valueOf(number)));
        }
        assertRefused(() -> new AdamW(groups, 0.1f).setStepCount(-1), List.of("-1"));
    }

    private static void assertRefused(Executable call, List<String> words) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "'" + word + "' is not in: " + message);
        }
    }
}
