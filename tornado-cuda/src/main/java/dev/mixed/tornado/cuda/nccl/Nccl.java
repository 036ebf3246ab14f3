// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

/**
 * The functions of nccl.h that miXed calls. Communicators, streams and device addresses are numbers; all buffers are reduced in place.
 *
 * <p>Each of them throws an {@link NcclException} where NCCL says that it failed.
 */
interface Nccl {
    /** Bytes of an id of a communicator. */
    int ID_BYTES = 128;

    /** 10000 * major + 100 * minor + patch. */
    int version();

    /** A new id, for all ranks of one communicator. */
    byte[] uniqueId();

    /** A rank's part of a communicator; returns when all ranks have called it. The GPU's primary context is current afterwards. */
    long init(int ranks, byte[] id, int rank);

    /** Sums of all ranks' elements. */
    void allReduce(long address, long count, ElementType type, long communicator, long stream);

    /** The elements of rank {@code root}. */
    void broadcast(long address, long count, ElementType type, int root, long communicator, long stream);

    /** Begins calls that become one launch. */
    void groupStart();

    /** Ends them, and launches. */
    void groupEnd();

    /** What has failed since; empty for nothing. */
    String asyncError(long communicator);

    /** Ends a communicator, and what runs on it at once, leaving garbage behind. From any thread. */
    void abort(long communicator);

    /** Ends a communicator on which nothing runs any more. */
    void destroy(long communicator);
}
