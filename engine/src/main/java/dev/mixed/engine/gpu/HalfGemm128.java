package dev.mixed.engine.gpu;

import static dev.mixed.engine.gpu.HalfTiles.DEPTH;
import static dev.mixed.engine.gpu.HalfTiles.leftByte;
import static dev.mixed.engine.gpu.HalfTiles.load;
import static dev.mixed.engine.gpu.HalfTiles.rightByte;
import static dev.mixed.engine.gpu.HalfTiles.storeLeft;
import static dev.mixed.engine.gpu.HalfTiles.storeRight;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/** c = a b on tensor cores in tiles of 128x128, of which each of 4 warps computes 64x64. */
final class HalfGemm128 {
    static final int EDGE = 128;
    /** Ints of one operand's tile; there are two tiles, one that is multiplied and one that is filled. */
    private static final int STAGE = EDGE * DEPTH / 2;

    private HalfGemm128() {
    }

    /**
     * A block's tile of c, whose rows and columns are whole tiles.
     *
     * @param sizes       as {@link HalfGemm#sizes} gives them
     * @param alongA      constants, for which a kernel is compiled: not 0 if a is stored [m, k], and b [n, k]
     */
    public static void multiply(KernelContext context, LongArray a, LongArray b, FloatArray c, IntArray sizes, int alongA, int alongB) {
        int[] left = context.allocateIntLocalArray(2 * STAGE);
        int[] right = context.allocateIntLocalArray(2 * STAGE);
        int thread = context.localIdx;
        int lane = thread % 32;
        int m = sizes.get(0);
        int n = sizes.get(1);
        int lda = sizes.get(3);
        int ldb = sizes.get(4);
        int ldc = sizes.get(5);
        int batch = context.groupIdz / sizes.get(13);
        int split = context.groupIdz - batch * sizes.get(13);
        int outer = batch / sizes.get(6);
        int inner = batch - outer * sizes.get(6);
        int aAt = outer * sizes.get(7) + inner * sizes.get(8);
        int bAt = outer * sizes.get(9) + inner * sizes.get(10);
        int start = split * sizes.get(14);
        int end = Math.min(start + sizes.get(14), sizes.get(2));
        int top = context.groupIdy * EDGE;
        int side = context.groupIdx * EDGE;
        int row = thread / 64 * 64;
        int block = thread / 32 % 2 * 8;
        float[] c00 = context.mmaFragment(0f), c01 = context.mmaFragment(0f), c02 = context.mmaFragment(0f), c03 = context.mmaFragment(0f);
        float[] c04 = context.mmaFragment(0f), c05 = context.mmaFragment(0f), c06 = context.mmaFragment(0f), c07 = context.mmaFragment(0f);
        float[] c10 = context.mmaFragment(0f), c11 = context.mmaFragment(0f), c12 = context.mmaFragment(0f), c13 = context.mmaFragment(0f);
        float[] c14 = context.mmaFragment(0f), c15 = context.mmaFragment(0f), c16 = context.mmaFragment(0f), c17 = context.mmaFragment(0f);
        float[] c20 = context.mmaFragment(0f), c21 = context.mmaFragment(0f), c22 = context.mmaFragment(0f), c23 = context.mmaFragment(0f);
        float[] c24 = context.mmaFragment(0f), c25 = context.mmaFragment(0f), c26 = context.mmaFragment(0f), c27 = context.mmaFragment(0f);
        float[] c30 = context.mmaFragment(0f), c31 = context.mmaFragment(0f), c32 = context.mmaFragment(0f), c33 = context.mmaFragment(0f);
        float[] c34 = context.mmaFragment(0f), c35 = context.mmaFragment(0f), c36 = context.mmaFragment(0f), c37 = context.mmaFragment(0f);
        long a0 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 0);
        long a1 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 1);
        long a2 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 2);
        long a3 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 3);
        long a4 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 4);
        long a5 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 5);
        long a6 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 6);
        long a7 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 7);
        long b0 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 0);
        long b1 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 1);
        long b2 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 2);
        long b3 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 3);
        long b4 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 4);
        long b5 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 5);
        long b6 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 6);
        long b7 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 7);
        storeLeft(left, 0, alongA, EDGE, thread, 0, a0, a1);
        storeLeft(left, 0, alongA, EDGE, thread, 2, a2, a3);
        storeLeft(left, 0, alongA, EDGE, thread, 4, a4, a5);
        storeLeft(left, 0, alongA, EDGE, thread, 6, a6, a7);
        storeRight(right, 0, alongB, EDGE, thread, 0, b0, b1);
        storeRight(right, 0, alongB, EDGE, thread, 2, b2, b3);
        storeRight(right, 0, alongB, EDGE, thread, 4, b4, b5);
        storeRight(right, 0, alongB, EDGE, thread, 6, b6, b7);
        context.localBarrier();
        int stage = 0;
        while (start < end) {
            start += DEPTH;
            // The next tile is on its way while this one is multiplied; beyond the end it is zeros.
            a0 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 0);
            a1 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 1);
            a2 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 2);
            a3 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 3);
            a4 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 4);
            a5 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 5);
            a6 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 6);
            a7 = load(a, alongA, EDGE, aAt, lda, top, m, start, end, thread, 7);
            b0 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 0);
            b1 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 1);
            b2 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 2);
            b3 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 3);
            b4 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 4);
            b5 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 5);
            b6 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 6);
            b7 = load(b, alongB, EDGE, bAt, ldb, side, n, start, end, thread, 7);
            for (int half = 0; half < 2; half++) {
                HalfFloat[] left0 = context.mmaLoadA(left, 16, stage * 4 + leftByte(EDGE, row, half * 2, lane));
                HalfFloat[] left1 = context.mmaLoadA(left, 16, stage * 4 + leftByte(EDGE, row + 16, half * 2, lane));
                HalfFloat[] left2 = context.mmaLoadA(left, 16, stage * 4 + leftByte(EDGE, row + 32, half * 2, lane));
                HalfFloat[] left3 = context.mmaLoadA(left, 16, stage * 4 + leftByte(EDGE, row + 48, half * 2, lane));
                HalfFloat[] right0 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block, lane));
                c00 = context.mma(left0, right0, c00, MMAShape.M16N8K16);
                c10 = context.mma(left1, right0, c10, MMAShape.M16N8K16);
                c20 = context.mma(left2, right0, c20, MMAShape.M16N8K16);
                c30 = context.mma(left3, right0, c30, MMAShape.M16N8K16);
                HalfFloat[] right1 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 1, lane));
                c01 = context.mma(left0, right1, c01, MMAShape.M16N8K16);
                c11 = context.mma(left1, right1, c11, MMAShape.M16N8K16);
                c21 = context.mma(left2, right1, c21, MMAShape.M16N8K16);
                c31 = context.mma(left3, right1, c31, MMAShape.M16N8K16);
                HalfFloat[] right2 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 2, lane));
                c02 = context.mma(left0, right2, c02, MMAShape.M16N8K16);
                c12 = context.mma(left1, right2, c12, MMAShape.M16N8K16);
                c22 = context.mma(left2, right2, c22, MMAShape.M16N8K16);
                c32 = context.mma(left3, right2, c32, MMAShape.M16N8K16);
                HalfFloat[] right3 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 3, lane));
                c03 = context.mma(left0, right3, c03, MMAShape.M16N8K16);
                c13 = context.mma(left1, right3, c13, MMAShape.M16N8K16);
                c23 = context.mma(left2, right3, c23, MMAShape.M16N8K16);
                c33 = context.mma(left3, right3, c33, MMAShape.M16N8K16);
                HalfFloat[] right4 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 4, lane));
                c04 = context.mma(left0, right4, c04, MMAShape.M16N8K16);
                c14 = context.mma(left1, right4, c14, MMAShape.M16N8K16);
                c24 = context.mma(left2, right4, c24, MMAShape.M16N8K16);
                c34 = context.mma(left3, right4, c34, MMAShape.M16N8K16);
                HalfFloat[] right5 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 5, lane));
                c05 = context.mma(left0, right5, c05, MMAShape.M16N8K16);
                c15 = context.mma(left1, right5, c15, MMAShape.M16N8K16);
                c25 = context.mma(left2, right5, c25, MMAShape.M16N8K16);
                c35 = context.mma(left3, right5, c35, MMAShape.M16N8K16);
                HalfFloat[] right6 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 6, lane));
                c06 = context.mma(left0, right6, c06, MMAShape.M16N8K16);
                c16 = context.mma(left1, right6, c16, MMAShape.M16N8K16);
                c26 = context.mma(left2, right6, c26, MMAShape.M16N8K16);
                c36 = context.mma(left3, right6, c36, MMAShape.M16N8K16);
                HalfFloat[] right7 = context.mmaLoadB(right, 16, stage * 4 + rightByte(half * 16, block + 7, lane));
                c07 = context.mma(left0, right7, c07, MMAShape.M16N8K16);
                c17 = context.mma(left1, right7, c17, MMAShape.M16N8K16);
                c27 = context.mma(left2, right7, c27, MMAShape.M16N8K16);
                c37 = context.mma(left3, right7, c37, MMAShape.M16N8K16);
            }
            stage = STAGE - stage;
            storeLeft(left, stage, alongA, EDGE, thread, 0, a0, a1);
            storeLeft(left, stage, alongA, EDGE, thread, 2, a2, a3);
            storeLeft(left, stage, alongA, EDGE, thread, 4, a4, a5);
            storeLeft(left, stage, alongA, EDGE, thread, 6, a6, a7);
            storeRight(right, stage, alongB, EDGE, thread, 0, b0, b1);
            storeRight(right, stage, alongB, EDGE, thread, 2, b2, b3);
            storeRight(right, stage, alongB, EDGE, thread, 4, b4, b5);
            storeRight(right, stage, alongB, EDGE, thread, 6, b6, b7);
            context.localBarrier();
        }
        int cRow = top + row;
        int cColumn = side + block * 8 + outer * sizes.get(11) + inner * sizes.get(12) + split * sizes.get(15);
        context.mmaStore(c00, c, cRow, cColumn, ldc);
        context.mmaStore(c01, c, cRow, cColumn + 8, ldc);
        context.mmaStore(c02, c, cRow, cColumn + 16, ldc);
        context.mmaStore(c03, c, cRow, cColumn + 24, ldc);
        context.mmaStore(c04, c, cRow, cColumn + 32, ldc);
        context.mmaStore(c05, c, cRow, cColumn + 40, ldc);
        context.mmaStore(c06, c, cRow, cColumn + 48, ldc);
        context.mmaStore(c07, c, cRow, cColumn + 56, ldc);
        context.mmaStore(c10, c, cRow + 16, cColumn, ldc);
        context.mmaStore(c11, c, cRow + 16, cColumn + 8, ldc);
        context.mmaStore(c12, c, cRow + 16, cColumn + 16, ldc);
        context.mmaStore(c13, c, cRow + 16, cColumn + 24, ldc);
        context.mmaStore(c14, c, cRow + 16, cColumn + 32, ldc);
        context.mmaStore(c15, c, cRow + 16, cColumn + 40, ldc);
        context.mmaStore(c16, c, cRow + 16, cColumn + 48, ldc);
        context.mmaStore(c17, c, cRow + 16, cColumn + 56, ldc);
        context.mmaStore(c20, c, cRow + 32, cColumn, ldc);
        context.mmaStore(c21, c, cRow + 32, cColumn + 8, ldc);
        context.mmaStore(c22, c, cRow + 32, cColumn + 16, ldc);
        context.mmaStore(c23, c, cRow + 32, cColumn + 24, ldc);
        context.mmaStore(c24, c, cRow + 32, cColumn + 32, ldc);
        context.mmaStore(c25, c, cRow + 32, cColumn + 40, ldc);
        context.mmaStore(c26, c, cRow + 32, cColumn + 48, ldc);
        context.mmaStore(c27, c, cRow + 32, cColumn + 56, ldc);
        context.mmaStore(c30, c, cRow + 48, cColumn, ldc);
        context.mmaStore(c31, c, cRow + 48, cColumn + 8, ldc);
        context.mmaStore(c32, c, cRow + 48, cColumn + 16, ldc);
        context.mmaStore(c33, c, cRow + 48, cColumn + 24, ldc);
        context.mmaStore(c34, c, cRow + 48, cColumn + 32, ldc);
        context.mmaStore(c35, c, cRow + 48, cColumn + 40, ldc);
        context.mmaStore(c36, c, cRow + 48, cColumn + 48, ldc);
        context.mmaStore(c37, c, cRow + 48, cColumn + 56, ldc);
    }
}
