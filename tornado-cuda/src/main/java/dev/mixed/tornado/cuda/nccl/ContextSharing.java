// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

/** How NCCL, which works in a GPU's primary context alone, gets at the memory of programs, which is TornadoVM's context's. */
enum ContextSharing {
    /** TornadoVM works in the primary context, too. */
    SAME("in the context of programs"),
    /** NCCL takes TornadoVM's addresses from its own context, in which they hold although nothing says so. */
    BRIDGE("from a context of its own"),
    /** What is reduced is copied to memory of the primary context, and back. */
    COPY("on copies");

    private final String text;

    ContextSharing(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
