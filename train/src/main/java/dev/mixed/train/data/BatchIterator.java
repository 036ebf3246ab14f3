// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.util.Iterator;

/** The batches of an epoch in order, of which some may be left out without being made. */
public interface BatchIterator extends Iterator<Batch> {
    /** Leaves out the next one, which there has to be. */
    void skip();

    /** The next one, which {@link #next} will make again. */
    Batch peek();
}
