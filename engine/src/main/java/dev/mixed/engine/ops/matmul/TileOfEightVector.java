// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A product's tile of eight rows by two vectors of columns, for vectors of sixteen floats, of which AVX-512 has 32. */
final class TileOfEightVector {
    static final int ROWS = 8;
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int COLUMNS = 2 * LANES;

    private TileOfEightVector() {
    }

    /** c[c0 + r * stride + j] = sum over p of a[a0 + r * rowStep + p] * panels[panel + p * COLUMNS + j]. */
    static void alongDepth(float[] a, int a0, int rowStep, float[] panels, int panel, int k, float[] c, int c0, int stride) {
        int r0 = a0;
        int r1 = r0 + rowStep;
        int r2 = r1 + rowStep;
        int r3 = r2 + rowStep;
        int r4 = r3 + rowStep;
        int r5 = r4 + rowStep;
        int r6 = r5 + rowStep;
        int r7 = r6 + rowStep;
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c60 = c00;
        FloatVector c61 = c00;
        FloatVector c70 = c00;
        FloatVector c71 = c00;
        for (int p = 0; p < k; p++) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, panels, panel + p * COLUMNS);
            FloatVector b1 = FloatVector.fromArray(SPECIES, panels, panel + p * COLUMNS + LANES);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[r0 + p]);
            c00 = x0.fma(b0, c00);
            c01 = x0.fma(b1, c01);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[r1 + p]);
            c10 = x1.fma(b0, c10);
            c11 = x1.fma(b1, c11);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[r2 + p]);
            c20 = x2.fma(b0, c20);
            c21 = x2.fma(b1, c21);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[r3 + p]);
            c30 = x3.fma(b0, c30);
            c31 = x3.fma(b1, c31);
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[r4 + p]);
            c40 = x4.fma(b0, c40);
            c41 = x4.fma(b1, c41);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[r5 + p]);
            c50 = x5.fma(b0, c50);
            c51 = x5.fma(b1, c51);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[r6 + p]);
            c60 = x6.fma(b0, c60);
            c61 = x6.fma(b1, c61);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[r7 + p]);
            c70 = x7.fma(b0, c70);
            c71 = x7.fma(b1, c71);
        }
        c00.intoArray(c, c0);
        c01.intoArray(c, c0 + LANES);
        c10.intoArray(c, c0 + stride);
        c11.intoArray(c, c0 + stride + LANES);
        c20.intoArray(c, c0 + 2 * stride);
        c21.intoArray(c, c0 + 2 * stride + LANES);
        c30.intoArray(c, c0 + 3 * stride);
        c31.intoArray(c, c0 + 3 * stride + LANES);
        c40.intoArray(c, c0 + 4 * stride);
        c41.intoArray(c, c0 + 4 * stride + LANES);
        c50.intoArray(c, c0 + 5 * stride);
        c51.intoArray(c, c0 + 5 * stride + LANES);
        c60.intoArray(c, c0 + 6 * stride);
        c61.intoArray(c, c0 + 6 * stride + LANES);
        c70.intoArray(c, c0 + 7 * stride);
        c71.intoArray(c, c0 + 7 * stride + LANES);
    }

    /** c[c0 + r * stride + j] = sum over p of a[a0 + r + p * depthStep] * panels[panel + p * COLUMNS + j]. */
    static void alongRows(float[] a, int a0, int depthStep, float[] panels, int panel, int k, float[] c, int c0, int stride) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c60 = c00;
        FloatVector c61 = c00;
        FloatVector c70 = c00;
        FloatVector c71 = c00;
        int end = a0 + k * depthStep;
        for (int at = a0, b = panel; at != end; at += depthStep, b += COLUMNS) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, panels, b);
            FloatVector b1 = FloatVector.fromArray(SPECIES, panels, b + LANES);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[at]);
            c00 = x0.fma(b0, c00);
            c01 = x0.fma(b1, c01);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[at + 1]);
            c10 = x1.fma(b0, c10);
            c11 = x1.fma(b1, c11);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[at + 2]);
            c20 = x2.fma(b0, c20);
            c21 = x2.fma(b1, c21);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[at + 3]);
            c30 = x3.fma(b0, c30);
            c31 = x3.fma(b1, c31);
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[at + 4]);
            c40 = x4.fma(b0, c40);
            c41 = x4.fma(b1, c41);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[at + 5]);
            c50 = x5.fma(b0, c50);
            c51 = x5.fma(b1, c51);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[at + 6]);
            c60 = x6.fma(b0, c60);
            c61 = x6.fma(b1, c61);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[at + 7]);
            c70 = x7.fma(b0, c70);
            c71 = x7.fma(b1, c71);
        }
        c00.intoArray(c, c0);
        c01.intoArray(c, c0 + LANES);
        c10.intoArray(c, c0 + stride);
        c11.intoArray(c, c0 + stride + LANES);
        c20.intoArray(c, c0 + 2 * stride);
        c21.intoArray(c, c0 + 2 * stride + LANES);
        c30.intoArray(c, c0 + 3 * stride);
        c31.intoArray(c, c0 + 3 * stride + LANES);
        c40.intoArray(c, c0 + 4 * stride);
        c41.intoArray(c, c0 + 4 * stride + LANES);
        c50.intoArray(c, c0 + 5 * stride);
        c51.intoArray(c, c0 + 5 * stride + LANES);
        c60.intoArray(c, c0 + 6 * stride);
        c61.intoArray(c, c0 + 6 * stride + LANES);
        c70.intoArray(c, c0 + 7 * stride);
        c71.intoArray(c, c0 + 7 * stride + LANES);
    }
}
