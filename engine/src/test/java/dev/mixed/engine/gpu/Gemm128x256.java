package dev.mixed.engine.gpu;

import static dev.mixed.engine.gpu.HalfTiles.DEPTH;
import static dev.mixed.engine.gpu.HalfTiles.load;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/** {@link HalfGemm128}, F32 results only, in tiles of 128x256 by 8 warps: less to load per product, but one block a processor. */
final class Gemm128x256 {
    static final int EDGE = 128;
    static final int WIDTH = 256;
    private static final int STAGE = EDGE * DEPTH / 2;
    private static final int WIDE_STAGE = WIDTH * DEPTH / 2;

    private Gemm128x256() {
    }

    /**
     * A block's tile of c, whose rows and columns are whole tiles.
     *
     * @param sizes  as {@link HalfGemm} gives them
     * @param alongA not 0 if a is stored [m, k], and alongB if b is stored [n, k]; a kernel is compiled for each value of these and of finish
     * @param finish one of {@link HalfTileFinish}'s kinds, by which bias, dst and activated are used or not
     */
    public static void multiply(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst,
            HalfFloatArray activated, IntArray sizes, int alongA, int alongB, int finish) {
        int[] left = context.allocateIntLocalArray(2 * STAGE);
        int[] right = context.allocateIntLocalArray(2 * WIDE_STAGE);
        int thread = context.localIdx;
        int lane = thread & 31;
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
        int side = context.groupIdx * WIDTH;
        int row = (thread >> 7) * 64;
        int block = (thread >> 5 & 3) * 8;
        int stepA = HalfTiles.step(alongA, lda) * (DEPTH / 4);
        int stepB = HalfTiles.step(alongB, ldb) * (DEPTH / 4);
        int aNext = HalfTiles.step(alongA, lda) * (start >> 2);
        int bNext = HalfTiles.step(alongB, ldb) * (start >> 2);
        int aAt0 = offset(alongA, aAt, lda, top, m, thread, 0);
        int aAt1 = offset(alongA, aAt, lda, top, m, thread, 1);
        int aAt2 = offset(alongA, aAt, lda, top, m, thread, 2);
        int aAt3 = offset(alongA, aAt, lda, top, m, thread, 3);
        int bAt0 = offset(alongB, bAt, ldb, side, n, thread, 0);
        int bAt1 = offset(alongB, bAt, ldb, side, n, thread, 1);
        int bAt2 = offset(alongB, bAt, ldb, side, n, thread, 2);
        int bAt3 = offset(alongB, bAt, ldb, side, n, thread, 3);
        int bAt4 = offset(alongB, bAt, ldb, side, n, thread, 4);
        int bAt5 = offset(alongB, bAt, ldb, side, n, thread, 5);
        int bAt6 = offset(alongB, bAt, ldb, side, n, thread, 6);
        int bAt7 = offset(alongB, bAt, ldb, side, n, thread, 7);
        float[] c00 = context.mmaFragment(0f), c01 = context.mmaFragment(0f), c02 = context.mmaFragment(0f), c03 = context.mmaFragment(0f);
        float[] c04 = context.mmaFragment(0f), c05 = context.mmaFragment(0f), c06 = context.mmaFragment(0f), c07 = context.mmaFragment(0f);
        float[] c10 = context.mmaFragment(0f), c11 = context.mmaFragment(0f), c12 = context.mmaFragment(0f), c13 = context.mmaFragment(0f);
        float[] c14 = context.mmaFragment(0f), c15 = context.mmaFragment(0f), c16 = context.mmaFragment(0f), c17 = context.mmaFragment(0f);
        float[] c20 = context.mmaFragment(0f), c21 = context.mmaFragment(0f), c22 = context.mmaFragment(0f), c23 = context.mmaFragment(0f);
        float[] c24 = context.mmaFragment(0f), c25 = context.mmaFragment(0f), c26 = context.mmaFragment(0f), c27 = context.mmaFragment(0f);
        float[] c30 = context.mmaFragment(0f), c31 = context.mmaFragment(0f), c32 = context.mmaFragment(0f), c33 = context.mmaFragment(0f);
        float[] c34 = context.mmaFragment(0f), c35 = context.mmaFragment(0f), c36 = context.mmaFragment(0f), c37 = context.mmaFragment(0f);
        long a0 = load(a, aAt0 + aNext, start + depth(alongA, thread, 0), end);
        long a1 = load(a, aAt1 + aNext, start + depth(alongA, thread, 1), end);
        long a2 = load(a, aAt2 + aNext, start + depth(alongA, thread, 2), end);
        long a3 = load(a, aAt3 + aNext, start + depth(alongA, thread, 3), end);
        long b0 = load(b, bAt0 + bNext, start + depth(alongB, thread, 0), end);
        long b1 = load(b, bAt1 + bNext, start + depth(alongB, thread, 1), end);
        long b2 = load(b, bAt2 + bNext, start + depth(alongB, thread, 2), end);
        long b3 = load(b, bAt3 + bNext, start + depth(alongB, thread, 3), end);
        long b4 = load(b, bAt4 + bNext, start + depth(alongB, thread, 4), end);
        long b5 = load(b, bAt5 + bNext, start + depth(alongB, thread, 5), end);
        long b6 = load(b, bAt6 + bNext, start + depth(alongB, thread, 6), end);
        long b7 = load(b, bAt7 + bNext, start + depth(alongB, thread, 7), end);
        int leftAt = leftAt(alongA, thread);
        int rightAt = rightAt(alongB, thread);
        left[HalfTiles.place(alongA, leftAt, 0) + 0] = HalfTiles.word(alongA, thread, 0, a0, a1);
        left[HalfTiles.place(alongA, leftAt, 1) + 0] = HalfTiles.word(alongA, thread, 1, a0, a1);
        left[HalfTiles.place(alongA, leftAt, 2) + 0] = HalfTiles.word(alongA, thread, 2, a0, a1);
        left[HalfTiles.place(alongA, leftAt, 3) + 0] = HalfTiles.word(alongA, thread, 3, a0, a1);
        left[HalfTiles.place(alongA, leftAt, 0) + 256] = HalfTiles.word(alongA, thread, 0, a2, a3);
        left[HalfTiles.place(alongA, leftAt, 1) + 256] = HalfTiles.word(alongA, thread, 1, a2, a3);
        left[HalfTiles.place(alongA, leftAt, 2) + 256] = HalfTiles.word(alongA, thread, 2, a2, a3);
        left[HalfTiles.place(alongA, leftAt, 3) + 256] = HalfTiles.word(alongA, thread, 3, a2, a3);
        right[HalfTiles.place(1 - alongB, rightAt, 0) + 0] = HalfTiles.word(1 - alongB, thread, 0, b0, b1);
        right[HalfTiles.place(1 - alongB, rightAt, 1) + 0] = HalfTiles.word(1 - alongB, thread, 1, b0, b1);
        right[HalfTiles.place(1 - alongB, rightAt, 2) + 0] = HalfTiles.word(1 - alongB, thread, 2, b0, b1);
        right[HalfTiles.place(1 - alongB, rightAt, 3) + 0] = HalfTiles.word(1 - alongB, thread, 3, b0, b1);
        right[HalfTiles.place(1 - alongB, rightAt, 0) + 1024] = HalfTiles.word(1 - alongB, thread, 0, b2, b3);
        right[HalfTiles.place(1 - alongB, rightAt, 1) + 1024] = HalfTiles.word(1 - alongB, thread, 1, b2, b3);
        right[HalfTiles.place(1 - alongB, rightAt, 2) + 1024] = HalfTiles.word(1 - alongB, thread, 2, b2, b3);
        right[HalfTiles.place(1 - alongB, rightAt, 3) + 1024] = HalfTiles.word(1 - alongB, thread, 3, b2, b3);
        right[HalfTiles.place(1 - alongB, rightAt, 0) + 2048] = HalfTiles.word(1 - alongB, thread, 0, b4, b5);
        right[HalfTiles.place(1 - alongB, rightAt, 1) + 2048] = HalfTiles.word(1 - alongB, thread, 1, b4, b5);
        right[HalfTiles.place(1 - alongB, rightAt, 2) + 2048] = HalfTiles.word(1 - alongB, thread, 2, b4, b5);
        right[HalfTiles.place(1 - alongB, rightAt, 3) + 2048] = HalfTiles.word(1 - alongB, thread, 3, b4, b5);
        right[HalfTiles.place(1 - alongB, rightAt, 0) + 3072] = HalfTiles.word(1 - alongB, thread, 0, b6, b7);
        right[HalfTiles.place(1 - alongB, rightAt, 1) + 3072] = HalfTiles.word(1 - alongB, thread, 1, b6, b7);
        right[HalfTiles.place(1 - alongB, rightAt, 2) + 3072] = HalfTiles.word(1 - alongB, thread, 2, b6, b7);
        right[HalfTiles.place(1 - alongB, rightAt, 3) + 3072] = HalfTiles.word(1 - alongB, thread, 3, b6, b7);
        int leftEven = HalfTiles.leftByte(EDGE, row, lane) - HalfTiles.builtInLeft(lane);
        int leftOdd = (HalfTiles.leftByte(EDGE, row, lane) ^ 32) - HalfTiles.builtInLeft(lane);
        int rightEven = HalfTiles.rightByte(block, lane) - HalfTiles.builtInRight(lane);
        int rightOdd = (HalfTiles.rightByte(block, lane) ^ 16) - HalfTiles.builtInRight(lane);
        int rightEvenDeep = (HalfTiles.rightByte(block, lane) ^ 32) - HalfTiles.builtInRight(lane);
        int rightOddDeep = (HalfTiles.rightByte(block, lane) ^ 48) - HalfTiles.builtInRight(lane);
        context.localBarrier();
        int stage = 0;
        int wideStage = 0;
        while (start < end) {
            start += DEPTH;
            aNext += stepA;
            bNext += stepB;
            // The next tile is on its way while this one is multiplied; beyond the end it is zeros.
            if (start + DEPTH <= end) {
                a0 = a.get(aAt0 + aNext);
                a1 = a.get(aAt1 + aNext);
                a2 = a.get(aAt2 + aNext);
                a3 = a.get(aAt3 + aNext);
                b0 = b.get(bAt0 + bNext);
                b1 = b.get(bAt1 + bNext);
                b2 = b.get(bAt2 + bNext);
                b3 = b.get(bAt3 + bNext);
                b4 = b.get(bAt4 + bNext);
                b5 = b.get(bAt5 + bNext);
                b6 = b.get(bAt6 + bNext);
                b7 = b.get(bAt7 + bNext);
            } else {
                a0 = load(a, aAt0 + aNext, start + depth(alongA, thread, 0), end);
                a1 = load(a, aAt1 + aNext, start + depth(alongA, thread, 1), end);
                a2 = load(a, aAt2 + aNext, start + depth(alongA, thread, 2), end);
                a3 = load(a, aAt3 + aNext, start + depth(alongA, thread, 3), end);
                b0 = load(b, bAt0 + bNext, start + depth(alongB, thread, 0), end);
                b1 = load(b, bAt1 + bNext, start + depth(alongB, thread, 1), end);
                b2 = load(b, bAt2 + bNext, start + depth(alongB, thread, 2), end);
                b3 = load(b, bAt3 + bNext, start + depth(alongB, thread, 3), end);
                b4 = load(b, bAt4 + bNext, start + depth(alongB, thread, 4), end);
                b5 = load(b, bAt5 + bNext, start + depth(alongB, thread, 5), end);
                b6 = load(b, bAt6 + bNext, start + depth(alongB, thread, 6), end);
                b7 = load(b, bAt7 + bNext, start + depth(alongB, thread, 7), end);
            }
            HalfFloat[] left00 = context.mmaLoadA(left, 16, leftEven + stage);
            HalfFloat[] left01 = context.mmaLoadA(left, 16, leftOdd + stage + 256);
            HalfFloat[] left02 = context.mmaLoadA(left, 16, leftEven + stage + 512);
            HalfFloat[] left03 = context.mmaLoadA(left, 16, leftOdd + stage + 768);
            HalfFloat[] right00 = context.mmaLoadB(right, 16, rightEven + wideStage);
            c00 = context.mma(left00, right00, c00, MMAShape.M16N8K16);
            c10 = context.mma(left01, right00, c10, MMAShape.M16N8K16);
            c20 = context.mma(left02, right00, c20, MMAShape.M16N8K16);
            c30 = context.mma(left03, right00, c30, MMAShape.M16N8K16);
            HalfFloat[] right01 = context.mmaLoadB(right, 16, rightOdd + wideStage + 512);
            c01 = context.mma(left00, right01, c01, MMAShape.M16N8K16);
            c11 = context.mma(left01, right01, c11, MMAShape.M16N8K16);
            c21 = context.mma(left02, right01, c21, MMAShape.M16N8K16);
            c31 = context.mma(left03, right01, c31, MMAShape.M16N8K16);
            HalfFloat[] right02 = context.mmaLoadB(right, 16, rightEven + wideStage + 1024);
            c02 = context.mma(left00, right02, c02, MMAShape.M16N8K16);
            c12 = context.mma(left01, right02, c12, MMAShape.M16N8K16);
            c22 = context.mma(left02, right02, c22, MMAShape.M16N8K16);
            c32 = context.mma(left03, right02, c32, MMAShape.M16N8K16);
            HalfFloat[] right03 = context.mmaLoadB(right, 16, rightOdd + wideStage + 1536);
            c03 = context.mma(left00, right03, c03, MMAShape.M16N8K16);
            c13 = context.mma(left01, right03, c13, MMAShape.M16N8K16);
            c23 = context.mma(left02, right03, c23, MMAShape.M16N8K16);
            c33 = context.mma(left03, right03, c33, MMAShape.M16N8K16);
            HalfFloat[] right04 = context.mmaLoadB(right, 16, rightEven + wideStage + 2048);
            c04 = context.mma(left00, right04, c04, MMAShape.M16N8K16);
            c14 = context.mma(left01, right04, c14, MMAShape.M16N8K16);
            c24 = context.mma(left02, right04, c24, MMAShape.M16N8K16);
            c34 = context.mma(left03, right04, c34, MMAShape.M16N8K16);
            HalfFloat[] right05 = context.mmaLoadB(right, 16, rightOdd + wideStage + 2560);
            c05 = context.mma(left00, right05, c05, MMAShape.M16N8K16);
            c15 = context.mma(left01, right05, c15, MMAShape.M16N8K16);
            c25 = context.mma(left02, right05, c25, MMAShape.M16N8K16);
            c35 = context.mma(left03, right05, c35, MMAShape.M16N8K16);
            HalfFloat[] right06 = context.mmaLoadB(right, 16, rightEven + wideStage + 3072);
            c06 = context.mma(left00, right06, c06, MMAShape.M16N8K16);
            c16 = context.mma(left01, right06, c16, MMAShape.M16N8K16);
            c26 = context.mma(left02, right06, c26, MMAShape.M16N8K16);
            c36 = context.mma(left03, right06, c36, MMAShape.M16N8K16);
            HalfFloat[] right07 = context.mmaLoadB(right, 16, rightOdd + wideStage + 3584);
            c07 = context.mma(left00, right07, c07, MMAShape.M16N8K16);
            c17 = context.mma(left01, right07, c17, MMAShape.M16N8K16);
            c27 = context.mma(left02, right07, c27, MMAShape.M16N8K16);
            c37 = context.mma(left03, right07, c37, MMAShape.M16N8K16);
            HalfFloat[] left10 = context.mmaLoadA(left, 16, leftEven + stage + 4096);
            HalfFloat[] left11 = context.mmaLoadA(left, 16, leftOdd + stage + 4352);
            HalfFloat[] left12 = context.mmaLoadA(left, 16, leftEven + stage + 4608);
            HalfFloat[] left13 = context.mmaLoadA(left, 16, leftOdd + stage + 4864);
            HalfFloat[] right10 = context.mmaLoadB(right, 16, rightEvenDeep + wideStage + 256);
            c00 = context.mma(left10, right10, c00, MMAShape.M16N8K16);
            c10 = context.mma(left11, right10, c10, MMAShape.M16N8K16);
            c20 = context.mma(left12, right10, c20, MMAShape.M16N8K16);
            c30 = context.mma(left13, right10, c30, MMAShape.M16N8K16);
            HalfFloat[] right11 = context.mmaLoadB(right, 16, rightOddDeep + wideStage + 768);
            c01 = context.mma(left10, right11, c01, MMAShape.M16N8K16);
            c11 = context.mma(left11, right11, c11, MMAShape.M16N8K16);
            c21 = context.mma(left12, right11, c21, MMAShape.M16N8K16);
            c31 = context.mma(left13, right11, c31, MMAShape.M16N8K16);
            HalfFloat[] right12 = context.mmaLoadB(right, 16, rightEvenDeep + wideStage + 1280);
            c02 = context.mma(left10, right12, c02, MMAShape.M16N8K16);
            c12 = context.mma(left11, right12, c12, MMAShape.M16N8K16);
            c22 = context.mma(left12, right12, c22, MMAShape.M16N8K16);
            c32 = context.mma(left13, right12, c32, MMAShape.M16N8K16);
            HalfFloat[] right13 = context.mmaLoadB(right, 16, rightOddDeep + wideStage + 1792);
            c03 = context.mma(left10, right13, c03, MMAShape.M16N8K16);
            c13 = context.mma(left11, right13, c13, MMAShape.M16N8K16);
            c23 = context.mma(left12, right13, c23, MMAShape.M16N8K16);
            c33 = context.mma(left13, right13, c33, MMAShape.M16N8K16);
            HalfFloat[] right14 = context.mmaLoadB(right, 16, rightEvenDeep + wideStage + 2304);
            c04 = context.mma(left10, right14, c04, MMAShape.M16N8K16);
            c14 = context.mma(left11, right14, c14, MMAShape.M16N8K16);
            c24 = context.mma(left12, right14, c24, MMAShape.M16N8K16);
            c34 = context.mma(left13, right14, c34, MMAShape.M16N8K16);
            HalfFloat[] right15 = context.mmaLoadB(right, 16, rightOddDeep + wideStage + 2816);
            c05 = context.mma(left10, right15, c05, MMAShape.M16N8K16);
            c15 = context.mma(left11, right15, c15, MMAShape.M16N8K16);
            c25 = context.mma(left12, right15, c25, MMAShape.M16N8K16);
            c35 = context.mma(left13, right15, c35, MMAShape.M16N8K16);
            HalfFloat[] right16 = context.mmaLoadB(right, 16, rightEvenDeep + wideStage + 3328);
            c06 = context.mma(left10, right16, c06, MMAShape.M16N8K16);
            c16 = context.mma(left11, right16, c16, MMAShape.M16N8K16);
            c26 = context.mma(left12, right16, c26, MMAShape.M16N8K16);
            c36 = context.mma(left13, right16, c36, MMAShape.M16N8K16);
            HalfFloat[] right17 = context.mmaLoadB(right, 16, rightOddDeep + wideStage + 3840);
            c07 = context.mma(left10, right17, c07, MMAShape.M16N8K16);
            c17 = context.mma(left11, right17, c17, MMAShape.M16N8K16);
            c27 = context.mma(left12, right17, c27, MMAShape.M16N8K16);
            c37 = context.mma(left13, right17, c37, MMAShape.M16N8K16);
            leftAt ^= STAGE;
            rightAt ^= WIDE_STAGE;
            stage ^= STAGE * 4;
            wideStage ^= WIDE_STAGE * 4;
            left[HalfTiles.place(alongA, leftAt, 0) + 0] = HalfTiles.word(alongA, thread, 0, a0, a1);
            left[HalfTiles.place(alongA, leftAt, 1) + 0] = HalfTiles.word(alongA, thread, 1, a0, a1);
            left[HalfTiles.place(alongA, leftAt, 2) + 0] = HalfTiles.word(alongA, thread, 2, a0, a1);
            left[HalfTiles.place(alongA, leftAt, 3) + 0] = HalfTiles.word(alongA, thread, 3, a0, a1);
            left[HalfTiles.place(alongA, leftAt, 0) + 256] = HalfTiles.word(alongA, thread, 0, a2, a3);
            left[HalfTiles.place(alongA, leftAt, 1) + 256] = HalfTiles.word(alongA, thread, 1, a2, a3);
            left[HalfTiles.place(alongA, leftAt, 2) + 256] = HalfTiles.word(alongA, thread, 2, a2, a3);
            left[HalfTiles.place(alongA, leftAt, 3) + 256] = HalfTiles.word(alongA, thread, 3, a2, a3);
            right[HalfTiles.place(1 - alongB, rightAt, 0) + 0] = HalfTiles.word(1 - alongB, thread, 0, b0, b1);
            right[HalfTiles.place(1 - alongB, rightAt, 1) + 0] = HalfTiles.word(1 - alongB, thread, 1, b0, b1);
            right[HalfTiles.place(1 - alongB, rightAt, 2) + 0] = HalfTiles.word(1 - alongB, thread, 2, b0, b1);
            right[HalfTiles.place(1 - alongB, rightAt, 3) + 0] = HalfTiles.word(1 - alongB, thread, 3, b0, b1);
            right[HalfTiles.place(1 - alongB, rightAt, 0) + 1024] = HalfTiles.word(1 - alongB, thread, 0, b2, b3);
            right[HalfTiles.place(1 - alongB, rightAt, 1) + 1024] = HalfTiles.word(1 - alongB, thread, 1, b2, b3);
            right[HalfTiles.place(1 - alongB, rightAt, 2) + 1024] = HalfTiles.word(1 - alongB, thread, 2, b2, b3);
            right[HalfTiles.place(1 - alongB, rightAt, 3) + 1024] = HalfTiles.word(1 - alongB, thread, 3, b2, b3);
            right[HalfTiles.place(1 - alongB, rightAt, 0) + 2048] = HalfTiles.word(1 - alongB, thread, 0, b4, b5);
            right[HalfTiles.place(1 - alongB, rightAt, 1) + 2048] = HalfTiles.word(1 - alongB, thread, 1, b4, b5);
            right[HalfTiles.place(1 - alongB, rightAt, 2) + 2048] = HalfTiles.word(1 - alongB, thread, 2, b4, b5);
            right[HalfTiles.place(1 - alongB, rightAt, 3) + 2048] = HalfTiles.word(1 - alongB, thread, 3, b4, b5);
            right[HalfTiles.place(1 - alongB, rightAt, 0) + 3072] = HalfTiles.word(1 - alongB, thread, 0, b6, b7);
            right[HalfTiles.place(1 - alongB, rightAt, 1) + 3072] = HalfTiles.word(1 - alongB, thread, 1, b6, b7);
            right[HalfTiles.place(1 - alongB, rightAt, 2) + 3072] = HalfTiles.word(1 - alongB, thread, 2, b6, b7);
            right[HalfTiles.place(1 - alongB, rightAt, 3) + 3072] = HalfTiles.word(1 - alongB, thread, 3, b6, b7);
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

    private static int offset(int alongK, int at, int ld, int tile, int size, int thread, int i) {
        int warp = thread >> 5;
        int quad = thread & 7;
        int pair = (thread >> 3 & 3) * 2 + (i & 1);
        int offset;
        if (alongK != 0) {
            offset = at + Math.min(tile + (warp + (i >> 1) * 8) * 8 + pair, size - 1) * ld + quad;
        } else {
            offset = at + ((warp & 3) * 8 + pair) * ld + Math.min((tile >> 2) + ((warp >> 2) + (i >> 1) * 2) * 8 + quad, (size >> 2) - 1);
        }
        return offset;
    }

    private static int depth(int alongK, int thread, int i) {
        return HalfTiles.depth(alongK, thread & 127, i);
    }

    /** The upper 4 warps are 8 blocks of 8 further along the edge where the first 4 are along k, and 4 where not. */
    private static int leftAt(int alongK, int thread) {
        return HalfTiles.leftAt(alongK, EDGE, thread & 127) + (thread >> 7) * 128;
    }

    private static int rightAt(int alongK, int thread) {
        return HalfTiles.rightAt(alongK, thread & 127) + (thread >> 7) * 512;
    }
}
