// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Buffer;

/**
 * What a launch notes that leaves, beside a matrix, its sums over chunks of rows: {@link ChunkSumsLowering} then needs no first step of its own.
 *
 * @param rows     the matrix [.., n]
 * @param n        its columns
 * @param partials F32, the sums
 * @param chunks   how many chunks of rows there are
 * @param stride   numbers in {@code partials} from a chunk to the next
 * @param offset   the first number of the first chunk
 */
public record PartialSums(Buffer rows, int n, Buffer partials, int chunks, int stride, int offset) {
}
