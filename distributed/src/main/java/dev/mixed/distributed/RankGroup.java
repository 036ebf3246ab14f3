// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.tornado.GpuRanks;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The ranks of a run and what they say to each other beside their tensors: small messages by way of rank 0, and signs of life.
 *
 * <p>Messages are exchanged in calls that all ranks make in the same order. A rank that has ended, or gives no sign of life for 10 seconds, is lost: all
 * calls, also those that wait already, then throw a {@link RankLostException}.
 */
public interface RankGroup extends AutoCloseable {
    /** This rank, 0 for the first. */
    int rank();

    /** Number of ranks. */
    int size();

    /** The host name or address at which other ranks reach this one. */
    String address();

    /** Whether this rank leads: it logs, scores and saves. */
    default boolean leads() {
        return rank() == 0;
    }

    /** The message of rank 0, on all ranks; what others give is not looked at. */
    byte[] broadcast(byte[] message);

    /** The messages of all ranks, in their order, on all ranks. */
    List<byte[]> allGather(byte[] message);

    /** The messages of all ranks, in their order, on rank 0; nothing on others, which don't wait. */
    List<byte[]> gather(byte[] message);

    /** How many machines, by their names, the ranks are on; all ranks ask. */
    default int machines() {
        return (int) allGather(Joining.hostName().getBytes(StandardCharsets.UTF_8)).stream().map(name -> new String(name, StandardCharsets.UTF_8)).distinct()
                .count();
    }

    /** Returns when all ranks have called it. */
    default void barrier() {
        allGather(new byte[0]);
    }

    /**
     * Throws what there is to say of a lost rank; cheap, and never waits.
     *
     * @throws RankLostException where a rank is lost
     */
    void check();

    /** Lets {@code action} run, once and on a thread of its own, when a rank is lost: to abort calls that would wait forever. */
    void onLost(Runnable action);

    /** Asks rank 0 to end the run in order, from any rank and thread: as after Ctrl-C. */
    void requestStop();

    /** On rank 0, runs when any rank {@linkplain #requestStop asks} to stop; on a thread of its own, once. */
    void onStop(Runnable action);

    /** Tells the others, before this rank ends, why it has to: they say this sentence in place of one of their own. */
    void fail(String sentence);

    /** Leaves the group: in order, unless {@link #fail} was called. Others don't count this rank as lost afterwards. */
    @Override
    void close();

    /**
     * Waits until all ranks of an environment have come together.
     *
     * @throws dev.mixed.io.UserException where they do not, in time: which, and what to do
     */
    static RankGroup join(RankEnvironment environment, RankTimes times) {
        if (environment.worldSize() > 1) {
            // A GPU's device is opened after this, if it is.
            GpuRanks.prepare(environment.localRank());
        }
        return TcpRankGroup.join(environment, times);
    }

    /** The group of a run of one rank. */
    static RankGroup single() {
        return new SingleRankGroup();
    }
}
