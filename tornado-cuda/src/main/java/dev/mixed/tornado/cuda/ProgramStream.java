// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

/** The stream on which captured programs are launched, for whoever orders other work between them. */
public interface ProgramStream {
    /** TornadoVM's context, the driver's handle. */
    long context();

    /** The driver's handle of the stream, which is made when it is first asked for. */
    long handle();

    /** Notes that something was begun on the stream, for which {@link KernelLibrary#awaitGraphs} will wait. */
    void begun();

    /** What looks, after each wait for the stream, whether that ended as it should, and throws if not. */
    void guard(Runnable check);
}
