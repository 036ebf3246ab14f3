// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.GlobalMemory;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Which part of a product a block of a grid along x computes: tiles of an entry of the batch and a part of the depth one after the other, then the
 * next part, then the next entry.
 *
 * <p>Tiles follow each other down {@link #GROUP} rows of tiles before the next column, so that blocks that run at one time share what they load.
 */
final class ProductTiles {
    private static final int GROUP = 8;

    private ProductTiles() {
    }

    private static int across(IntArray layout, int columns) {
        return (GlobalMemory.read(layout, Layout.N) + columns - 1) / columns;
    }

    private static int down(IntArray layout, int rows) {
        return (GlobalMemory.read(layout, Layout.M) + rows - 1) / rows;
    }

    /** The number of the entry and the part, part fastest. */
    static int part(IntArray layout, int block, int rows, int columns) {
        return block / (across(layout, columns) * down(layout, rows));
    }

    /** The first row of a block's tile of {@code rows x columns}. */
    static int top(IntArray layout, int block, int rows, int columns) {
        int across = across(layout, columns);
        int down = down(layout, rows);
        int tile = block % (across * down);
        int first = tile / (GROUP * across) * GROUP;
        int group = Math.min(GROUP, down - first);
        return (first + (tile - first * across) % group) * rows;
    }

    /** The first column of a block's tile. */
    static int side(IntArray layout, int block, int rows, int columns) {
        int across = across(layout, columns);
        int down = down(layout, rows);
        int tile = block % (across * down);
        int first = tile / (GROUP * across) * GROUP;
        int group = Math.min(GROUP, down - first);
        return (tile - first * across) / group * columns;
    }

    /** The first of a part's depth. */
    static int from(IntArray layout, int part) {
        return part % GlobalMemory.read(layout, Layout.PARTS) * GlobalMemory.read(layout, Layout.PART_DEPTH);
    }

    /** The end of a part's depth. */
    static int end(IntArray layout, int part) {
        return Math.min(GlobalMemory.read(layout, Layout.K), from(layout, part) + GlobalMemory.read(layout, Layout.PART_DEPTH));
    }

    /** Where a part's entry of a starts. */
    static int a(IntArray layout, int part) {
        int entry = part / GlobalMemory.read(layout, Layout.PARTS);
        int outer = entry / GlobalMemory.read(layout, Layout.INNER);
        int inner = entry % GlobalMemory.read(layout, Layout.INNER);
        return outer * GlobalMemory.read(layout, Layout.A_OUTER) + inner * GlobalMemory.read(layout, Layout.A_INNER);
    }

    /** Where a part's entry of b starts. */
    static int b(IntArray layout, int part) {
        int entry = part / GlobalMemory.read(layout, Layout.PARTS);
        int outer = entry / GlobalMemory.read(layout, Layout.INNER);
        int inner = entry % GlobalMemory.read(layout, Layout.INNER);
        return outer * GlobalMemory.read(layout, Layout.B_OUTER) + inner * GlobalMemory.read(layout, Layout.B_INNER);
    }

    /** Where a part's entry of c starts. */
    static int c(IntArray layout, int part) {
        int parts = GlobalMemory.read(layout, Layout.PARTS);
        int entry = part / parts;
        int outer = entry / GlobalMemory.read(layout, Layout.INNER);
        int inner = entry % GlobalMemory.read(layout, Layout.INNER);
        return outer * GlobalMemory.read(layout, Layout.C_OUTER) + inner * GlobalMemory.read(layout, Layout.C_INNER)
                + part % parts * GlobalMemory.read(layout, Layout.C_PART);
    }
}
