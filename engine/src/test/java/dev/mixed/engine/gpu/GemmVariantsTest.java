package dev.mixed.engine.gpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.tornado.KernelRunner;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task11;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/** The variants that {@link GemmBenchmark} compares compute what the products in use do. */
class GemmVariantsTest {
    private static final Task11<KernelContext, LongArray, LongArray, FloatArray, HalfFloatArray, HalfFloatArray, HalfFloatArray, IntArray, Integer, Integer, Integer> EARLY =
            GemmEarlyStores::multiply, WIDE = Gemm128x256::multiply;

    @ParameterizedTest(name = "a along k {0}, b along k {1}, depth {2}")
    @CsvSource({"1, 1, 96", "1, 0, 100", "0, 0, 101", "0, 1, 32", "1, 1, 64"})
    void matchFloat64(int alongA, int alongB, int k) {
        check(EARLY, 128, 128, 128, alongA, alongB, k);
        check(WIDE, 128, 256, 256, alongA, alongB, k);
    }

    private static void check(Object kernel, int m, int n, int threads, int alongA, int alongB, int k) {
        int ldA = alongA != 0 ? k : m, ldB = alongB != 0 ? k : n;
        Random random = new Random(k);
        short[] a = halves(random, m * k), b = halves(random, n * k);
        FloatArray c = new FloatArray(m * n);
        HalfFloatArray unused = new HalfFloatArray(4);
        IntArray sizes = IntArray.fromElements(m, n, k, ldA / 4, ldB / 4, n, 1, 0, 0, 0, 0, 0, 0, 1, Math.ceilDiv(k, 32) * 32, 0, 0, 0);
        WorkerGrid3D worker = new WorkerGrid3D(threads, 1, 1);
        worker.setLocalWork(threads, 1, 1);
        KernelRunner.run("variant", kernel, new Object[] {new KernelContext(), longs(a), longs(b), c, unused, unused, unused, sizes, alongA, alongB, 0}, worker);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0, size = 0;
                for (int p = 0; p < k; p++) {
                    double product = (double) Float.float16ToFloat(a[alongA != 0 ? i * k + p : p * m + i]) * Float.float16ToFloat(b[alongB != 0 ? j * k + p : p * n + j]);
                    sum += product;
                    size += Math.abs(product);
                }
                assertTrue(Math.abs(c.get(i * n + j) - sum) <= (k + 2) * 0x1p-24 * size * 1.01, "row " + i + ", column " + j + ": " + c.get(i * n + j) + ", expected " + sum);
            }
        }
    }

    private static short[] halves(Random random, int size) {
        short[] values = new short[size];
        for (int i = 0; i < size; i++) {
            values[i] = Float.floatToFloat16((float) random.nextGaussian());
        }
        return values;
    }

    private static LongArray longs(short[] halves) {
        LongArray array = new LongArray(halves.length / 4);
        for (int i = 0; i < array.getSize(); i++) {
            long value = 0;
            for (int j = 3; j >= 0; j--) {
                value = value << 16 | halves[4 * i + j] & 0xFFFF;
            }
            array.set(i, value);
        }
        return array;
    }
}
