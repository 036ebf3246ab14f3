// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.Collections;
import java.util.List;

/** ldmatrix and stmatrix: four 8x8 matrices of halves between rows in shared memory and a warp's fragments. */
final class MatrixRows {
    private static final int ROW_BYTES = 16;

    /** A lane: the address of row lane % 8 of matrix lane / 8, and its four words from {@code at} on. */
    record Lane(SimulatedThread thread, int address, int[] words, int at) {
    }

    private MatrixRows() {
    }

    static List<Boolean> load(SharedWindow shared, List<Lane> lanes, boolean transposed) {
        int[][] rows = new int[Warp.SIZE][4];
        for (int i = 0; i < Warp.SIZE; i++) {
            SimulatedThread thread = lanes.get(i).thread;
            int word = shared.locate(thread, "ldmatrix", lanes.get(i).address, ROW_BYTES, ROW_BYTES);
            for (int j = 0; j < 4; j++) {
                rows[i][j] = shared.read(thread, "ldmatrix", word + j);
            }
        }
        for (int i = 0; i < Warp.SIZE; i++) {
            for (int matrix = 0; matrix < 4; matrix++) {
                lanes.get(i).words[lanes.get(i).at + matrix] = pair(rows, matrix, i, transposed);
            }
        }
        return Collections.nCopies(Warp.SIZE, true);
    }

    /** A lane's pair of a matrix: neighbours in row lane / 4, or, transposed, in column lane / 4. */
    private static int pair(int[][] rows, int matrix, int lane, boolean transposed) {
        int line = lane / 4;
        int pair = lane % 4;
        if (!transposed) {
            return rows[matrix * 8 + line][pair];
        }
        int upper = rows[matrix * 8 + 2 * pair][line / 2];
        int lower = rows[matrix * 8 + 2 * pair + 1][line / 2];
        return line % 2 == 0 ? upper & 0xFFFF | lower << 16 : upper >>> 16 | lower & 0xFFFF0000;
    }

    static List<Boolean> store(SharedWindow shared, List<Lane> lanes, boolean transposed) {
        for (int i = 0; i < Warp.SIZE; i++) {
            SimulatedThread thread = lanes.get(i).thread;
            int word = shared.locate(thread, "stmatrix", lanes.get(i).address, ROW_BYTES, ROW_BYTES);
            for (int j = 0; j < 4; j++) {
                shared.write(thread, "stmatrix", word + j, word(lanes, i / 8, i % 8, j, transposed));
            }
        }
        return Collections.nCopies(Warp.SIZE, true);
    }

    /** Word {@code j} of a row of a matrix. */
    private static int word(List<Lane> lanes, int matrix, int row, int j, boolean transposed) {
        if (!transposed) {
            return fragment(lanes, row * 4 + j, matrix);
        }
        // Element (row, column) lies with the lane of column's fragment row: lane 4 column + row / 2, half row % 2.
        int low = fragment(lanes, 2 * j * 4 + row / 2, matrix);
        int high = fragment(lanes, (2 * j + 1) * 4 + row / 2, matrix);
        return row % 2 == 0 ? low & 0xFFFF | high << 16 : low >>> 16 | high & 0xFFFF0000;
    }

    private static int fragment(List<Lane> lanes, int lane, int matrix) {
        return lanes.get(lane).words[lanes.get(lane).at + matrix];
    }
}
