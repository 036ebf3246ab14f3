package dev.mixed.simulator;

import uk.ac.manchester.tornado.api.types.HalfFloat;

/** Tensor-core operands spread over a warp: the layouts of PTX's {@code ldmatrix} and {@code mma.m16n8k16}. */
final class Fragments {
    private static final int ROW_BYTES = 16;

    private Fragments() {
    }

    /** Four 8x8 matrices; lanes 8m to 8m + 7 hold the addresses of matrix m's rows, and each lane gets two neighbours of each. */
    static void loadA(SimulatedThread[] lanes, int[] tile) {
        HalfFloat[][] fragments = new HalfFloat[Warp.SIZE][8];
        HalfFloat[] row = new HalfFloat[8];
        for (int source = 0; source < 32; source++) {
            read(lanes[source], tile, row);
            int matrix = source / 8;
            for (int quarter = 0; quarter < 4; quarter++) {
                HalfFloat[] fragment = fragments[source % 8 * 4 + quarter];
                fragment[2 * matrix] = row[2 * quarter];
                fragment[2 * matrix + 1] = row[2 * quarter + 1];
            }
        }
        for (int i = 0; i < lanes.length; i++) {
            lanes[i].left = fragments[i];
        }
    }

    /** Two 8x8 matrices, transposed on the way: each lane gets two vertical neighbours of each. Lanes 16 to 31 give no address. */
    static void loadB(SimulatedThread[] lanes, Object tile) {
        HalfFloat[][] fragments = new HalfFloat[Warp.SIZE][4];
        HalfFloat[] row = new HalfFloat[8];
        for (int source = 0; source < 16; source++) {
            read(lanes[source], tile, row);
            int k = source % 8;
            for (int column = 0; column < 8; column++) {
                fragments[column * 4 + k / 2][source / 8 * 2 + k % 2] = row[column];
            }
        }
        for (int i = 0; i < lanes.length; i++) {
            lanes[i].right = fragments[i];
        }
    }

    private static void read(SimulatedThread lane, Object tile, HalfFloat[] row) {
        int address = lane.address;
        if (address % ROW_BYTES != 0) {
            throw lane.fault("a fragment's row at byte " + address + " of local memory: it must be a multiple of " + ROW_BYTES, null);
        }
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
    }

    /** sum = left * right + sum: 16x16 times 16x8, exact products, added in float in the order of k. */
    static void multiply(SimulatedThread[] lanes) {
        float[] a = new float[16 * 16];
        float[] b = new float[16 * 8];
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            int group = lane / 4;
            int pair = lane % 4 * 2;
            for (int i = 0; i < 8; i++) {
                a[(group + i / 2 % 2 * 8) * 16 + pair + i % 2 + i / 4 * 8] = lanes[lane].left[i].getFloat32();
            }
            for (int i = 0; i < 4; i++) {
                b[(pair + i % 2 + i / 2 * 8) * 8 + group] = lanes[lane].right[i].getFloat32();
            }
        }
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            float[] result = new float[4];
            for (int i = 0; i < 4; i++) {
                int row = lane / 4 + i / 2 * 8;
                int column = lane % 4 * 2 + i % 2;
                float total = lanes[lane].sum[i];
                for (int k = 0; k < 16; k++) {
                    total += a[row * 16 + k] * b[k * 8 + column];
                }
                result[i] = total;
            }
            lanes[lane].sum = result;
        }
    }
}
