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

/** c = a b on tensor cores in tiles of 64x64, of which each of 4 warps computes 32x32. */
final class MatmulGridMma64 {
    static final int EDGE = 64;
    /** Ints of one operand's tile; there are two tiles, one that is multiplied and one that is filled. */
    private static final int STAGE = EDGE * DEPTH / 2;

    private MatmulGridMma64() {
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
        int row = (thread >> 6) * 32;
        int block = (thread >> 5 & 1) * 4;
        int stepA = MatmulGridMmaTiles.step(alongA, lda) * (DEPTH / 4);
        int stepB = MatmulGridMmaTiles.step(alongB, ldb) * (DEPTH / 4);
        int aNext = MatmulGridMmaTiles.step(alongA, lda) * (start >> 2);
        int bNext = MatmulGridMmaTiles.step(alongB, ldb) * (start >> 2);
        int aAt0 = offset(alongA, aAt, lda, top, m, thread, 0);
        int aAt1 = offset(alongA, aAt, lda, top, m, thread, 1);
        int aAt2 = offset(alongA, aAt, lda, top, m, thread, 2);
        int aAt3 = offset(alongA, aAt, lda, top, m, thread, 3);
        int bAt0 = offset(alongB, bAt, ldb, side, n, thread, 0);
        int bAt1 = offset(alongB, bAt, ldb, side, n, thread, 1);
        int bAt2 = offset(alongB, bAt, ldb, side, n, thread, 2);
        int bAt3 = offset(alongB, bAt, ldb, side, n, thread, 3);
        float[] c00 = context.mmaFragment(0f), c01 = context.mmaFragment(0f), c02 = context.mmaFragment(0f), c03 = context.mmaFragment(0f);
        float[] c10 = context.mmaFragment(0f), c11 = context.mmaFragment(0f), c12 = context.mmaFragment(0f), c13 = context.mmaFragment(0f);
        long a0 = load(a, aAt0 + aNext, start + depth(alongA, thread, 0), end);
        long a1 = load(a, aAt1 + aNext, start + depth(alongA, thread, 1), end);
        long a2 = load(a, aAt2 + aNext, start + depth(alongA, thread, 2), end);
        long a3 = load(a, aAt3 + aNext, start + depth(alongA, thread, 3), end);
        long b0 = load(b, bAt0 + bNext, start + depth(alongB, thread, 0), end);
        long b1 = load(b, bAt1 + bNext, start + depth(alongB, thread, 1), end);
        long b2 = load(b, bAt2 + bNext, start + depth(alongB, thread, 2), end);
        long b3 = load(b, bAt3 + bNext, start + depth(alongB, thread, 3), end);
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
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b0, b1);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b2, b3);
        right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b2, b3);
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
                b0 = b.get(bAt0 + bNext);
                b1 = b.get(bAt1 + bNext);
                b2 = b.get(bAt2 + bNext);
                b3 = b.get(bAt3 + bNext);
            } else {
                a0 = load(a, aAt0 + aNext, start + depth(alongA, thread, 0), end);
                a1 = load(a, aAt1 + aNext, start + depth(alongA, thread, 1), end);
                a2 = load(a, aAt2 + aNext, start + depth(alongA, thread, 2), end);
                a3 = load(a, aAt3 + aNext, start + depth(alongA, thread, 3), end);
                b0 = load(b, bAt0 + bNext, start + depth(alongB, thread, 0), end);
                b1 = load(b, bAt1 + bNext, start + depth(alongB, thread, 1), end);
                b2 = load(b, bAt2 + bNext, start + depth(alongB, thread, 2), end);
                b3 = load(b, bAt3 + bNext, start + depth(alongB, thread, 3), end);
            }
            HalfFloat[] left00 = context.mmaLoadA(left, 16, leftEven + stage);
            HalfFloat[] left01 = context.mmaLoadA(left, 16, leftOdd + stage + 256);
            HalfFloat[] right00 = context.mmaLoadB(right, 16, rightEven + stage);
            c00 = context.mma(left00, right00, c00, MMAShape.M16N8K16);
            c10 = context.mma(left01, right00, c10, MMAShape.M16N8K16);
            HalfFloat[] right01 = context.mmaLoadB(right, 16, rightOdd + stage + 512);
            c01 = context.mma(left00, right01, c01, MMAShape.M16N8K16);
            c11 = context.mma(left01, right01, c11, MMAShape.M16N8K16);
            HalfFloat[] right02 = context.mmaLoadB(right, 16, rightEven + stage + 1024);
            c02 = context.mma(left00, right02, c02, MMAShape.M16N8K16);
            c12 = context.mma(left01, right02, c12, MMAShape.M16N8K16);
            HalfFloat[] right03 = context.mmaLoadB(right, 16, rightOdd + stage + 1536);
            c03 = context.mma(left00, right03, c03, MMAShape.M16N8K16);
            c13 = context.mma(left01, right03, c13, MMAShape.M16N8K16);
            HalfFloat[] left10 = context.mmaLoadA(left, 16, leftEven + stage + 2048);
            HalfFloat[] left11 = context.mmaLoadA(left, 16, leftOdd + stage + 2304);
            HalfFloat[] right10 = context.mmaLoadB(right, 16, rightEvenDeep + stage + 256);
            c00 = context.mma(left10, right10, c00, MMAShape.M16N8K16);
            c10 = context.mma(left11, right10, c10, MMAShape.M16N8K16);
            HalfFloat[] right11 = context.mmaLoadB(right, 16, rightOddDeep + stage + 768);
            c01 = context.mma(left10, right11, c01, MMAShape.M16N8K16);
            c11 = context.mma(left11, right11, c11, MMAShape.M16N8K16);
            HalfFloat[] right12 = context.mmaLoadB(right, 16, rightEvenDeep + stage + 1280);
            c02 = context.mma(left10, right12, c02, MMAShape.M16N8K16);
            c12 = context.mma(left11, right12, c12, MMAShape.M16N8K16);
            HalfFloat[] right13 = context.mmaLoadB(right, 16, rightOddDeep + stage + 1792);
            c03 = context.mma(left10, right13, c03, MMAShape.M16N8K16);
            c13 = context.mma(left11, right13, c13, MMAShape.M16N8K16);
            leftAt ^= STAGE;
            rightAt ^= STAGE;
            stage ^= STAGE * 4;
            left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 0] = MatmulGridMmaTiles.word(alongA, thread, 0, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 0] = MatmulGridMmaTiles.word(alongA, thread, 1, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 0] = MatmulGridMmaTiles.word(alongA, thread, 2, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 0] = MatmulGridMmaTiles.word(alongA, thread, 3, a0, a1);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 0) + 128] = MatmulGridMmaTiles.word(alongA, thread, 0, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 1) + 128] = MatmulGridMmaTiles.word(alongA, thread, 1, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 2) + 128] = MatmulGridMmaTiles.word(alongA, thread, 2, a2, a3);
            left[MatmulGridMmaTiles.place(alongA, leftAt, 3) + 128] = MatmulGridMmaTiles.word(alongA, thread, 3, a2, a3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 0] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b0, b1);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 0) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 0, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 1) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 1, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 2) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 2, b2, b3);
            right[MatmulGridMmaTiles.place(1 - alongB, rightAt, 3) + 512] = MatmulGridMmaTiles.word(1 - alongB, thread, 3, b2, b3);
            context.localBarrier();
        }
        int cRow = top + row;
        int cColumn = side + block * 8 + outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + part * layout.get(Layout.C_PART);
        context.mmaStore(c00, c, cRow, cColumn, ldc);
        context.mmaStore(c01, c, cRow, cColumn + 8, ldc);
        context.mmaStore(c02, c, cRow, cColumn + 16, ldc);
        context.mmaStore(c03, c, cRow, cColumn + 24, ldc);
        context.mmaStore(c10, c, cRow + 16, cColumn, ldc);
        context.mmaStore(c11, c, cRow + 16, cColumn + 8, ldc);
        context.mmaStore(c12, c, cRow + 16, cColumn + 16, ldc);
        context.mmaStore(c13, c, cRow + 16, cColumn + 24, ldc);
        if (epilogue == MatmulGridEpilogue.NONE) {
            return;
        }
        context.globalBarrier();
        // Two neighbours of a row a thread, 4 rows at once; a last column without a neighbour is written twice.
        int column = side + (thread & 31) * 2;
        int next = Math.min(column + 1, n - 1) - column;
        if (column < n) {
            float firstBias = MatmulGridEpilogue.biasAt(bias, column, epilogue);
            float secondBias = MatmulGridEpilogue.biasAt(bias, column + next, epilogue);
            int flag = epilogue == MatmulGridEpilogue.CAST ? layout.get(Layout.ACCUMULATE) : layout.get(Layout.GELU);
            int far = 4 * ldc;
            int toRow = layout.get(Layout.DST_ROW);
            // Eight rows are read before they are written, which saves waits.
            for (int i = thread / 32; i < EDGE; i += 32) {
                int from = (top + i) * ldc + outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + column;
                int to = outer * layout.get(Layout.DST_OUTER) + inner * layout.get(Layout.DST_INNER) + (top + i) * toRow + column;
                float first0 = c.get(from), second0 = c.get(from + 1);
                float first1 = c.get(from + far), second1 = c.get(from + far + 1);
                float first2 = c.get(from + 2 * far), second2 = c.get(from + 2 * far + 1);
                float first3 = c.get(from + 3 * far), second3 = c.get(from + 3 * far + 1);
                float first4 = c.get(from + 4 * far), second4 = c.get(from + 4 * far + 1);
                float first5 = c.get(from + 5 * far), second5 = c.get(from + 5 * far + 1);
                float first6 = c.get(from + 6 * far), second6 = c.get(from + 6 * far + 1);
                float first7 = c.get(from + 7 * far), second7 = c.get(from + 7 * far + 1);
                MatmulGridEpilogue.put(dst, activated, to, top + i < m, next, first0 + firstBias, second0 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 4 * toRow, top + i + 4 < m, next, first1 + firstBias, second1 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 8 * toRow, top + i + 8 < m, next, first2 + firstBias, second2 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 12 * toRow, top + i + 12 < m, next, first3 + firstBias, second3 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 16 * toRow, top + i + 16 < m, next, first4 + firstBias, second4 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 20 * toRow, top + i + 20 < m, next, first5 + firstBias, second5 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 24 * toRow, top + i + 24 < m, next, first6 + firstBias, second6 + secondBias, epilogue, flag);
                MatmulGridEpilogue.put(dst, activated, to + 28 * toRow, top + i + 28 < m, next, first7 + firstBias, second7 + secondBias, epilogue, flag);
            }
        }
    }
}
