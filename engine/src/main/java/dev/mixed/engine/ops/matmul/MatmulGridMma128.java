// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import static dev.mixed.engine.ops.matmul.MatmulGridMmaTiles.DEPTH;
import static dev.mixed.engine.ops.matmul.MatmulGridMmaTiles.depth;
import static dev.mixed.engine.ops.matmul.MatmulGridMmaTiles.load;
import static dev.mixed.engine.ops.matmul.MatmulGridMmaTiles.offset;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/** c = a b on tensor cores in tiles of 128x128, of which each of 4 warps computes 64x64. */
public final class MatmulGridMma128 {
    static final int EDGE = 128;
    /** Ints of one operand's tile; there are two tiles, one that is multiplied and one that is filled. */
    private static final int STAGE = EDGE * DEPTH / 2;

    private MatmulGridMma128() {
    }

    /**
     * A block's tile of c, whose rows and columns are whole tiles.
     *
     * @param layout   as {@link Layout} writes it, a and b in loads of four halves
     * @param alongA   not 0 if a is stored [m, k], and alongB if b is stored [n, k]; a kernel is compiled for each value of these and of epilogue
     * @param epilogue one of {@link MatmulGridEpilogue}'s kinds, by which bias, dst and activated are used or not
     */
    public static void multiply(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst,
            HalfFloatArray activated, IntArray layout, int alongA, int alongB, int epilogue) {
        int[] left = context.allocateIntLocalArray(2 * STAGE);
        int[] right = context.allocateIntLocalArray(2 * STAGE);
        int thread = context.localIdx;
        int lane = thread & 31;
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int lda = layout.get(Layout.LDA);
        int ldb = layout.get(Layout.LDB);
        int ldc = layout.get(Layout.LDC);
        int batch = context.groupIdz / layout.get(Layout.PARTS);
        int part = context.groupIdz - batch * layout.get(Layout.PARTS);
        int outer = batch / layout.get(Layout.INNER);
        int inner = batch - outer * layout.get(Layout.INNER);
        int aAt = outer * layout.get(Layout.A_OUTER) + inner * layout.get(Layout.A_INNER);
        int bAt = outer * layout.get(Layout.B_OUTER) + inner * layout.get(Layout.B_INNER);
        int start = part * layout.get(Layout.PART_DEPTH);
        int end = Math.min(start + layout.get(Layout.PART_DEPTH), layout.get(Layout.K));
        int top = context.groupIdy * EDGE;
        int side = context.groupIdx * EDGE;
        int row = (thread >> 6) * 64;
        int block = (thread >> 5 & 1) * 8;
        int stepA = MatmulGridMmaTiles.step(alongA, lda) * (DEPTH / 4);
        int stepB = MatmulGridMmaTiles.step(alongB, ldb) * (DEPTH / 4);
        int aNext = MatmulGridMmaTiles.step(alongA, lda) * (start >> 2);
        int bNext = MatmulGridMmaTiles.step(alongB, ldb) * (start >> 2);
        int aAt0 = offset(alongA, aAt, lda, top, m, thread, 0), aAt1 = offset(alongA, aAt, lda, top, m, thread, 1);
        int aAt2 = offset(alongA, aAt, lda, top, m, thread, 2), aAt3 = offset(alongA, aAt, lda, top, m, thread, 3);
        int aAt4 = offset(alongA, aAt, lda, top, m, thread, 4), aAt5 = offset(alongA, aAt, lda, top, m, thread, 5);
        int aAt6 = offset(alongA, aAt, lda, top, m, thread, 6), aAt7 = offset(alongA, aAt, lda, top, m, thread, 7);
        int bAt0 = offset(alongB, bAt, ldb, side, n, thread, 0), bAt1 = offset(alongB, bAt, ldb, side, n, thread, 1);
        int bAt2 = offset(alongB, bAt, ldb, side, n, thread, 2), bAt3 = offset(alongB, bAt, ldb, side, n, thread, 3);
        int bAt4 = offset(alongB, bAt, ldb, side, n, thread, 4), bAt5 = offset(alongB, bAt, ldb, side, n, thread, 5);
        int bAt6 = offset(alongB, bAt, ldb, side, n, thread, 6), bAt7 = offset(alongB, bAt, ldb, side, n, thread, 7);
        float[] c00 = context.mmaFragment(0f), c01 = context.mmaFragment(0f), c02 = context.mmaFragment(0f), c03 = context.mmaFragment(0f);
        float[] c04 = context.mmaFragment(0f), c05 = context.mmaFragment(0f), c06 = context.mmaFragment(0f), c07 = context.mmaFragment(0f);
        float[] c10 = context.mmaFragment(0f), c11 = context.mmaFragment(0f), c12 = context.mmaFragment(0f), c13 = context.mmaFragment(0f);
        float[] c14 = context.mmaFragment(0f), c15 = context.mmaFragment(0f), c16 = context.mmaFragment(0f), c17 = context.mmaFragment(0f);
        float[] c20 = context.mmaFragment(0f), c21 = context.mmaFragment(0f), c22 = context.mmaFragment(0f), c23 = context.mmaFragment(0f);
        float[] c24 = context.mmaFragment(0f), c25 = context.mmaFragment(0f), c26 = context.mmaFragment(0f), c27 = context.mmaFragment(0f);
        float[] c30 = context.mmaFragment(0f), c31 = context.mmaFragment(0f), c32 = context.mmaFragment(0f), c33 = context.mmaFragment(0f);
        float[] c34 = context.mmaFragment(0f), c35 = context.mmaFragment(0f), c36 = context.mmaFragment(0f), c37 = context.mmaFragment(0f);
        long a0 = load(a, aAt0 + aNext, start + depth(alongA, thread, 0), end), a1 = load(a, aAt1 + aNext, start + depth(alongA, thread, 1), end);
        long a2 = load(a, aAt2 + aNext, start + depth(alongA, thread, 2), end), a3 = load(a, aAt3 + aNext, start + depth(alongA, thread, 3), end);
        long a4 = load(a, aAt4 + aNext, start + depth(alongA, thread, 4), end), a5 = load(a, aAt5 + aNext, start + depth(alongA, thread, 5), end);
        long a6 = load(a, aAt6 + aNext, start + depth(alongA, thread, 6), end), a7 = load(a, aAt7 + aNext, start + depth(alongA, thread, 7), end);
        long b0 = load(b, bAt0 + bNext, start + depth(alongB, thread, 0), end), b1 = load(b, bAt1 + bNext, start + depth(alongB, thread, 1), end);
        long b2 = load(b, bAt2 + bNext, start + depth(alongB, thread, 2), end), b3 = load(b, bAt3 + bNext, start + depth(alongB, thread, 3), end);
        long b4 = load(b, bAt4 + bNext, start + depth(alongB, thread, 4), end), b5 = load(b, bAt5 + bNext, start + depth(alongB, thread, 5), end);
        long b6 = load(b, bAt6 + bNext, start + depth(alongB, thread, 6), end), b7 = load(b, bAt7 + bNext, start + depth(alongB, thread, 7), end);
        int leftAt = MatmulGridMmaTiles.leftAt(alongA, EDGE, thread);
        int rightAt = MatmulGridMmaTiles.rightAt(alongB, thread);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 0] = MatmulGridMmaTiles.word(alongA, thread, 0, a0, a1);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 0] = MatmulGridMmaTiles.word(alongA, thread, 1, a0, a1);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 0] = MatmulGridMmaTiles.word(alongA, thread, 2, a0, a1);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 0] = MatmulGridMmaTiles.word(alongA, thread, 3, a0, a1);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 128] = MatmulGridMmaTiles.word(alongA, thread, 0, a2, a3);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 128] = MatmulGridMmaTiles.word(alongA, thread, 1, a2, a3);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 128] = MatmulGridMmaTiles.word(alongA, thread, 2, a2, a3);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 128] = MatmulGridMmaTiles.word(alongA, thread, 3, a2, a3);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 256] = MatmulGridMmaTiles.word(alongA, thread, 0, a4, a5);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 256] = MatmulGridMmaTiles.word(alongA, thread, 1, a4, a5);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 256] = MatmulGridMmaTiles.word(alongA, thread, 2, a4, a5);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 256] = MatmulGridMmaTiles.word(alongA, thread, 3, a4, a5);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 384] = MatmulGridMmaTiles.word(alongA, thread, 0, a6, a7);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 384] = MatmulGridMmaTiles.word(alongA, thread, 1, a6, a7);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 384] = MatmulGridMmaTiles.word(alongA, thread, 2, a6, a7);
        left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 384] = MatmulGridMmaTiles.word(alongA, thread, 3, a6, a7);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b4, b5);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b4, b5);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b4, b5);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b4, b5);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b6, b7);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b6, b7);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b6, b7);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b6, b7);
        int leftEven = MatmulGridMmaTiles.leftByte(EDGE, row, lane) - MatmulGridMmaTiles.builtInLeft(lane);
        int leftOdd = (MatmulGridMmaTiles.leftByte(EDGE, row, lane) ^ 32) - MatmulGridMmaTiles.builtInLeft(lane);
        int rightEven = MatmulGridMmaTiles.rightByte(block, lane) - MatmulGridMmaTiles.builtInRight(lane);
        int rightOdd = (MatmulGridMmaTiles.rightByte(block, lane) ^ 16) - MatmulGridMmaTiles.builtInRight(lane);
        int rightEvenDeep = (MatmulGridMmaTiles.rightByte(block, lane) ^ 32) - MatmulGridMmaTiles.builtInRight(lane);
        int rightOddDeep = (MatmulGridMmaTiles.rightByte(block, lane) ^ 48) - MatmulGridMmaTiles.builtInRight(lane);
        context.localBarrier();
        int stage = 0;
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
                a4 = a.get(aAt4 + aNext);
                a5 = a.get(aAt5 + aNext);
                a6 = a.get(aAt6 + aNext);
                a7 = a.get(aAt7 + aNext);
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
                a4 = load(a, aAt4 + aNext, start + depth(alongA, thread, 4), end);
                a5 = load(a, aAt5 + aNext, start + depth(alongA, thread, 5), end);
                a6 = load(a, aAt6 + aNext, start + depth(alongA, thread, 6), end);
                a7 = load(a, aAt7 + aNext, start + depth(alongA, thread, 7), end);
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
            HalfFloat[] right00 = context.mmaLoadB(right, 16, rightEven + stage);
            c00 = context.mma(left00, right00, c00, MMAShape.M16N8K16);
            c10 = context.mma(left01, right00, c10, MMAShape.M16N8K16);
            c20 = context.mma(left02, right00, c20, MMAShape.M16N8K16);
            c30 = context.mma(left03, right00, c30, MMAShape.M16N8K16);
            HalfFloat[] right01 = context.mmaLoadB(right, 16, rightOdd + stage + 512);
            c01 = context.mma(left00, right01, c01, MMAShape.M16N8K16);
            c11 = context.mma(left01, right01, c11, MMAShape.M16N8K16);
            c21 = context.mma(left02, right01, c21, MMAShape.M16N8K16);
            c31 = context.mma(left03, right01, c31, MMAShape.M16N8K16);
            HalfFloat[] right02 = context.mmaLoadB(right, 16, rightEven + stage + 1024);
            c02 = context.mma(left00, right02, c02, MMAShape.M16N8K16);
            c12 = context.mma(left01, right02, c12, MMAShape.M16N8K16);
            c22 = context.mma(left02, right02, c22, MMAShape.M16N8K16);
            c32 = context.mma(left03, right02, c32, MMAShape.M16N8K16);
            HalfFloat[] right03 = context.mmaLoadB(right, 16, rightOdd + stage + 1536);
            c03 = context.mma(left00, right03, c03, MMAShape.M16N8K16);
            c13 = context.mma(left01, right03, c13, MMAShape.M16N8K16);
            c23 = context.mma(left02, right03, c23, MMAShape.M16N8K16);
            c33 = context.mma(left03, right03, c33, MMAShape.M16N8K16);
            HalfFloat[] right04 = context.mmaLoadB(right, 16, rightEven + stage + 2048);
            c04 = context.mma(left00, right04, c04, MMAShape.M16N8K16);
            c14 = context.mma(left01, right04, c14, MMAShape.M16N8K16);
            c24 = context.mma(left02, right04, c24, MMAShape.M16N8K16);
            c34 = context.mma(left03, right04, c34, MMAShape.M16N8K16);
            HalfFloat[] right05 = context.mmaLoadB(right, 16, rightOdd + stage + 2560);
            c05 = context.mma(left00, right05, c05, MMAShape.M16N8K16);
            c15 = context.mma(left01, right05, c15, MMAShape.M16N8K16);
            c25 = context.mma(left02, right05, c25, MMAShape.M16N8K16);
            c35 = context.mma(left03, right05, c35, MMAShape.M16N8K16);
            HalfFloat[] right06 = context.mmaLoadB(right, 16, rightEven + stage + 3072);
            c06 = context.mma(left00, right06, c06, MMAShape.M16N8K16);
            c16 = context.mma(left01, right06, c16, MMAShape.M16N8K16);
            c26 = context.mma(left02, right06, c26, MMAShape.M16N8K16);
            c36 = context.mma(left03, right06, c36, MMAShape.M16N8K16);
            HalfFloat[] right07 = context.mmaLoadB(right, 16, rightOdd + stage + 3584);
            c07 = context.mma(left00, right07, c07, MMAShape.M16N8K16);
            c17 = context.mma(left01, right07, c17, MMAShape.M16N8K16);
            c27 = context.mma(left02, right07, c27, MMAShape.M16N8K16);
            c37 = context.mma(left03, right07, c37, MMAShape.M16N8K16);
            HalfFloat[] left10 = context.mmaLoadA(left, 16, leftEven + stage + 4096);
            HalfFloat[] left11 = context.mmaLoadA(left, 16, leftOdd + stage + 4352);
            HalfFloat[] left12 = context.mmaLoadA(left, 16, leftEven + stage + 4608);
            HalfFloat[] left13 = context.mmaLoadA(left, 16, leftOdd + stage + 4864);
            HalfFloat[] right10 = context.mmaLoadB(right, 16, rightEvenDeep + stage + 256);
            c00 = context.mma(left10, right10, c00, MMAShape.M16N8K16);
            c10 = context.mma(left11, right10, c10, MMAShape.M16N8K16);
            c20 = context.mma(left12, right10, c20, MMAShape.M16N8K16);
            c30 = context.mma(left13, right10, c30, MMAShape.M16N8K16);
            HalfFloat[] right11 = context.mmaLoadB(right, 16, rightOddDeep + stage + 768);
            c01 = context.mma(left10, right11, c01, MMAShape.M16N8K16);
            c11 = context.mma(left11, right11, c11, MMAShape.M16N8K16);
            c21 = context.mma(left12, right11, c21, MMAShape.M16N8K16);
            c31 = context.mma(left13, right11, c31, MMAShape.M16N8K16);
            HalfFloat[] right12 = context.mmaLoadB(right, 16, rightEvenDeep + stage + 1280);
            c02 = context.mma(left10, right12, c02, MMAShape.M16N8K16);
            c12 = context.mma(left11, right12, c12, MMAShape.M16N8K16);
            c22 = context.mma(left12, right12, c22, MMAShape.M16N8K16);
            c32 = context.mma(left13, right12, c32, MMAShape.M16N8K16);
            HalfFloat[] right13 = context.mmaLoadB(right, 16, rightOddDeep + stage + 1792);
            c03 = context.mma(left10, right13, c03, MMAShape.M16N8K16);
            c13 = context.mma(left11, right13, c13, MMAShape.M16N8K16);
            c23 = context.mma(left12, right13, c23, MMAShape.M16N8K16);
            c33 = context.mma(left13, right13, c33, MMAShape.M16N8K16);
            HalfFloat[] right14 = context.mmaLoadB(right, 16, rightEvenDeep + stage + 2304);
            c04 = context.mma(left10, right14, c04, MMAShape.M16N8K16);
            c14 = context.mma(left11, right14, c14, MMAShape.M16N8K16);
            c24 = context.mma(left12, right14, c24, MMAShape.M16N8K16);
            c34 = context.mma(left13, right14, c34, MMAShape.M16N8K16);
            HalfFloat[] right15 = context.mmaLoadB(right, 16, rightOddDeep + stage + 2816);
            c05 = context.mma(left10, right15, c05, MMAShape.M16N8K16);
            c15 = context.mma(left11, right15, c15, MMAShape.M16N8K16);
            c25 = context.mma(left12, right15, c25, MMAShape.M16N8K16);
            c35 = context.mma(left13, right15, c35, MMAShape.M16N8K16);
            HalfFloat[] right16 = context.mmaLoadB(right, 16, rightEvenDeep + stage + 3328);
            c06 = context.mma(left10, right16, c06, MMAShape.M16N8K16);
            c16 = context.mma(left11, right16, c16, MMAShape.M16N8K16);
            c26 = context.mma(left12, right16, c26, MMAShape.M16N8K16);
            c36 = context.mma(left13, right16, c36, MMAShape.M16N8K16);
            HalfFloat[] right17 = context.mmaLoadB(right, 16, rightOddDeep + stage + 3840);
            c07 = context.mma(left10, right17, c07, MMAShape.M16N8K16);
            c17 = context.mma(left11, right17, c17, MMAShape.M16N8K16);
            c27 = context.mma(left12, right17, c27, MMAShape.M16N8K16);
            c37 = context.mma(left13, right17, c37, MMAShape.M16N8K16);
            stage ^= STAGE * 4;
            leftAt ^= STAGE;
            rightAt ^= STAGE;
            left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 0] = MatmulGridMmaTiles.word(alongA, thread, 0, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 0] = MatmulGridMmaTiles.word(alongA, thread, 1, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 0] = MatmulGridMmaTiles.word(alongA, thread, 2, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 0] = MatmulGridMmaTiles.word(alongA, thread, 3, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 128] = MatmulGridMmaTiles.word(alongA, thread, 0, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 128] = MatmulGridMmaTiles.word(alongA, thread, 1, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 128] = MatmulGridMmaTiles.word(alongA, thread, 2, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 128] = MatmulGridMmaTiles.word(alongA, thread, 3, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 256] = MatmulGridMmaTiles.word(alongA, thread, 0, a4, a5);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 256] = MatmulGridMmaTiles.word(alongA, thread, 1, a4, a5);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 256] = MatmulGridMmaTiles.word(alongA, thread, 2, a4, a5);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 256] = MatmulGridMmaTiles.word(alongA, thread, 3, a4, a5);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 384] = MatmulGridMmaTiles.word(alongA, thread, 0, a6, a7);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 384] = MatmulGridMmaTiles.word(alongA, thread, 1, a6, a7);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 384] = MatmulGridMmaTiles.word(alongA, thread, 2, a6, a7);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 384] = MatmulGridMmaTiles.word(alongA, thread, 3, a6, a7);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b4, b5);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b4, b5);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b4, b5);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 1024] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b4, b5);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b6, b7);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b6, b7);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b6, b7);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 1536] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b6, b7);
            context.localBarrier();
        }
        // c is row-major, but where it is scratch: then as MatmulGridEpilogue describes.
        int scratch = outer * layout.get(Layout.C_OUTER) + part * layout.get(Layout.C_PART)
                + MatmulGridEpilogue.scratch(context.groupIdx, context.groupIdy, ldc, thread);
        int cRow = epilogue == MatmulGridEpilogue.NONE ? top + row : 0;
        int cColumn = side + block * 8 + outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + part * layout.get(Layout.C_PART);
        int step = epilogue == MatmulGridEpilogue.NONE ? 16 : 128;
        int ld = epilogue == MatmulGridEpilogue.NONE ? ldc : 8;
        int column0 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 0 : scratch + MatmulGridEpilogue.swizzle(lane, 0) + 0;
        int column1 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 8 : scratch + MatmulGridEpilogue.swizzle(lane, 1) + 128;
        int column2 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 16 : scratch + MatmulGridEpilogue.swizzle(lane, 2) + 256;
        int column3 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 24 : scratch + MatmulGridEpilogue.swizzle(lane, 3) + 384;
        int column4 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 32 : scratch + MatmulGridEpilogue.swizzle(lane, 0) + 512;
        int column5 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 40 : scratch + MatmulGridEpilogue.swizzle(lane, 1) + 640;
        int column6 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 48 : scratch + MatmulGridEpilogue.swizzle(lane, 2) + 768;
        int column7 = epilogue == MatmulGridEpilogue.NONE ? cColumn + 56 : scratch + MatmulGridEpilogue.swizzle(lane, 3) + 896;
        context.mmaStore(c00, c, cRow, column0, ld);
        context.mmaStore(c01, c, cRow, column1, ld);
        context.mmaStore(c02, c, cRow, column2, ld);
        context.mmaStore(c03, c, cRow, column3, ld);
        context.mmaStore(c04, c, cRow, column4, ld);
        context.mmaStore(c05, c, cRow, column5, ld);
        context.mmaStore(c06, c, cRow, column6, ld);
        context.mmaStore(c07, c, cRow, column7, ld);
        context.mmaStore(c10, c, cRow + step, column0, ld);
        context.mmaStore(c11, c, cRow + step, column1, ld);
        context.mmaStore(c12, c, cRow + step, column2, ld);
        context.mmaStore(c13, c, cRow + step, column3, ld);
        context.mmaStore(c14, c, cRow + step, column4, ld);
        context.mmaStore(c15, c, cRow + step, column5, ld);
        context.mmaStore(c16, c, cRow + step, column6, ld);
        context.mmaStore(c17, c, cRow + step, column7, ld);
        context.mmaStore(c20, c, cRow + 2 * step, column0, ld);
        context.mmaStore(c21, c, cRow + 2 * step, column1, ld);
        context.mmaStore(c22, c, cRow + 2 * step, column2, ld);
        context.mmaStore(c23, c, cRow + 2 * step, column3, ld);
        context.mmaStore(c24, c, cRow + 2 * step, column4, ld);
        context.mmaStore(c25, c, cRow + 2 * step, column5, ld);
        context.mmaStore(c26, c, cRow + 2 * step, column6, ld);
        context.mmaStore(c27, c, cRow + 2 * step, column7, ld);
        context.mmaStore(c30, c, cRow + 3 * step, column0, ld);
        context.mmaStore(c31, c, cRow + 3 * step, column1, ld);
        context.mmaStore(c32, c, cRow + 3 * step, column2, ld);
        context.mmaStore(c33, c, cRow + 3 * step, column3, ld);
        context.mmaStore(c34, c, cRow + 3 * step, column4, ld);
        context.mmaStore(c35, c, cRow + 3 * step, column5, ld);
        context.mmaStore(c36, c, cRow + 3 * step, column6, ld);
        context.mmaStore(c37, c, cRow + 3 * step, column7, ld);
        if (epilogue == MatmulGridEpilogue.NONE || epilogue == MatmulGridEpilogue.PARTS) {
            return;
        }
        context.globalBarrier();
        // Two neighbours of a row a thread, 2 rows at once; a last column without a neighbour is written twice.
        int column = side + (thread & 63) * 2;
        int next = Math.min(column + 1, n - 1) - column;
        if (column < n) {
            float firstBias = MatmulGridEpilogue.biasAt(bias, column, epilogue);
            float secondBias = MatmulGridEpilogue.biasAt(bias, column + next, epilogue);
            int flag = epilogue == MatmulGridEpilogue.CAST ? layout.get(Layout.ACCUMULATE) : layout.get(Layout.GELU);
            int from = outer * layout.get(Layout.C_OUTER) + MatmulGridEpilogue.first(context.groupIdx, context.groupIdy, ldc, thread);
            int odd = MatmulGridEpilogue.second(thread);
            // Eight rows are read before they are written, which saves waits.
            for (int i = thread / 64; i < EDGE; i += 16) {
                int to = (context.groupIdz * m + top + i) * n + column;
                float first0 = c.get(from), second0 = c.get(from + 1);
                float first1 = c.get(from + odd), second1 = c.get(from + odd + 1);
                float first2 = c.get(from + 32), second2 = c.get(from + 33);
                float first3 = c.get(from + odd + 32), second3 = c.get(from + odd + 33);
                float first4 = c.get(from + 64), second4 = c.get(from + 65);
                float first5 = c.get(from + odd + 64), second5 = c.get(from + odd + 65);
                float first6 = c.get(from + 96), second6 = c.get(from + 97);
                float first7 = c.get(from + odd + 96), second7 = c.get(from + odd + 97);
                MatmulGridEpilogue.put(dst, activated, to, top + i < m, next, first0 + firstBias, second0 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 2 * n, top + i + 2 < m, next, first1 + firstBias, second1 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 4 * n, top + i + 4 < m, next, first2 + firstBias, second2 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 6 * n, top + i + 6 < m, next, first3 + firstBias, second3 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 8 * n, top + i + 8 < m, next, first4 + firstBias, second4 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 10 * n, top + i + 10 < m, next, first5 + firstBias, second5 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 12 * n, top + i + 12 < m, next, first6 + firstBias, second6 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 14 * n, top + i + 14 < m, next, first7 + firstBias, second7 + secondBias, epilogue, flag);
                from += 1024;
            }
        }
    }
}
