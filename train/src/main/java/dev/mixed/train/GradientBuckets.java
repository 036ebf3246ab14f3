// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Gradients in groups that are summed over ranks while the backward pass goes on, as PyTorch's DDP has it: in the reverse of the parameters' order, in which
 * the pass completes them. Ranks have the same groups, whatever the shapes of their batches.
 */
final class GradientBuckets {
    /** The property for MiB to a group; 0 for one sum of all after the backward pass. Rank 0's counts. */
    static final String PROPERTY = "mixed.reduce.bucket";
    /**
     * Between machines: some two layers of BERT-base, few enough groups that each sum has the links' rate, and little is left to sum after the pass. Within one,
     * a sum takes less time than it takes from the pass: NCCL's blocks need multiprocessors, and products that fill the GPU at once wait for those.
     */
    static final long DEFAULT_MEBIBYTES = 64;

    private GradientBuckets() {
    }

    /**
     * The groups.
     *
     * @param gradients in the parameters' order
     * @param bytes     of a group, unless a single gradient has more
     */
    static List<List<Tensor>> of(List<Tensor> gradients, long bytes) {
        List<List<Tensor>> groups = new ArrayList<>();
        List<Tensor> group = new ArrayList<>();
        long size = 0;
        for (Tensor gradient : gradients.reversed()) {
            long own = gradient.buffer().bytes();
            if (!group.isEmpty() && size + own > bytes) {
                groups.add(List.copyOf(group));
                group.clear();
                size = 0;
            }
            group.add(gradient);
            size += own;
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return List.copyOf(groups);
    }
}
