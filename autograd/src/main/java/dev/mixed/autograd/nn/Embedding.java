// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.nn;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Tensor;

/** A table of vectors, looked up by index. */
public final class Embedding extends Module {
    private final Parameter weight;

    /**
     * Rows from N(0, std^2).
     *
     * @param paddingRow a row that starts as zeros, or -1 for none
     */
    public Embedding(Initializer init, int rows, int hidden, float std, int paddingRow) {
        if (paddingRow >= rows) {
            throw new IllegalArgumentException("padding row " + paddingRow + " is outside a table of " + rows + " rows");
        }
        weight = register("weight", new Parameter(init.normalRows(rows, hidden, std, paddingRow)));
    }

    /** The whole table, [rows, hidden]. */
    public Parameter weight() {
        return weight;
    }

    /** ids I32 [..] to [.., hidden]. */
    public Variable forward(Tensor ids) {
        return F.embedding(weight, ids);
    }
}
