// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.Tensor;
import java.util.List;

/**
 * What all ranks of a run do together with tensors of their devices, as {@code torch.distributed} has it. All ranks make the same calls in the same
 * order, with tensors of the same shapes and types.
 *
 * <p>A call may return before the device is done, as {@link dev.mixed.engine.Program#start} does: whatever is launched, run or read on the device
 * afterwards finds what the call is to leave. Where a rank is lost, a call throws a {@link RankLostException} or leaves tensors without meaning;
 * {@link RankGroup#check} says so, and is to be asked before anything is made of them.
 *
 * <p>One thread at a time calls it, the one that uses the device.
 */
public interface Collective extends AutoCloseable {
    /** This rank, 0 for the first. */
    int rank();

    /** Number of ranks. */
    int size();

    /**
     * Replaces each element by its sum over the ranks that contribute, on all ranks; infinities and NaN go through.
     *
     * @param tensors     persistent, F32, of one device: gradients, for example, in the same order on all ranks
     * @param contributes false where what this rank's tensors hold is to count as absent; on one rank at least it is true
     * @throws RankLostException where a rank is lost
     */
    void allReduce(List<Tensor> tensors, boolean contributes);

    /** Whether sums that were {@linkplain #begin begun} go on beside programs. The same on all ranks. */
    default boolean overlaps() {
        return false;
    }

    /**
     * {@link #allReduce} that may still go on while programs run which were started later: they must not touch the tensors before {@link #join}.
     *
     * @throws RankLostException where a rank is lost
     */
    default void begin(List<Tensor> tensors, boolean contributes) {
        allReduce(tensors, contributes);
    }

    /** Ends what was {@linkplain #begin begun}: whatever is launched, run or read from here on finds the sums. */
    default void join() {
    }

    /**
     * Replaces each element by that of one rank, on all ranks.
     *
     * @param tensors persistent, of any type, of one device
     * @param root    the rank that has them
     * @throws RankLostException where a rank is lost
     */
    void broadcast(List<Tensor> tensors, int root);

    /** How sums are made, for a log: {@code NCCL 2.28.9}, {@code a ring over TCP}. */
    String description();

    /** Ends it, after its last call; does not throw. */
    @Override
    void close();

    /** That of a run of one rank, whose sums are what there is. */
    static Collective single() {
        return SingleCollective.INSTANCE;
    }
}
