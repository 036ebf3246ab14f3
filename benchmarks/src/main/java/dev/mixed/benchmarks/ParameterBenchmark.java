// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.embedding.Embedding;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.shape.Permute;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/** Ops of one shape each: on embedding tables, heads, and four million parameters. */
public class ParameterBenchmark extends ProgramBenchmark {
    private static final Shape TABLE = Shape.of(30522, 128);
    private static final Shape LOOKED_UP = Shape.of(1024, 128);
    private static final Shape PARAMETERS = Shape.of(4_000_000);

    /** The ops. */
    public enum Op {
        /** Heads before positions. */
        PERMUTE_HEADS(Shape.of(16, 64, 2, 64), 8, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            return () -> List.of(Permute.permute(x, 0, 2, 1, 3));
        }),
        /** Of 1024 ids. */
        EMBEDDING(LOOKED_UP, 8, (d, _) -> {
            Tensor w = Inputs.tensor(d, TABLE);
            Tensor ids = Inputs.ids(d);
            return () -> List.of(Embedding.forward(w, ids));
        }),
        /** The whole table's gradient. */
        EMBEDDING_BACKWARD(TABLE, 4, (d, shape) -> {
            Tensor w = Inputs.tensor(d, shape);
            Tensor dy = Inputs.tensor(d, LOOKED_UP);
            Tensor ids = Inputs.ids(d);
            return () -> {
                Embedding.backwardInto(w, ids, dy, false);
                return List.of(w);
            };
        }),
        /** Adds to the gradient of the rows that were looked up. */
        EMBEDDING_ACCUMULATE(LOOKED_UP, 12, (d, shape) -> {
            Tensor w = Inputs.tensor(d, TABLE);
            Tensor dy = Inputs.tensor(d, shape);
            Tensor ids = Inputs.ids(d);
            return () -> {
                Embedding.backwardInto(w, ids, dy, true);
                return List.of(w);
            };
        }),
        /** A step. */
        ADAMW(PARAMETERS, 28, (d, shape) -> {
            Tensor p = Inputs.tensor(d, shape);
            Tensor g = Inputs.tensor(d, shape);
            Tensor m = Tensor.zeros(d, shape, DType.F32);
            Tensor v = Tensor.zeros(d, shape, DType.F32);
            Tensor lr = Tensor.of(d, Shape.of(1), 1e-4f);
            Tensor step = Tensor.ofInts(d, Shape.of(1), 0);
            return () -> {
                Optim.incrementStep(step, null);
                Optim.adamw(p, g, m, v, lr, step, lr, null, 0.9f, 0.999f, 1e-8f, 0.01f);
                return List.of(p);
            };
        }),
        /** A step with momentum. */
        SGD_MOMENTUM(PARAMETERS, 20, (d, shape) -> {
            Tensor p = Inputs.tensor(d, shape);
            Tensor g = Inputs.tensor(d, shape);
            Tensor m = Tensor.zeros(d, shape, DType.F32);
            Tensor lr = Tensor.of(d, Shape.of(1), 1e-4f);
            return () -> {
                Optim.sgd(p, g, m, lr, null, null, 0.9f, false, 0.01f);
                return List.of(p);
            };
        }),
        /** Of the gradient. */
        NORM(PARAMETERS, 4, (d, shape) -> {
            Tensor g = Inputs.tensor(d, shape);
            return () -> List.of(Optim.norm(List.of(g)));
        }),
        /** Whether the gradient has infinities. */
        HAS_NON_FINITE(PARAMETERS, 4, (d, shape) -> {
            Tensor g = Inputs.tensor(d, shape);
            return () -> List.of(Optim.hasNonFinite(List.of(g)));
        });

        private final Shape shape;
        private final int bytes;
        private final Body body;

        Op(Shape shape, int bytes, Body body) {
            this.shape = shape;
            this.bytes = bytes;
            this.body = body;
        }
    }

    /** The op. */
    @Param
    public Op op;

    @Override
    Shape shape() {
        return op.shape;
    }

    @Override
    Body body() {
        return op.body;
    }

    @Override
    int bytesPerElement() {
        return op.bytes;
    }
}
