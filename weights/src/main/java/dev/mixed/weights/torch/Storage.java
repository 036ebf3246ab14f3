// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

/**
 * A reference of a pickle to a run of elements that lies elsewhere in the file; several tensors may share one.
 *
 * @param type   PyTorch's class for its elements, for example {@code FloatStorage}
 * @param key    its name in the file
 * @param offset elements of the storage called {@code key} before the first of this one: not 0 for a view of a part of it
 * @param numel  its number of elements
 */
public record Storage(String type, String key, long offset, long numel) {
}
