// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/** Tensor-core operands spread over a warp: the layouts of PTX's {@code ldmatrix} and {@code mma.m16n8k16}. */
final class Fragments {
    /** Eight halves. */
    private static final int ROW_BYTES = 16;

    /**
     * The row of an 8x8 matrix whose address a lane gives.
     *
     * @param tile    a local array: ints of two halves each, or halves
     * @param address in bytes from the start of the tile
     */
    record Row(SimulatedThread lane, Object tile, int address) {
        HalfFloat[] load() {
            if (address % ROW_BYTES != 0) {
                throw lane.fault("a fragment's row at byte " + address + " of local memory: it must be a multiple of " + ROW_BYTES, null);
            }
            HalfFloat[] row = new HalfFloat[8];
            if (tile instanceof int[] packed) {
                for (int i = 0; i < 4; i++) {
                    int index = address / 4 + i;
                    lane.read(packed, index, packed.length);
                    row[2 * i] = new HalfFloat((short) packed[index]);
                    row[2 * i + 1] = new HalfFloat((short) (packed[index] >>> 16));
                }
            } else {
                HalfFloat[] halves = (HalfFloat[]) tile;
                for (int i = 0; i < 8; i++) {
                    int index = address / 2 + i;
                    lane.read(halves, index, halves.length);
                    row[i] = halves[index];
                }
            }
            return row;
        }
    }

    /** A lane's parts of the operands of a * b + c: 8 elements of a, 4 of b, 4 of c. */
    record Operands(HalfFloat[] a, HalfFloat[] b, float[] c) {
    }

    private Fragments() {
    }

    /** Four 8x8 matrices; lanes 8m to 8m + 7 hold the addresses of matrix m's rows, and each lane gets two neighbours of each. */
    static List<HalfFloat[]> loadA(List<Row> rows) {
        HalfFloat[][] fragments = new HalfFloat[Warp.SIZE][8];
        for (int source = 0; source < 32; source++) {
            HalfFloat[] row = rows.get(source).load();
            int matrix = source / 8;
            for (int quarter = 0; quarter < 4; quarter++) {
                HalfFloat[] fragment = fragments[source % 8 * 4 + quarter];
                fragment[2 * matrix] = row[2 * quarter];
                fragment[2 * matrix + 1] = row[2 * quarter + 1];
            }
        }
        return Arrays.asList(fragments);
    }

    /** Two 8x8 matrices, transposed on the way: each lane gets two vertical neighbours of each. Lanes 16 to 31 give no address. */
    static List<HalfFloat[]> loadB(List<Row> rows) {
        HalfFloat[][] fragments = new HalfFloat[Warp.SIZE][4];
        for (int source = 0; source < 16; source++) {
            HalfFloat[] row = rows.get(source).load();
            int k = source % 8;
            for (int column = 0; column < 8; column++) {
                fragments[column * 4 + k / 2][source / 8 * 2 + k % 2] = row[column];
            }
        }
        return Arrays.asList(fragments);
    }

    /** a * b + c: 16x16 times 16x8, exact products, added in float in the order of k. */
    static List<float[]> multiply(List<Operands> lanes) {
        float[] a = new float[16 * 16];
        float[] b = new float[16 * 8];
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            int group = lane / 4;
            int pair = lane % 4 * 2;
            for (int i = 0; i < 8; i++) {
                a[(group + i / 2 % 2 * 8) * 16 + pair + i % 2 + i / 4 * 8] = lanes.get(lane).a[i].getFloat32();
            }
            for (int i = 0; i < 4; i++) {
                b[(pair + i % 2 + i / 2 * 8) * 8 + group] = lanes.get(lane).b[i].getFloat32();
            }
        }
        List<float[]> results = new ArrayList<>();
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            float[] result = new float[4];
            for (int i = 0; i < 4; i++) {
                float total = lanes.get(lane).c[i];
                for (int k = 0; k < 16; k++) {
                    total += a[resultRow(lane, i) * 16 + k] * b[k * 8 + resultColumn(lane, i)];
                }
                result[i] = total;
            }
            results.add(result);
        }
        return results;
    }

    /** The row, of 16, of element {@code i} of a lane's four results. */
    static int resultRow(int lane, int i) {
        return lane / 4 + i / 2 * 8;
    }

    /** The column, of 8, of element {@code i} of a lane's four results. */
    static int resultColumn(int lane, int i) {
        return lane % 4 * 2 + i % 2;
    }
}
