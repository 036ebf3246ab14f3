// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.engine.ops.reduce.SumRows;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/** Ops on the activations of 1024 tokens. */
public class PointwiseBenchmark extends ProgramBenchmark {
    /** The ops. */
    public enum Op {
        /** x + y. */
        ADD(12, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor y = Inputs.tensor(d, shape);
            return () -> List.of(Elementwise.add(x, y));
        }),
        /** y += x. */
        ADD_INTO(12, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor y = Inputs.tensor(d, shape);
            return () -> {
                Elementwise.addInto(y, x);
                return List.of(y);
            };
        }),
        /** y += b in each row. */
        BIAS_INTO(8, (d, shape) -> {
            Tensor y = Inputs.tensor(d, shape);
            Tensor b = Inputs.tensor(d, Shape.of(shape.dim(1)));
            return () -> {
                Broadcast.addInto(y, b);
                return List.of(y);
            };
        }),
        /** The bias's gradient. */
        SUM_ROWS(4, (d, shape) -> {
            Tensor dy = Inputs.tensor(d, shape);
            Tensor b = Inputs.tensor(d, Shape.of(shape.dim(1)));
            return () -> {
                SumRows.into(b, dy, false);
                return List.of(b);
            };
        }),
        /** With erf. */
        GELU(8, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            return () -> List.of(Gelu.exact(x));
        }),
        /** {@link #GELU}'s gradient. */
        GELU_BACKWARD(12, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor y = Inputs.tensor(d, shape);
            return () -> List.of(Gelu.exactBackward(x, y));
        }),
        /** With tanh. */
        GELU_TANH(8, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            return () -> List.of(Gelu.tanhApproximation(x));
        }),
        /** {@link #GELU_TANH}'s gradient. */
        GELU_TANH_BACKWARD(12, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor y = Inputs.tensor(d, shape);
            return () -> List.of(Gelu.tanhApproximationBackward(x, y));
        }),
        /** Over the last dimension. */
        LAYER_NORM(8, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor g = Inputs.tensor(d, Shape.of(shape.dim(1)));
            return () -> List.of(LayerNorm.forward(x, g, g, 1e-12f).y());
        }),
        /** {@link #LAYER_NORM}'s gradient of x. */
        LAYER_NORM_BACKWARD(12, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor dy = Inputs.tensor(d, shape);
            Tensor g = Inputs.tensor(d, Shape.of(shape.dim(1)));
            LayerNorm.Result r = Inputs.statistics(d);
            return () -> List.of(LayerNorm.backward(x, g, r, dy));
        }),
        /** {@link #LAYER_NORM}'s gradient of gamma. */
        LAYER_NORM_GAMMA(8, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor dy = Inputs.tensor(d, shape);
            Tensor g = Inputs.tensor(d, Shape.of(shape.dim(1)));
            LayerNorm.Result r = Inputs.statistics(d);
            return () -> {
                LayerNorm.backwardGammaInto(g, x, r, dy, false);
                return List.of(g);
            };
        }),
        /** Of a tenth. */
        DROPOUT(8, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            Tensor s = new RandomState(d, 7).next();
            return () -> List.of(Dropout.apply(x, 0.1f, s));
        }),
        /** To half precision. */
        CAST_F32_F16(6, (d, shape) -> {
            Tensor x = Inputs.tensor(d, shape);
            return () -> List.of(Cast.to(x, DType.F16));
        }),
        /** From half precision. */
        CAST_F16_F32(6, (d, shape) -> {
            Tensor x = Elementwise.copy(Cast.to(Inputs.tensor(d, shape), DType.F16));
            d.synchronize();
            return () -> List.of(Cast.to(x, DType.F32));
        });

        private final int bytes;
        private final Body body;

        Op(int bytes, Body body) {
            this.bytes = bytes;
            this.body = body;
        }
    }

    /** The op. */
    @Param
    public Op op;

    /** Values of a token. */
    @Param({"128", "512"})
    public int hidden;

    @Override
    Shape shape() {
        return Shape.of(1024, hidden);
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
