// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.List;

/**
 * What an op asks of the numbers in its inputs, such as that token ids are within a table: looked at on the host, before anything is computed, when the
 * op is called or, inside a recorded program, before each run whose inputs have been written anew.
 */
@FunctionalInterface
public interface InputCheck {
    /** Looks at the inputs' values; an {@link IllegalArgumentException} names the index of the first that is none, and the allowed range. */
    void run();

    /** A check of a program, with how often its inputs had been written when they last passed it. */
    final class OfProgram {
        private final List<Tensor> inputs;
        private final InputCheck check;
        private long passed = -1;

        OfProgram(List<Tensor> inputs, InputCheck check) {
            this.inputs = inputs;
            this.check = check;
        }

        void runIfWritten() {
            long version = 0;
            for (Tensor input : inputs) {
                if (!input.buffer().hostKnown()) {
                    return;
                }
                version += input.buffer().version();
            }
            if (version != passed) {
                check.run();
                passed = version;
            }
        }
    }
}
