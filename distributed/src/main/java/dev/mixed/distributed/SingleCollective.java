// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.Tensor;
import java.util.List;

/** The collective of one rank: nothing to do. */
enum SingleCollective implements Collective {
    INSTANCE;

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void allReduce(List<Tensor> tensors, boolean contributes) {
    }

    @Override
    public void broadcast(List<Tensor> tensors, int root) {
    }

    @Override
    public String description() {
        return "one rank";
    }

    @Override
    public void close() {
    }
}
