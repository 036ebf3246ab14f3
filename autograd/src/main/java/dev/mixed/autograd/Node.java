// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One op in the graph behind a variable. */
final class Node {
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private final String op;
    private final long sequence = SEQUENCE.incrementAndGet();
    private Variable[] inputs;
    private @Nullable Backward backward;

    Node(String op, Backward backward, Variable[] inputs) {
        this.op = op;
        this.backward = backward;
        this.inputs = inputs.clone();
    }

    /** A number that is larger than those of all ops so far, and smaller than those of all later ones. */
    static long nextSequence() {
        return SEQUENCE.incrementAndGet();
    }

    String op() {
        return op;
    }

    /** Later ops have larger numbers, so falling order is a topological order of the backward pass. */
    long sequence() {
        return sequence;
    }

    /** Hands out the backward function and forgets it, and with it the activations that it holds. */
    Backward takeBackward() {
        if (backward == null) {
            throw new IllegalStateException("backward through " + op + " a second time: its saved values were freed by the first backward pass; "
                    + "compute the loss again");
        }
        Backward taken = backward;
        backward = null;
        return taken;
    }

    /** Hands out the inputs and forgets them, so that a loss that is kept does not keep every activation behind it. */
    Variable[] takeInputs() {
        Variable[] taken = inputs;
        inputs = new Variable[0];
        return taken;
    }
}
