// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.io.UserException;

/** A rank has ended, hangs or is out of reach: the run can't go on. Its message names the rank, in one sentence. */
public final class RankLostException extends UserException {
    private static final long serialVersionUID = 1L;

    private final int rank;

    /**
     * @param rank    that is lost
     * @param message one sentence
     */
    public RankLostException(int rank, String message) {
        super(message);
        this.rank = rank;
    }

    /** The rank that is lost. */
    public int rank() {
        return rank;
    }
}
