// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.shape.Select;

/** The first position of each sequence, [batch, seq, hidden] to [batch, hidden]: BERT's [CLS] output. */
final class SelectOp {
    private SelectOp() {
    }

    static Variable first(Variable x) {
        int seq = x.shape().dim(1);
        return Variable.result("select_first", Select.first(x.data()), (dy, grads) -> grads.add(0, Select.firstBackward(dy, seq)), x);
    }

    /** The first token of each text of one row, [1, tokens, hidden] to [texts, hidden]. */
    static Variable first(Variable x, Tensor starts) {
        return Variable.result("select_first", Select.firstOfTexts(x.data(), starts),
                (dy, grads) -> grads.add(0, Select.firstOfTextsBackward(dy, starts, x.shape())), x);
    }
}
