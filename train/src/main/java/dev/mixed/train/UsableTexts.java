// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;

/** Refuses texts that a run cannot be of, before it begins. */
final class UsableTexts {
    private UsableTexts() {
    }

    /** @throws IllegalArgumentException if there are none, longer ones than the options say, or targets that are not the task's */
    static void require(String split, TokenizedDataset texts, Task<?> task, RunOptions options) {
        if (texts.size() == 0) {
            throw new IllegalArgumentException("there is no " + split + " text; give one at least");
        }
        if (texts.maxLength() > options.batches().length()) {
            throw new IllegalArgumentException("the " + split + " texts have up to " + texts.maxLength() + " tokens, more than the "
                    + options.batches().length() + " of the option 'length'");
        }
        task.requireTargets(texts);
    }
}
