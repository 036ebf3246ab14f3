// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static dev.mixed.simulator.IntrinsicCase.grid;
import static dev.mixed.simulator.IntrinsicCase.half;
import static dev.mixed.simulator.IntrinsicCase.integer;
import static dev.mixed.simulator.IntrinsicCase.single;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.intrinsics.CudaC;
import dev.mixed.intrinsics.Families;
import dev.mixed.intrinsics.TensorMap;
import dev.mixed.simulator.IntrinsicCase.Results;
import dev.mixed.simulator.instrument.KernelMethod;
import dev.mixed.simulator.samples.HopperIntrinsicKernels;
import dev.mixed.simulator.samples.MemoryIntrinsicKernels;
import dev.mixed.simulator.samples.WarpIntrinsicKernels;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every intrinsic, in kernels whose results are computed here by hand. */
class IntrinsicsTest {
    private static final int WARP = 32;

    static List<IntrinsicCase> cases() {
        return List.of(
                new IntrinsicCase(MemoryIntrinsicKernels::copiesHalves, grid(1, WARP, 0), IntrinsicsTest::copiedHalves),
                new IntrinsicCase(MemoryIntrinsicKernels::copiesFloats, grid(1, WARP, 0), IntrinsicsTest::copiedFloats),
                new IntrinsicCase(MemoryIntrinsicKernels::copiesByAddress, grid(1, WARP, 0), IntrinsicsTest::copiedByAddress),
                new IntrinsicCase(MemoryIntrinsicKernels::keepsAddresses, grid(1, WARP, 0), IntrinsicsTest::keptAddresses),
                new IntrinsicCase(MemoryIntrinsicKernels::addsAtomically, grid(2, WARP, 0), IntrinsicsTest::added),
                new IntrinsicCase(MemoryIntrinsicKernels::exchangesInStaticMemory, grid(1, WARP, 0), IntrinsicsTest::exchanged),
                new IntrinsicCase(MemoryIntrinsicKernels::exchangesInDynamicMemory, grid(1, WARP, 1280), IntrinsicsTest::exchanged),
                new IntrinsicCase(MemoryIntrinsicKernels::storesPairs, grid(1, WARP, 0), IntrinsicsTest::storedPairs),
                new IntrinsicCase(MemoryIntrinsicKernels::copiesAsynchronously, grid(1, WARP, 0), IntrinsicsTest::copiedAsynchronously),
                new IntrinsicCase(MemoryIntrinsicKernels::mixesWithTheContext, grid(2, WARP, 0), IntrinsicsTest::mixed),
                new IntrinsicCase(WarpIntrinsicKernels::functions, grid(1, WARP, 0), IntrinsicsTest::functions),
                new IntrinsicCase(WarpIntrinsicKernels::addsScaled, grid(1, WARP, 0), IntrinsicsTest::addedScaled),
                new IntrinsicCase(WarpIntrinsicKernels::shuffles, grid(1, WARP, 0), IntrinsicsTest::shuffled),
                new IntrinsicCase(WarpIntrinsicKernels::meetsInWarps, grid(1, WARP, 0), IntrinsicsTest::metInWarps),
                new IntrinsicCase(WarpIntrinsicKernels::loadsMatrices, grid(1, WARP, 0), IntrinsicsTest::loadedMatrices),
                new IntrinsicCase(WarpIntrinsicKernels::storesMatrices, grid(1, WARP, 0), IntrinsicsTest::storedMatrices),
                new IntrinsicCase(WarpIntrinsicKernels::multipliesHalves, grid(1, WARP, 0), r -> multiplied(r, 16, IntrinsicCase::half)),
                new IntrinsicCase(WarpIntrinsicKernels::readsElsewhere, grid(1, WARP, 0), IntrinsicsTest::readElsewhere),
                new IntrinsicCase(WarpIntrinsicKernels::multipliesShallow, grid(1, WARP, 0), r -> multiplied(r, 8, IntrinsicCase::half)),
                new IntrinsicCase(WarpIntrinsicKernels::multipliesBf16, grid(1, WARP, 0), r -> multiplied(r, 16, IntrinsicCase::single)),
                new IntrinsicCase(WarpIntrinsicKernels::multipliesTf32, grid(1, WARP, 0), r -> multiplied(r, 8, IntrinsicCase::single)),
                new IntrinsicCase(HopperIntrinsicKernels::loadsBoxes, grid(1, WARP, 0, TensorMap.matrix(1, 6, 80, 96, 8, 64),
                        new TensorMap(2, List.of(10, 4, 3), List.of(12, 48), List.of(8, 3, 2), false)), IntrinsicsTest::loadedBoxes),
                new IntrinsicCase(HopperIntrinsicKernels::storesBoxes, grid(1, WARP, 0, TensorMap.matrix(4, 6, 96, 96, 8, 64),
                        new TensorMap(5, List.of(18, 4), List.of(20), List.of(16, 4), false)), IntrinsicsTest::storedBoxes),
                new IntrinsicCase(HopperIntrinsicKernels::passesThroughARing, grid(1, 96, 0), IntrinsicsTest::passedThroughARing),
                new IntrinsicCase(HopperIntrinsicKernels::meetsAtNamedBarriers, grid(1, 256, 0), IntrinsicsTest::metAtNamedBarriers),
                new IntrinsicCase(HopperIntrinsicKernels::multiplies64, grid(1, 128, 0), r -> warpgroup(r, 64, false, false)),
                new IntrinsicCase(HopperIntrinsicKernels::multiplies128, grid(1, 128, 0), r -> warpgroup(r, 128, false, false)),
                new IntrinsicCase(HopperIntrinsicKernels::multiplies192, grid(1, 128, 0), r -> warpgroup(r, 192, true, false)),
                new IntrinsicCase(HopperIntrinsicKernels::multiplies256, grid(1, 128, 0), r -> warpgroup(r, 256, false, true)),
                new IntrinsicCase(HopperIntrinsicKernels::multipliesRegisters64, grid(1, 128, 0), r -> warpgroup(r, 64, false, false)),
                new IntrinsicCase(HopperIntrinsicKernels::multipliesRegisters128, grid(1, 128, 0), r -> warpgroup(r, 128, false, false)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsWhatIsComputedByHand(IntrinsicCase each) {
        each.check().accept(each.run());
    }

    // --- all of them -------------------------------------------------------------------------------------------------------------

    @Test
    void everyIntrinsicIsInACase() {
        Set<String> called = cases().stream().flatMap(each -> calls(each.method()).stream()).collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        for (Class<?> family : Families.ALL) {
            for (Method method : family.getDeclaredMethods()) {
                if (method.isAnnotationPresent(CudaC.class)) {
                    String name = family.getName().replace('.', '/') + "." + method.getName()
                            + MethodType.methodType(method.getReturnType(), method.getParameterTypes()).descriptorString();
                    if (!called.contains(name)) {
                        missing.add(name);
                    }
                }
            }
        }
        assertEquals(Set.of(), missing, "intrinsics that no case runs");
        assertTrue(called.size() > 60, called.toString());
    }

    /** What a kernel calls, itself or through other methods of its class. */
    private static Set<String> calls(KernelMethod kernel) {
        Set<String> called = new HashSet<>();
        ArrayDeque<String> own = new ArrayDeque<>(List.of(kernel.name() + kernel.descriptor()));
        while (!own.isEmpty()) {
            String next = own.poll();
            MethodModel method = kernel.model().methods().stream()
                    .filter(m -> (m.methodName().stringValue() + m.methodType().stringValue()).equals(next)).findFirst().orElseThrow();
            method.code().orElseThrow().forEach(element -> {
                if (element instanceof InvokeInstruction call) {
                    String signature = call.name().stringValue() + call.type().stringValue();
                    if (called.add(call.owner().asInternalName() + "." + signature) && call.owner().equals(kernel.model().thisClass())) {
                        own.add(signature);
                    }
                }
            });
        }
        return called;
    }

    // --- memory ------------------------------------------------------------------------------------------------------------------

    private static void copiedHalves(Results r) {
        for (int i = 0; i < 576; i++) {
            assertEquals(half(i), r.halves().get(i).getFloat32(), "half " + i);
        }
        for (int i = 0; i < 32; i++) {
            assertEquals(single(i), r.halves().get(576 + i).getFloat32(), "half " + (576 + i));
        }
    }

    private static void copiedFloats(Results r) {
        for (int i = 0; i < 256; i++) {
            assertEquals(single(i), r.floats().get(i), "float " + i);
        }
        for (int i = 0; i < 32; i++) {
            assertEquals(integer(i), r.ints().get(i), "int " + i);
        }
    }

    private static void copiedByAddress(Results r) {
        for (int i = 0; i < 224; i++) {
            assertEquals(single(i), r.floats().get(i), "float " + i);
        }
        for (int i = 0; i < 192; i++) {
            assertEquals(half(i), r.halves().get(i).getFloat32(), "half " + i);
        }
        for (int i = 0; i < 32; i++) {
            assertEquals(single(i), r.halves().get(192 + i).getFloat32(), "half " + (192 + i));
        }
    }

    private static void keptAddresses(Results r) {
        for (int i = 0; i < 8; i++) {
            assertEquals(1f, r.floats().get(i), "thread " + i);
        }
    }

    private static void added(Results r) {
        double sum = 0;
        for (int i = 0; i < 64; i++) {
            // Threads come in their order, so each one finds the sum of those before it.
            assertEquals((float) sum, r.floats().get(1 + i), "place " + i);
            sum += single(i);
        }
        assertEquals((float) sum, r.floats().get(0));
        assertEquals(64, r.ints().get(0));
    }

    private static void exchanged(Results r) {
        for (int i = 0; i < 32; i++) {
            assertEquals(integer(31 - i), r.ints().get(i));
            assertEquals(single(31 - i), r.floats().get(i));
        }
        for (int i = 0; i < 128; i++) {
            assertEquals(integer((i + 4) % 128), r.ints().get(32 + i));
            assertEquals(single((i + 4) % 128), r.floats().get(32 + i));
        }
    }

    private static void storedPairs(Results r) {
        for (int i = 0; i < 64; i++) {
            assertEquals(single(63 - i), r.floats().get(i));
        }
    }

    private static int bits(float value) {
        return Float.floatToFloat16(value) & 0xFFFF;
    }

    private static int pair(int i) {
        return bits(half(i)) | bits(half(i + 1)) << 16;
    }

    private static void copiedAsynchronously(Results r) {
        for (int t = 0; t < 32; t++) {
            assertEquals(pair(8 * t), r.ints().get(t), "own copy of " + t);
            for (int i = 0; i < 4; i++) {
                assertEquals(pair(8 * t + 2 * i), r.ints().get(32 + 4 * t + i), "halves of " + t);
                assertEquals(i < 4 - t % 5 ? Float.floatToRawIntBits(single(4 * t + i)) : 0, r.ints().get(160 + 4 * t + i), "floats of " + t);
                int whole = pair(256 + 8 * t + 2 * i);
                int left = t % 9 - 2 * i;
                assertEquals(left >= 2 ? whole : left == 1 ? whole & 0xFFFF : 0, r.ints().get(288 + 4 * t + i), "part of the halves of " + t);
            }
            assertEquals((31 - t) % 2 == 0 ? 0 : single(31 - t), r.floats().get(t), "every second float");
        }
        for (int i = 0; i < 128; i++) {
            assertEquals(single(128 + 127 - i), r.floats().get(32 + i));
        }
    }

    private static void mixed(Results r) {
        for (int block = 0; block < 2; block++) {
            float all = 0;
            for (int t = 0; t < 32; t++) {
                int mirrored = 32 * block + 31 - t;
                int next = 32 * block + (32 - t) % 32;
                assertEquals(single(mirrored) + single(next), r.floats().get(32 * block + t));
                all += 2 * single(32 * block + t);
            }
            assertEquals(all, r.floats().get(64 + block));
            assertEquals(2, r.ints().get(block));
        }
    }

    // --- threads and warps -------------------------------------------------------------------------------------------------------

    private static void functions(Results r) {
        for (int t = 0; t < 32; t++) {
            float x = single(t) + 0.5f;
            assertEquals(Math.pow(2, x), r.floats().get(t), 1e-6 * Math.pow(2, x), "2 to the power of " + x);
            assertEquals(Math.log(x) / Math.log(2), r.floats().get(32 + t), 1e-6, "log2 of " + x);
            assertEquals(1 / x, r.floats().get(64 + t), "1 / " + x);
            assertEquals(1 / Math.sqrt(x), r.floats().get(96 + t), 1e-6 / Math.sqrt(Math.abs(x)), "1 / sqrt of " + x);
            assertEquals((float) ((double) x * x - 1.5), r.floats().get(128 + t), "fma of " + x);
            assertEquals(Math.max(x, 2), r.floats().get(160 + t), "max of " + x);
            assertEquals(-x, r.floats().get(192 + t), "sign of " + x);
            int factor = integer(t) * 0x9E3779B1;
            long product = (factor & 0xFFFFFFFFL) * 0xD2511F53L;
            assertEquals((int) (product >>> 32), r.ints().get(t), "upper half of a product");
            assertEquals((int) ((-1 - integer(t) & 0xFFFFFFFFL) >> t), r.ints().get(32 + t), "logical shift");
            assertEquals(2 * x, r.floats().get(224 + t), "packed halves of " + x);
            assertEquals(bf16(x) | bf16(1 + x / 4096) << 16, r.ints().get(64 + t), "packed bf16 of " + x);
            // Of 23 bits of mantissa 10 are left, so 1 + x / 4096 is rounded to a 1024th above 1, a 2048th below, ties up.
            float step = x < 0 ? 1 / 2048f : 1 / 1024f;
            assertEquals(Math.floor((1 + x / 4096) / step + 0.5f) * step, Float.intBitsToFloat(r.ints().get(96 + t)), "tf32 of 1 + " + x + " / 4096");
            assertEquals(x, r.floats().get(256 + t), "registers");
        }
    }

    /** The nearest number with 8 bits of mantissa, its hidden one included, ties to even; its upper 16 bits. */
    private static int bf16(float x) {
        float step = Math.ulp(x) * 65536;
        return Float.floatToRawIntBits((float) (Math.rint((double) x / step) * step)) >>> 16;
    }

    private static void addedScaled(Results r) {
        for (int t = 0; t < 32; t++) {
            for (int i = 0; i < 5; i++) {
                double sum = i >= 1 && i < 4 ? 1 + (double) single(t) * single(32 + 2 * i - 1) : 1;
                assertEquals((float) sum, r.floats().get(5 * t + i), "thread " + t + ", sum " + i);
            }
        }
    }

    private static void shuffled(Results r) {
        for (int t = 0; t < 32; t++) {
            assertEquals(single(t ^ 5), r.floats().get(t));
            assertEquals(single((3 * t + 1) % 32), r.floats().get(32 + t));
            assertEquals(integer(t ^ 16), r.ints().get(t));
            assertEquals(integer(7), r.ints().get(32 + t));
        }
    }

    private static void metInWarps(Results r) {
        for (int t = 0; t < 32; t++) {
            int first = t / 4 * 4;
            assertEquals(integer(first) + integer(first + 1) + integer(first + 2) + integer(first + 3), r.ints().get(t));
        }
    }

    private static void loadedMatrices(Results r) {
        for (int t = 0; t < 32; t++) {
            for (int i = 0; i < 4; i++) {
                // Element (row, column) of matrix i is half 8 (4 row + i) + column.
                int row = t / 4;
                int column = t % 4 * 2;
                assertEquals(pair(8 * (4 * row + i) + column), r.ints().get(4 * t + i), "lane " + t + ", matrix " + i);
                int upper = bits(half(8 * (4 * column + i) + row));
                int lower = bits(half(8 * (4 * (column + 1) + i) + row));
                assertEquals(upper | lower << 16, r.ints().get(128 + 4 * t + i), "lane " + t + ", matrix " + i + " transposed");
            }
        }
    }

    private static void storedMatrices(Results r) {
        for (int i = 0; i < 4; i++) {
            for (int row = 0; row < 8; row++) {
                for (int column = 0; column < 8; column++) {
                    int lane = row * 4 + column / 2;
                    int at = 4 * (4 * row + i) + column / 2;
                    assertEquals((short) (integer(4 * lane + i) >> column % 2 * 16), (short) (r.ints().get(at) >> column % 2 * 16), "matrix " + i);
                    int across = column * 4 + row / 2;
                    assertEquals((short) (integer(4 * across + i) >> row % 2 * 16), (short) (r.ints().get(128 + at) >> column % 2 * 16),
                            "matrix " + i + " transposed");
                }
            }
        }
    }

    private static void multiplied(Results r, int depth, IntFunction<Float> input) {
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 8; j++) {
                double sum = 1;
                for (int k = 0; k < depth; k++) {
                    sum += (double) input.apply(i * depth + k) * input.apply(16 * depth + j * depth + k);
                }
                assertEquals(sum, r.floats().get(8 * i + j), "row " + i + ", column " + j);
            }
        }
    }

    private static void readElsewhere(Results r) {
        for (int t = 0; t < 32; t++) {
            int row = t / 4;
            int column = t % 4 * 2;
            // Rows row and row + 8 of a are 1 and row in turn, and so are the columns of b.
            float first = 1 + 2 * (8 + 8 * row * column);
            float last = 1 + 2 * (8 + 8 * row * (column + 1));
            assertEquals(first + last, r.floats().get(t), "lane " + t);
        }
    }

    // --- Hopper ------------------------------------------------------------------------------------------------------------------

    private static void loadedBoxes(Results r) {
        for (int row = 0; row < 8; row++) {
            for (int column = 0; column < 64; column += 2) {
                // The 16-byte chunk of 8 halves is exchanged; beyond row 5 and column 79 there is nothing.
                int at = row * 32 + (column / 8 ^ row) * 4 + column % 8 / 2;
                int expected = row + 1 < 6 && column + 32 < 80 ? pair((row + 1) * 96 + column + 32) : 0;
                assertEquals(expected, r.ints().get(at), "row " + row + ", column " + column);
            }
        }
        for (int i = 0; i < 48; i++) {
            int column = i % 8 + 4;
            int row = i / 8 % 3 - 1;
            int entry = i / 24 - 1;
            float expected = column < 10 && row >= 0 && entry >= 0 ? single(entry * 48 + row * 12 + column) : 0;
            assertEquals(Float.floatToRawIntBits(expected), r.ints().get(256 + i), "entry " + entry + ", row " + row + ", column " + column);
        }
    }

    private static void storedBoxes(Results r) {
        for (int row = 0; row < 7; row++) {
            for (int column = 0; column < 96; column += 2) {
                int boxRow = row + 1;
                int word = boxRow * 32 + ((column - 32) / 8 ^ boxRow) * 4 + column % 8 / 2;
                int expected = row < 6 && column >= 32 ? word : 0;
                assertEquals(expected & 0xFFFF, r.halves().get(row * 96 + column).getHalfFloatValue() & 0xFFFF, "row " + row + ", column " + column);
                assertEquals(expected >>> 16, r.halves().get(row * 96 + column + 1).getHalfFloatValue() & 0xFFFF);
            }
        }
        for (int row = 0; row < 5; row++) {
            for (int column = 0; column < 20; column++) {
                float expected = row >= 1 && row < 4 && column >= 4 && column < 18 ? (row - 1) * 16 + column - 4 : 0;
                assertEquals(expected, r.floats().get(row * 20 + column), "row " + row + ", column " + column);
            }
        }
    }

    private static void passedThroughARing(Results r) {
        for (int t = 0; t < 64; t++) {
            int sum = 0;
            for (int i = 0; i < 8; i++) {
                sum += integer(32 * i + 31 - t % 32);
            }
            assertEquals(sum, r.ints().get(t), "thread " + t);
        }
    }

    private static void metAtNamedBarriers(Results r) {
        for (int t = 0; t < 256; t++) {
            assertEquals(integer(t ^ 127), r.ints().get(t));
            assertEquals(integer(t ^ 128), r.ints().get(256 + t));
        }
    }

    /** a is [64, 64], or [k, 64] where transposed; b stands behind it: [n, 64], or n / 64 times [k, 64]. */
    private static void warpgroup(Results r, int n, boolean transposedA, boolean transposedB) {
        for (int i = 0; i < 64; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < 64; k++) {
                    float a = half(transposedA ? k * 64 + i : i * 64 + k);
                    float b = half(4096 + (transposedB ? j / 64 * 4096 + k * 64 + j % 64 : j * 64 + k));
                    sum += (double) a * b;
                }
                assertEquals(sum, r.floats().get(i * n + j), "row " + i + ", column " + j);
            }
        }
    }

    @Test
    void casesHaveDifferentKernels() {
        List<String> names = cases().stream().map(each -> each.method().name()).toList();
        assertEquals(names.size(), new HashSet<>(names).size(), names.toString());
        Set<String> all = Stream.of(MemoryIntrinsicKernels.class, WarpIntrinsicKernels.class, HopperIntrinsicKernels.class)
                .flatMap(c -> Arrays.stream(c.getMethods())).filter(m -> m.getDeclaringClass() != Object.class).map(Method::getName)
                .collect(Collectors.toSet());
        assertEquals(all, new HashSet<>(names));
    }
}
