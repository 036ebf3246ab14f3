// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.LoweredLaunches;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What kernels over many tensors at once share: parameters, their gradients and their half copies, of which a model has hundreds and most are small.
 *
 * <p>A block takes one chunk of {@link #CHUNK} elements of one tensor. The layout of a launch of up to k tensors holds the first block of each, then the
 * elements of each, then an offset of each that means what its kernel says. Tensors that fill up a launch of fewer have no block.
 */
public final class MultiTensor {
    public static final int THREADS = 256;
    /** The chunk of the loop kernels too, which leave one result for each. */
    public static final int CHUNK = 4096;

    private MultiTensor() {
    }

    /** Consecutive groups of at most {@code most}. */
    public static <T> List<List<T>> groups(List<T> all, int most) {
        List<List<T>> groups = new ArrayList<>();
        for (int i = 0; i < all.size(); i += most) {
            groups.add(all.subList(i, Math.min(i + most, all.size())));
        }
        return groups;
    }

    /** The layout of a launch over so many tensors, for a kernel of k of them; what is not there starts beyond all blocks. */
    public static Buffer layout(int tensors, int k, IntUnaryOperator elements, IntUnaryOperator offset, LoweredLaunches out) {
        int[] layout = new int[3 * k];
        int block = 0;
        for (int i = 0; i < k; i++) {
            boolean there = i < tensors;
            layout[i] = there ? block : Integer.MAX_VALUE;
            layout[k + i] = there ? elements.applyAsInt(i) : 0;
            layout[2 * k + i] = there ? offset.applyAsInt(i) : 0;
            block += Math.ceilDiv(layout[k + i], CHUNK);
        }
        return out.ints(layout);
    }

    /** One block for each chunk of the tensors. */
    public static Grid grid(int tensors, IntUnaryOperator elements) {
        int blocks = 0;
        for (int i = 0; i < tensors; i++) {
            blocks += Math.ceilDiv(elements.applyAsInt(i), CHUNK);
        }
        return Grid.of(blocks, THREADS);
    }

    /** Which of the launch's k tensors this block works on. */
    public static int tensor(KernelContext context, IntArray layout, int k) {
        int tensor = 0;
        for (int i = 1; i < k; i++) {
            tensor = context.groupIdx >= layout.get(i) ? i : tensor;
        }
        return tensor;
    }

    /** The block's chunk within its tensor. */
    public static int chunk(KernelContext context, IntArray layout, int tensor) {
        return context.groupIdx - layout.get(tensor);
    }

    /** The end of a chunk of one of the k tensors. */
    public static int end(IntArray layout, int k, int tensor, int chunk) {
        int elements = layout.get(k + tensor);
        int end = (chunk + 1) * CHUNK;
        return end < elements ? end : elements;
    }

    /** The offset of one of the k tensors. */
    public static int offset(IntArray layout, int k, int tensor) {
        return layout.get(2 * k + tensor);
    }
}
