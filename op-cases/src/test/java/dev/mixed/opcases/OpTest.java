// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.jvm.JvmDevice;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks of every op of {@link F}, generated from {@link OpTable}. */
class OpTest {
    private static final Device TUNED = JvmDevice.open(2);
    private static final Device REFERENCE = JvmDevice.reference();
    private static final List<OpCase> CASES = OpTable.ops().stream().flatMap(op -> op.cases().stream()).toList();
    private static final Map<String, Expected> EXPECTED = new HashMap<>();

    /** How variables are stored and where. */
    enum Storage {
        F32(TUNED, false), F16(TUNED, true), F32_BY_REFERENCE_KERNELS(REFERENCE, false), F16_BY_REFERENCE_KERNELS(REFERENCE, true);

        private final Device device;
        private final boolean half;

        Storage(Device device, boolean half) {
            this.device = device;
            this.half = half;
        }
    }

    @AfterAll
    static void close() {
        TUNED.close();
        REFERENCE.close();
    }

    static Stream<Arguments> casesAndStorage() {
        return CASES.stream().flatMap(c -> Arrays.stream(Storage.values()).map(s -> Arguments.of(c, s)));
    }

    static Stream<OpCase> smoothCases() {
        return OpTable.ops().stream().filter(OpSpec::smooth).map(OpSpec::sample);
    }

    private static synchronized Expected expected(OpCase c, long seed, boolean half) {
        return EXPECTED.computeIfAbsent(c + "/" + seed + "/" + half, key -> new Expected(c, TUNED, seed, half));
    }

    @Test
    void everyOpHasOneRowWithCasesAndEveryRowAnOp() {
        Set<String> ops = Arrays.stream(F.class.getDeclaredMethods()).filter(m -> Modifier.isPublic(m.getModifiers())).map(OpTest::signature)
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> rows = OpTable.ops().stream().map(OpSpec::method).sorted().toList();
        assertEquals(List.copyOf(ops), rows, "public methods of F, and rows of the table");
        assertEquals(ops, CASES.stream().map(OpCase::method).collect(Collectors.toCollection(TreeSet::new)), "public methods of F, and ops with cases");
    }

    @Test
    void casesHaveDistinctNames() {
        assertEquals(CASES.size(), CASES.stream().map(OpCase::toString).distinct().count());
    }

    private static String signature(Method m) {
        return m.getName() + Arrays.stream(m.getParameterTypes()).map(Class::getSimpleName).collect(Collectors.joining(",", "(", ")"));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("casesAndStorage")
    void matchesFloat64(OpCase c, Storage storage) {
        Expected expected = expected(c, 1, storage.half);
        for (boolean inner : new boolean[] {false, true}) {
            CaseRun run = new CaseRun(c, storage.device, storage.half, inner);
            run.write(expected.inputs);
            Variable y = run.forward();
            String what = c + (inner ? " of results" : " of leaves");
            Closeness.assertClose(expected.result, y.data().toFloats(), c.tolerance(storage.half), c.floor(), what);
            y.backward(run.cotangent(y, 1));
            assertGradients(c, expected.gradients, run, storage.half, 1, what);
            // A second pass adds to what the first one left, whatever path the gradient takes.
            run.restart();
            run.forward().backward(run.cotangent());
            assertGradients(c, expected.gradients, run, storage.half, 2, what + " twice");
        }
    }

    private static void assertGradients(OpCase c, Expected.Gradient[] expected, CaseRun run, boolean half, int times, String what) {
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] != null) {
                assertEquals(DType.F32, run.leaf(i).grad().dtype(), "a leaf's gradient is F32");
                float[] gradient = run.leaf(i).grad().toFloats();
                for (int e = 0; e < gradient.length; e++) {
                    gradient[e] /= times;
                }
                Closeness.assertClose(expected[i], gradient, c.tolerance(half), c.floor(), "gradient " + i + " of " + what);
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("casesAndStorage")
    void usedTwiceInOneGraphAddsUp(OpCase c, Storage storage) {
        Expected expected = expected(c, 1, storage.half);
        CaseRun run = new CaseRun(c, storage.device, storage.half, true);
        run.write(expected.inputs);
        CallArguments shared = run.inputs();
        Variable first = c.run(shared);
        run.restart();
        Variable second = c.run(shared);
        Variable sum = F.add(first, second);
        sum.backward(run.cotangent(sum, 1));
        assertGradients(c, expected.gradients, run, storage.half, 2, c + " used twice");
    }

    @SuppressWarnings("ReferenceEquality") // a device is equal to itself alone
    static Stream<Arguments> casesAndTunedStorage() {
        return casesAndStorage().filter(a -> ((Storage) a.get()[1]).device == TUNED);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("casesAndTunedStorage")
    void replayedProgramEqualsEager(OpCase c, Storage storage) {
        double[][] before = c.draw(1, storage.half);
        double[][] after = c.draw(2, storage.half);
        CaseRun eager = new CaseRun(c, storage.device, storage.half, false);
        List<float[]> onBefore = eagerly(eager, before, 1);
        List<float[]> onAfter = eagerly(eager, after, 2);

        CaseRun recorded = new CaseRun(c, storage.device, storage.half, false);
        recorded.write(before);
        recorded.cotangent(recorded.forward(), 1);
        recorded.restart();
        Program program = Program.record(storage.device, () -> {
            recorded.zeroGrad();
            Variable y = recorded.forward();
            y.backward(recorded.cotangent());
            return List.of(y.data());
        });
        program.run();
        assertSame(onBefore, results(program.output(0).toFloats(), recorded), c + " recorded");
        recorded.write(after);
        recorded.cotangent().write(CaseRun.floats(CaseRun.cotangentValues(recorded.cotangent().shape().elements(), 2)));
        recorded.restart();
        program.run();
        assertSame(onAfter, results(program.output(0).toFloats(), recorded), c + " replayed with other inputs");
    }

    private static List<float[]> eagerly(CaseRun run, double[][] inputs, long seed) {
        run.write(inputs);
        run.zeroGrad();
        run.restart();
        Variable y = run.forward();
        y.backward(run.cotangent(y, seed));
        return results(y.data().toFloats(), run);
    }

    /** The result and all gradients. */
    private static List<float[]> results(float[] y, CaseRun run) {
        List<float[]> all = new ArrayList<>();
        all.add(y);
        run.gradients().forEach(g -> all.add(g.toFloats()));
        return all;
    }

    private static void assertSame(List<float[]> expected, List<float[]> actual, String what) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), what + (i == 0 ? ": result" : ": gradient " + i));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("smoothCases")
    void gradientFollowsTheOpItselfInFloat(OpCase c) {
        Expected expected = expected(c, 3, false);
        CaseRun run = new CaseRun(c, TUNED, false, false);
        run.write(expected.inputs);
        Variable y = run.forward();
        y.backward(run.cotangent(y, 3));
        for (int i = 0; i < expected.inputs.length; i++) {
            if (run.leaf(i) != null) {
                double[] slopes = new double[Math.min(24, expected.inputs[i].length)];
                for (int e = 0; e < slopes.length; e++) {
                    slopes[e] = (moved(run, expected, i, e, 1e-2) - moved(run, expected, i, e, -1e-2)) / 2e-2;
                }
                float[] gradient = Arrays.copyOf(run.leaf(i).grad().toFloats(), slopes.length);
                // The step costs 1e-4 of curvature, and float's rounding 1e-7 / 1e-2.
                Closeness.assertClose(slopes, gradient, 2e-3, 0.2, "gradient " + i + " of " + c + " by differences in float");
            }
        }
    }

    private static double moved(CaseRun run, Expected expected, int input, int element, double step) {
        double[][] values = expected.inputs.clone();
        values[input] = values[input].clone();
        values[input][element] += step;
        run.write(values);
        run.restart();
        float[] y = run.forward().data().toFloats();
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            sum += y[i] * expected.cotangent[i];
        }
        return sum;
    }
}
