// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

/** The functions of CUDA's driver API that order NCCL's work between that of programs. Contexts, streams, events and addresses are numbers. */
interface GpuCalls {
    /** This thread's context. */
    long context();

    /** Makes a context this thread's. */
    void use(long context);

    /** The GPU of this thread's context. */
    int device();

    /** The primary context of a GPU, made if there is none yet. */
    long primary(int device);

    /** A stream of this thread's context that waits for no other. */
    long stream();

    /** An event of this thread's context that only orders. */
    long event();

    /** Notes what was launched on a stream so far. */
    void record(long event, long stream);

    /** What is launched on a stream from here on waits for what an event has noted. */
    void await(long stream, long event);

    /** Waits for a stream. */
    void await(long stream);

    /** Memory of this thread's context. */
    long allocate(long bytes);

    /** Copies within the GPU. */
    void copy(long to, long from, long bytes, long stream);

    /** Sets all bytes to 0. */
    void zero(long address, long bytes, long stream);

    /** Copies floats to the GPU, at once. */
    void write(long to, float[] values);

    /** Copies floats from the GPU, at once. */
    float[] read(long from, int count);
}
