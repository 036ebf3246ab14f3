// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.matmul.Product.Epilogue;
import dev.mixed.engine.ops.matmul.Product.Operand;
import dev.mixed.engine.ops.matmul.Product.Result;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Product} against float64 sums: each kernel, layout and epilogue, with batches in two levels, strides, and sizes at and beside those of tiles. */
class ProductTest {
    private static final Kernel HERE = Kernel.of("product here", ProductTest::nothing).named(Arguments.class);
    /** Of a half, of a tf32 and of a float: the largest relative error of rounding. */
    private static final double HALF = 0x1p-11;
    private static final double TF32 = 0x1p-11;
    private static final double FLOAT = 0x1p-24;

    /** The kernels, by what a GPU has, and the types of operands and result. */
    enum Way {
        MMA("mma.f16", GpuTarget.AMPERE, DType.F16, DType.F16),
        MMA_FLOAT("mma.f16_f32", GpuTarget.AMPERE, DType.F16, DType.F32),
        MMA_PLAIN("mma_plain.f16", GpuTarget.TURING, DType.F16, DType.F16),
        MMA_PLAIN_FLOAT("mma_plain.f16_f32", GpuTarget.TURING, DType.F16, DType.F32),
        HALVES("gemm_plain.f16", GpuTarget.PLAIN, DType.F16, DType.F16),
        HALVES_FLOAT("gemm_plain.f16", GpuTarget.PLAIN, DType.F16, DType.F32),
        CORES("gemm.f32", GpuTarget.AMPERE, DType.F32, DType.F32),
        TENSOR_CORES("mma.tf32", GpuTarget.AMPERE.withTf32(true), DType.F32, DType.F32),
        FLOATS("gemm_plain.f32", GpuTarget.TURING, DType.F32, DType.F32);

        final String kernel;
        final GpuTarget target;
        final DType type;
        final DType result;

        Way(String kernel, GpuTarget target, DType type, DType result) {
            this.kernel = kernel;
            this.target = target;
            this.type = type;
            this.result = result;
        }

        /** Elements of operands in 16 bytes. */
        int load() {
            return 16 / type.bytes();
        }
    }

    /** What becomes of a sum. */
    enum Finish {
        NONE, BIAS, GELU, BOTH, ADD, BIAS_ADD
    }

    /** A batch of products; the inner entries lie side by side in a row, as the heads of attention do, and {@code pad} elements are left at the end. */
    private record Problem(int outer, int inner, int m, int n, int k, boolean transposedA, boolean transposedB, int pad) {
        int rowsA() {
            return transposedA ? k : m;
        }

        int columnsA() {
            return transposedA ? m : k;
        }

        int rowsB() {
            return transposedB ? n : k;
        }

        int columnsB() {
            return transposedB ? k : n;
        }

        int ldA() {
            return inner * columnsA() + pad;
        }

        int ldB() {
            return inner * columnsB() + pad;
        }

        int ldC() {
            return inner * n + pad;
        }
    }

    /** The edge of tiles and the number of parts of the depth; 0 for what a plan chooses. */
    private record Cut(int edge, int parts) {
        static final Cut PLANNED = new Cut(0, 0);
    }

    @ParameterizedTest
    @EnumSource
    void everyLayoutAndEpilogue(Way way) {
        for (Finish finish : Finish.values()) {
            for (int order = 0; order < 4; order++) {
                check(way, new Problem(1, 1, 24, 40, 48, order % 2 != 0, order / 2 != 0, 0), new Cut(64, 1), finish, way.kernel);
            }
        }
    }

    @ParameterizedTest(name = "{0}: {1} x {2} of {3}x{4}x{5}")
    @CsvSource({
        "MMA, 2, 3, 20, 72, 64", "MMA, 1, 2, 72, 24, 16", "MMA, 1, 1, 65, 8, 200", "MMA_FLOAT, 2, 3, 72, 64, 24", "MMA_FLOAT, 1, 1, 8, 136, 40",
        "MMA_PLAIN, 1, 2, 72, 24, 16", "MMA_PLAIN_FLOAT, 2, 1, 65, 8, 40",
        "CORES, 2, 3, 20, 68, 64", "CORES, 1, 1, 65, 4, 36", "CORES, 1, 2, 8, 132, 20",
        "TENSOR_CORES, 2, 3, 20, 68, 32", "TENSOR_CORES, 1, 1, 68, 4, 36", "TENSOR_CORES, 1, 2, 8, 132, 20",
        "HALVES, 2, 2, 72, 24, 40", "HALVES_FLOAT, 1, 2, 65, 8, 40", "FLOATS, 2, 2, 72, 24, 40",
    })
    void batchesWithStrides(Way way, int outer, int inner, int m, int n, int k) {
        for (int order = 0; order < 4; order++) {
            // Rows begin at multiples of 16 bytes, and so must each entry of the batch.
            int load = way.load();
            boolean transposedA = order % 2 != 0, transposedB = order / 2 != 0;
            int rounded = transposedA ? Math.ceilDiv(m, load) * load : m;
            check(way, new Problem(outer, inner, rounded, n, k, transposedA, transposedB, load), new Cut(64, 1), Finish.NONE, way.kernel);
        }
    }

    /** Rows that don't begin at multiples of 16 bytes, in each operand or in both; the result's neither. */
    @ParameterizedTest(name = "{0}: {1} x {2} of {3}x{4}x{5}, {6} to spare")
    @CsvSource({
        "MMA, 1, 1, 13, 7, 5, 0, mma_plain.f16", "MMA, 2, 2, 13, 7, 5, 3, mma_plain.f16", "MMA, 1, 1, 16, 3, 40, 0, ", "MMA, 1, 1, 3, 16, 40, 0, ",
        "MMA_FLOAT, 1, 2, 1, 1, 33, 1, mma_plain.f16_f32", "MMA_FLOAT, 2, 1, 67, 1, 1, 1, mma_plain.f16_f32", "MMA_FLOAT, 1, 1, 70, 70, 31, 1, ",
        "HALVES, 2, 2, 13, 7, 5, 1, gemm_plain.f16", "HALVES_FLOAT, 1, 2, 67, 66, 33, 1, gemm_plain.f16",
        "CORES, 2, 2, 13, 7, 5, 1, gemm.f32", "CORES, 1, 1, 67, 66, 17, 0, gemm.f32", "CORES, 1, 1, 5, 16, 20, 0, gemm.f32",
        "TENSOR_CORES, 1, 1, 13, 7, 5, 0, gemm.f32", "FLOATS, 2, 1, 67, 3, 17, 1, gemm_plain.f32",
    })
    void rowsAtAnyPlace(Way way, int outer, int inner, int m, int n, int k, int pad, String kernel) {
        for (int order = 0; order < 4; order++) {
            for (Finish finish : List.of(Finish.NONE, Finish.BOTH)) {
                check(way, new Problem(outer, inner, m, n, k, order % 2 != 0, order / 2 != 0, pad), Cut.PLANNED, finish, kernel);
            }
        }
    }

    /** The large tile, which a plan would choose for larger products, each edge crossed; and sums in parts of k. */
    @ParameterizedTest(name = "{0}: edge {1}, {2} parts of {3}x{4}x{5}, a transposed {6}, b transposed {7}")
    @CsvSource({
        "MMA, 128, 1, 136, 120, 72, false, true, BIAS", "MMA, 128, 1, 120, 136, 40, true, false, BOTH", "MMA, 128, 1, 8, 136, 40, false, false, ADD",
        "MMA_FLOAT, 128, 3, 136, 72, 100, true, true, ADD", "MMA, 64, 2, 65, 70, 65, false, true, BOTH", "MMA_FLOAT, 64, 3, 24, 24, 100, false, true, NONE",
        "MMA_PLAIN, 128, 1, 131, 67, 72, false, true, BIAS", "MMA_PLAIN_FLOAT, 128, 2, 64, 130, 40, true, false, ADD",
        "CORES, 128, 1, 132, 68, 36, false, true, BIAS", "CORES, 128, 1, 68, 132, 20, true, false, BOTH", "CORES, 128, 1, 131, 67, 17, true, true, ADD",
        "CORES, 128, 2, 64, 64, 36, false, false, BIAS_ADD", "CORES, 64, 3, 65, 66, 41, true, false, GELU",
        "TENSOR_CORES, 128, 1, 132, 68, 36, false, true, BIAS", "TENSOR_CORES, 128, 1, 68, 132, 20, true, false, BOTH",
        "TENSOR_CORES, 128, 2, 64, 64, 36, false, false, BIAS_ADD", "TENSOR_CORES, 64, 2, 64, 72, 40, true, true, ADD",
        "HALVES, 64, 2, 66, 30, 50, true, false, BOTH", "FLOATS, 64, 3, 10, 70, 50, false, true, BIAS_ADD",
    })
    void tilesAndParts(Way way, int edge, int parts, int m, int n, int k, boolean transposedA, boolean transposedB, Finish finish) {
        int load = way.load();
        // Rows of operands begin at multiples of 16 bytes, though their ends don't lie there.
        int columnsA = transposedA ? m : k, pad = Math.ceilDiv(columnsA, load) * load - columnsA;
        check(way, new Problem(1, 1, m, n, k, transposedA, transposedB, pad), new Cut(edge, parts), finish, null);
    }

    /** A warp of the GPU's ordinary cores with fewer columns a thread, as it may be planned for. */
    @Test
    void sumsInPartsAreReproducible() {
        Problem problem = new Problem(1, 1, 24, 24, 200, true, false, 0);
        for (Way way : List.of(Way.MMA_FLOAT, Way.CORES, Way.FLOATS)) {
            assertArrayEquals(run(way, problem, new Cut(64, 3), Finish.NONE, null).c, run(way, problem, new Cut(64, 3), Finish.NONE, null).c, way.toString());
        }
    }

    private static void check(Way way, Problem x, Cut cut, Finish finish, String kernel) {
        Run run = run(way, x, cut, finish, kernel);
        String problem = way + " " + x + " " + cut + " " + finish;
        for (int z = 0; z < x.outer * x.inner; z++) {
            int o = z / x.inner, i = z % x.inner;
            for (int row = 0; row < x.m; row++) {
                for (int column = 0; column < x.n; column++) {
                    double sum = 0, size = 0;
                    for (int p = 0; p < x.k; p++) {
                        double product = (double) run.a[(o * x.rowsA() + (x.transposedA ? p : row)) * x.ldA() + i * x.columnsA() + (x.transposedA ? row : p)]
                                * run.b[(o * x.rowsB() + (x.transposedB ? column : p)) * x.ldB() + i * x.columnsB() + (x.transposedB ? p : column)];
                        sum += product;
                        size += Math.abs(product);
                    }
                    int at = (o * x.m + row) * x.ldC() + i * x.n + column;
                    double before = finish == Finish.ADD || finish == Finish.BIAS_ADD ? run.before[at] : 0;
                    double bias = finish == Finish.NONE || finish == Finish.ADD ? 0 : run.bias[column];
                    double expected = sum + bias + before;
                    size += Math.abs(bias) + Math.abs(before);
                    double bound = (x.k + 4) * FLOAT * size * 1.01 + (way == Way.TENSOR_CORES && way.kernel.equals(run.kernel) ? 2.01 * TF32 * size : 0);
                    String place = problem + ": batch (" + o + ", " + i + "), row " + row + ", column " + column;
                    if (finish == Finish.GELU || finish == Finish.BOTH) {
                        // The slope of GELU is at most 1.13.
                        double gelu = gelu(expected),
                                rounded = 1.13 * (bound + (ofStored(way, cut) ? rounding(way, expected) : 0)) + 1e-6 * Math.abs(expected) + 1e-6;
                        close(gelu, finish == Finish.BOTH ? run.activated[at] : run.c[at], rounded + rounding(way, gelu), place);
                    }
                    if (finish == Finish.BOTH && ofStored(way, cut)) {
                        double stored = gelu(run.c[at]);
                        close(stored, run.activated[at], 2e-6 * Math.abs(stored) + 1e-6 + rounding(way, stored), place);
                    }
                    if (finish != Finish.GELU) {
                        close(expected, run.c[at], bound + rounding(way, expected), place);
                    }
                }
            }
        }
        for (int at = 0; at < run.c.length; at++) {
            if (at % x.ldC() >= x.inner * x.n) {
                float between = run.c[at];
                // NaN is what the emulated GPU fills with an array that is only written.
                assertTrue(between == run.before[at] || Float.isNaN(between), () -> problem + ": what lies between rows is no part of the result: " + between);
            }
        }
    }

    /** Whether GELU is of the number that is stored, or would be. */
    private static boolean ofStored(Way way, Cut cut) {
        return (way == Way.MMA || way == Way.MMA_PLAIN) && cut.parts < 2;
    }

    private static double rounding(Way way, double value) {
        return way.result == DType.F16 ? HALF * Math.abs(value) * 1.01 + 0x1p-25 : 0;
    }

    private static double gelu(double x) {
        // Of the error function by its series, which converges for all x that tests meet.
        double z = x / Math.sqrt(2), term = z, sum = z;
        for (int i = 1; i < 200; i++) {
            term *= -z * z / i;
            sum += term / (2 * i + 1);
        }
        double erf = Math.abs(z) > 4 ? Math.signum(z) : 2 / Math.sqrt(Math.PI) * sum;
        return 0.5 * x * (1 + erf);
    }

    private static void close(double expected, double got, double bound, String place) {
        assertTrue(Math.abs(got - expected) <= bound, () -> place + ": " + got + ", expected " + expected + " within " + bound);
    }

    /** What went in, and what came out. */
    private record Run(float[] a, float[] b, float[] bias, float[] before, float[] c, float[] activated, String kernel) {
    }

    private static Run run(Way way, Problem x, Cut cut, Finish finish, String kernel) {
        Random random = new Random(x.m * 31L + x.n * 7L + x.k);
        double scale = 1 / Math.sqrt(x.k);
        float[] a = normal(random, x.outer * x.rowsA() * x.ldA(), way.type, 1);
        float[] b = normal(random, x.outer * x.rowsB() * x.ldB(), way.type, scale);
        float[] bias = normal(random, x.n, way.result, 1);
        float[] before = normal(random, x.outer * x.m * x.ldC(), way.result, 1);
        Lowering lowering = (program, at, out) -> {
            if (!program.is(at, HERE)) {
                return 0;
            }
            emit(way, x, cut, finish, program.get(at).arguments(Arguments.class), out);
            return 1;
        };
        try (EmulatedGpu gpu = new EmulatedGpu(List.of(lowering))) {
            Tensor left = Tensor.of(gpu, Shape.of(a.length), way.type, a), right = Tensor.of(gpu, Shape.of(b.length), way.type, b);
            Tensor added = Tensor.of(gpu, Shape.of(x.n), way.result, bias);
            Tensor c = Tensor.of(gpu, Shape.of(before.length), way.result, before);
            Tensor activated = Tensor.of(gpu, Shape.of(before.length), way.result, before);
            Program program = Program.record(gpu, () -> {
                HERE.launch().read(left).read(right).read(added).update(c).update(activated).over(1, 1);
                return List.of();
            });
            program.run();
            String first = program.launches().stream().map(Launch::kernel).map(Object::toString).findFirst().orElseThrow();
            if (kernel != null) {
                assertEquals(kernel, first, way + " " + x);
            }
            return new Run(a, b, bias, before, c.toFloats(), activated.toFloats(), first);
        }
    }

    private static void emit(Way way, Problem x, Cut cut, Finish finish, Arguments arguments, LoweredLaunches out) {
        Operand a = new Operand(arguments.a, x.transposedA, x.ldA(), (long) x.rowsA() * x.ldA(), x.columnsA());
        Operand b = new Operand(arguments.b, x.transposedB, x.ldB(), (long) x.rowsB() * x.ldB(), x.columnsB());
        Result c = new Result(arguments.c, x.ldC(), x.m * x.ldC(), x.n);
        Epilogue epilogue = new Epilogue(finish == Finish.ADD || finish == Finish.BIAS_ADD,
                finish == Finish.NONE || finish == Finish.ADD ? null : arguments.bias,
                finish == Finish.GELU || finish == Finish.BOTH, finish == Finish.BOTH ? arguments.activated : null);
        Product product = new Product(x.outer, x.inner, x.m, x.n, x.k, a, b, c, epilogue);
        if (cut.edge == 0) {
            product.emit(way.target, out);
        } else if (way.type == DType.F16) {
            HalfProducts.emit(product, new HalfProducts.Plan(cut.edge, cut.parts), way.target, out);
        } else {
            FloatProducts.Tile tile = cut.edge == 128 ? FloatProducts.Tile.LARGE : FloatProducts.Tile.SMALL;
            int depth = Math.ceilDiv(Math.ceilDiv(x.k, cut.parts), FloatGrid.DEPTH) * FloatGrid.DEPTH;
            FloatProducts.emit(product, new FloatProducts.Plan(tile, Math.ceilDiv(x.k, depth), depth), way.target, out);
        }
    }

    /** The arguments of {@link #HERE}. */
    private record Arguments(Buffer a, Buffer b, Buffer bias, Buffer c, Buffer activated) {
    }

    private static float[] normal(Random random, int size, DType dtype, double scale) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            float v = (float) (random.nextGaussian() * scale);
            values[i] = dtype == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(v)) : v;
        }
        return values;
    }

    /** Stands for a product until it is lowered. */
    private static void nothing(Object a, Object b, Object bias, Object c, Object activated, int from, int count) {
        throw new IllegalStateException("not lowered");
    }
}
