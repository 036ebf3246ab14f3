// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.DeviceThread.Operands;
import java.util.Collections;
import java.util.List;

/** mma.sync: the products of a warp, from and to the fragments that PTX's manual gives each lane. */
final class Products {
    private static final int ROWS = 16;
    private static final int COLUMNS = 8;
    /** Bits of a float that tf32 has not. */
    private static final int BELOW_TF32 = 0x1FFF;

    /** A lane's places. */
    record Lane(Operands operands, int depth, float[] c, int cAt, int[] a, int aAt, int[] b, int bAt) {
    }

    private Products() {
    }

    /** c += a b for each lane: exact products, added in float in the order of k. */
    static List<Boolean> multiply(List<Lane> lanes) {
        Operands operands = lanes.getFirst().operands;
        int depth = lanes.getFirst().depth;
        float[] a = new float[ROWS * depth];
        float[] b = new float[COLUMNS * depth];
        int perWord = operands == Operands.TF32 ? 1 : 2;
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            Lane mine = lanes.get(lane);
            int group = lane / 4;
            int words = ROWS * depth / Warp.SIZE / perWord;
            for (int i = 0; i < words; i++) {
                // Words of a alternate between the upper and the lower 8 rows, then go 4 words' depth on; those of b go 4 words' depth on.
                int k = (lane % 4 + i / 2 * 4) * perWord;
                unpack(operands, mine.a[mine.aAt + i], a, (group + i % 2 * 8) * depth + k);
            }
            for (int i = 0; i < words / 2; i++) {
                unpack(operands, mine.b[mine.bAt + i], b, group * depth + (lane % 4 + i * 4) * perWord);
            }
        }
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            Lane mine = lanes.get(lane);
            for (int i = 0; i < 4; i++) {
                int row = Fragments.resultRow(lane, i) * depth;
                int column = Fragments.resultColumn(lane, i) * depth;
                float total = mine.c[mine.cAt + i];
                for (int k = 0; k < depth; k++) {
                    total += a[row + k] * b[column + k];
                }
                mine.c[mine.cAt + i] = total;
            }
        }
        return Collections.nCopies(Warp.SIZE, true);
    }

    private static void unpack(Operands operands, int word, float[] to, int at) {
        switch (operands) {
            case F16 -> {
                to[at] = Float.float16ToFloat((short) word);
                to[at + 1] = Float.float16ToFloat((short) (word >>> 16));
            }
            case BF16 -> {
                to[at] = Float.intBitsToFloat(word << 16);
                to[at + 1] = Float.intBitsToFloat(word & 0xFFFF0000);
            }
            case TF32 -> to[at] = Float.intBitsToFloat(word & ~BELOW_TF32);
        }
    }
}
