// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mixed.engine.ops.layernorm.LayerNormHalf;
import dev.mixed.engine.ops.layernorm.LayerNormVector;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.BroadcastHalf;
import dev.mixed.engine.ops.pointwise.BroadcastVector;
import dev.mixed.engine.ops.pointwise.ElementwiseHalf;
import dev.mixed.engine.ops.pointwise.ElementwiseVector;
import dev.mixed.engine.ops.reduce.SumRowsHalf;
import dev.mixed.engine.ops.reduce.SumRowsVector;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Vector forms over halves give the bits of the plain loops, for every half and however floats lie between halves, with vectors of any length. */
class HalfVectorsTest {
    private static final int HALVES = 1 << 16;
    /** Both sides of every length of vector and of run, and rows too short for vectors. */
    private static final int[] COLUMNS = {3, 32, 33, 127, 256, 3000};

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void broadcastSums(int bits) throws ReflectiveOperationException {
        VectorWidth.run(bits, HalfVectorsTest.class, "checkBroadcast", bits / Float.SIZE);
    }

    static void checkBroadcast(int lanes) {
        assertEquals(lanes, FloatVector.SPECIES_PREFERRED.length());
        for (int n : COLUMNS) {
            HalfFloatArray b = shuffled(n, 1);
            FloatArray floats = Numbers.floats(Numbers.normal(new Random(n), n, 1, false));
            for (IntBinaryOperator slicing : new IntBinaryOperator[] {Numbers.SLICINGS.getFirst(), (from, range) -> 12345}) {
                HalfFloatArray plain = all();
                HalfFloatArray tuned = all();
                BroadcastHalf.addRowsInto(plain, b, n, 0, HALVES);
                Numbers.inSlices(HALVES, slicing, (from, count) -> BroadcastVector.addRowsIntoHalf(tuned, b, n, from, count));
                assertSame(plain, tuned, "halves into halves, n = " + n);
                BroadcastHalf.addRows(all(), floats, plain, n, 0, HALVES);
                Numbers.inSlices(HALVES, slicing, (from, count) -> BroadcastVector.addRowsHalf(all(), floats, tuned, n, from, count));
                assertSame(plain, tuned, "sums, n = " + n);
                BroadcastHalf.mulRows(all(), floats, plain, n, 0, HALVES);
                Numbers.inSlices(HALVES, slicing, (from, count) -> BroadcastVector.mulRowsHalf(all(), floats, tuned, n, from, count));
                assertSame(plain, tuned, "products, n = " + n);
            }
        }
        FloatArray hard = between();
        HalfFloatArray plain = new HalfFloatArray(hard.getSize());
        HalfFloatArray tuned = new HalfFloatArray(hard.getSize());
        Broadcast.addFloatRowsIntoHalf(plain, hard, hard.getSize(), 0, hard.getSize());
        Numbers.inSlices(hard.getSize(), (from, range) -> 54321,
                (from, count) -> BroadcastVector.addFloatRowsIntoHalf(tuned, hard, hard.getSize(), from, count));
        assertSame(plain, tuned, "floats between halves");
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void sums(int bits) throws ReflectiveOperationException {
        VectorWidth.run(bits, HalfVectorsTest.class, "checkSums");
    }

    static void checkSums() {
        HalfFloatArray plain = all();
        HalfFloatArray tuned = all();
        HalfFloatArray other = shuffled(HALVES, 2);
        ElementwiseHalf.addElementsInto(plain, other, 0, HALVES);
        Numbers.inSlices(HALVES, (from, range) -> 5000, (from, count) -> ElementwiseVector.addIntoHalf(tuned, other, from, count));
        assertSame(plain, tuned, "into");
        ElementwiseHalf.addElements(plain, other, plain, 0, HALVES);
        Numbers.inSlices(HALVES, (from, range) -> 5000, (from, count) -> ElementwiseVector.addHalf(tuned, other, tuned, from, count));
        assertSame(plain, tuned, "of two");
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void sumsOverRows(int bits) throws ReflectiveOperationException {
        VectorWidth.run(bits, HalfVectorsTest.class, "checkRows");
    }

    static void checkRows() {
        for (int[] s : new int[][] {{1, 1}, {3, 1}, {5, 13}, {65, 17}, {130, 33}, {70, 128}}) {
            int rows = s[0];
            int n = s[1];
            HalfFloatArray x = Numbers.halves(Numbers.normal(new Random(rows), rows * n, 2, true));
            HalfFloatArray dy = Numbers.halves(Numbers.normal(new Random(n), rows * n, 1, true));
            FloatArray mean = Numbers.floats(Numbers.normal(new Random(3), rows, 1, false));
            FloatArray rstd = Numbers.floats(Numbers.normal(new Random(4), rows, 1, false));
            for (int accumulate = 0; accumulate < 2; accumulate++) {
                int add = accumulate;
                FloatArray plain = Numbers.floats(new float[n]);
                FloatArray tuned = Numbers.floats(new float[n]);
                for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                    plain.init(0.1f);
                    tuned.init(0.1f);
                    SumRowsHalf.sumRows(dy, plain, rows, n, add, 0, n);
                    Numbers.inSlices(n, slicing, (from, count) -> SumRowsVector.sumRowsHalf(dy, tuned, rows, n, add, from, count));
                    Numbers.assertSameBits(Numbers.values(plain), Numbers.values(tuned), "sum of rows");
                    LayerNormHalf.gammaGradient(x, mean, rstd, dy, plain, rows, n, add, 0, n);
                    Numbers.inSlices(n, slicing, (from, count) -> LayerNormVector.gammaGradientHalf(x, mean, rstd, dy, tuned, rows, n, add, from, count));
                    Numbers.assertSameBits(Numbers.values(plain), Numbers.values(tuned), "gradient of gamma");
                }
            }
        }
    }

    /** Every half there is. */
    private static HalfFloatArray all() {
        HalfFloatArray halves = new HalfFloatArray(HALVES);
        for (int i = 0; i < HALVES; i++) {
            set(halves, i, i);
        }
        return halves;
    }

    private static HalfFloatArray shuffled(int size, long seed) {
        HalfFloatArray halves = new HalfFloatArray(size);
        Random random = new Random(seed);
        for (int i = 0; i < size; i++) {
            set(halves, i, random.nextInt(HALVES));
        }
        return halves;
    }

    private static void set(HalfFloatArray halves, int index, int bits) {
        halves.getSegment().setAtIndex(ValueLayout.JAVA_SHORT, index, (short) bits);
    }

    /** The middle of each half and the next, and the floats beside it, of both signs: subnormal ones and those past the largest among them. */
    private static FloatArray between() {
        int finite = 0x7C00;
        FloatArray floats = new FloatArray(6 * finite);
        for (int h = 0; h < finite; h++) {
            float low = Float.float16ToFloat((short) h);
            float middle = h == finite - 1 ? 65520f : (low + Float.float16ToFloat((short) (h + 1))) / 2;
            float[] hard = {Math.nextDown(middle), middle, Math.nextUp(middle)};
            for (int i = 0; i < 3; i++) {
                floats.set(6 * h + i, hard[i]);
                floats.set(6 * h + 3 + i, -hard[i]);
            }
        }
        return floats;
    }

    private static void assertSame(HalfFloatArray expected, HalfFloatArray actual, String what) {
        for (int i = 0; i < expected.getSize(); i++) {
            int e = expected.getSegment().getAtIndex(ValueLayout.JAVA_SHORT, i) & 0xFFFF;
            int a = actual.getSegment().getAtIndex(ValueLayout.JAVA_SHORT, i) & 0xFFFF;
            boolean bothNaN = (e & 0x7FFF) > 0x7C00 && (a & 0x7FFF) > 0x7C00;
            if (e != a && !bothNaN) {
                fail(what + "[" + i + "] has bits " + Integer.toHexString(a) + ", not " + Integer.toHexString(e));
            }
        }
    }
}
