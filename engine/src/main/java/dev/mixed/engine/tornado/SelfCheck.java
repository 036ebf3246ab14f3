package dev.mixed.engine.tornado;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.embedding.Embedding;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Compares one family of ops on a GPU with its reference on the JVM, the next one each time: drivers report some errors on standard error only,
 * and wrong numbers not at all.
 */
final class SelfCheck {
    private static final int ROWS = 24;
    private static final int HIDDEN = 64;
    /** Relative to the largest value: a rounding to half, with a sum in another order before it. */
    private static final double TOLERANCE = 4e-3;

    private record Family(String name, Function<Inputs, List<Tensor>> results) {
    }

    private static final List<Family> FAMILIES = List.of(
            new Family("matmul", in -> {
                Tensor y = Matmul.matmul(in.half(ROWS, HIDDEN), in.half(HIDDEN, HIDDEN), false, true);
                Broadcast.addInto(y, in.half(HIDDEN));
                return List.of(y, Matmul.matmul(in.single(ROWS, HIDDEN), in.single(HIDDEN, HIDDEN), false, true));
            }),
            new Family("layer_norm", in -> {
                Tensor x = in.half(ROWS, HIDDEN);
                Tensor gamma = in.single(HIDDEN);
                LayerNorm.Result y = LayerNorm.forward(x, gamma, in.single(HIDDEN), 1e-12f);
                return List.of(y.y(), LayerNorm.backward(x, gamma, y, in.half(ROWS, HIDDEN)));
            }),
            new Family("attention", in -> {
                Tensor q = in.half(2, ROWS, HIDDEN);
                Tensor k = in.half(2, ROWS, HIDDEN);
                Tensor v = in.half(2, ROWS, HIDDEN);
                Tensor mask = in.single(2, ROWS);
                Attention.Result result = Attention.forward(q, k, v, mask, 2, 0f, null);
                Attention.Gradients g = Attention.backward(q, k, v, mask, 2, 0f, null, result, in.half(2, ROWS, HIDDEN));
                return List.of(result.out(), g.dq(), g.dk(), g.dv());
            }),
            new Family("gelu", in -> List.of(Gelu.exact(in.half(ROWS, HIDDEN)), Gelu.exactBackward(in.half(ROWS, HIDDEN), in.half(ROWS, HIDDEN)))),
            new Family("dropout", in -> List.of(Dropout.apply(in.half(ROWS, HIDDEN), 0.1f, new RandomState(in.device, 3).next()))),
            new Family("embedding", in -> {
                Tensor ids = Tensor.ofInts(in.device, Shape.of(6), 3, 1, 3, 0, 4, 3);
                Tensor gradient = Tensor.zeros(in.device, Shape.of(5, HIDDEN), DType.F32);
                Embedding.backwardInto(gradient, ids, in.half(6, HIDDEN), true);
                return List.of(Embedding.forward(in.single(5, HIDDEN), ids, DType.F16), gradient);
            }),
            new Family("adamw", in -> {
                Tensor p = in.single(HIDDEN);
                Tensor m = in.single(HIDDEN);
                Tensor v = Tensor.of(in.device, Shape.of(HIDDEN), new float[HIDDEN]);
                Optim.adamw(p, in.single(HIDDEN), m, v, Tensor.of(in.device, Shape.of(1), 1e-2f), Tensor.ofInts(in.device, Shape.of(1), 1), null, null, 0.9f,
                        0.999f, 1e-8f, 0.01f);
                return List.of(p, m, v);
            }));

    private int next;

    /** Checks the next family. */
    void run(Device device) {
        Family family = FAMILIES.get(next++ % FAMILIES.size());
        JvmDevice reference = JvmDevice.reference();
        List<Tensor> actual = family.results.apply(new Inputs(device));
        List<Tensor> expected = family.results.apply(new Inputs(reference));
        for (int i = 0; i < expected.size(); i++) {
            double difference = difference(actual.get(i).toFloats(), expected.get(i).toFloats());
            if (!(difference <= TOLERANCE)) {
                throw new DeviceException(String.format(Locale.ROOT, "self-check: %s on the GPU differs from its reference by %.1e of the largest value; './mixed"
                        + " gpu-test' says which kernels are wrong, --device jvm does without a GPU, and --no-self-check goes on all the same.", family.name,
                        difference));
            }
        }
    }

    private static double difference(float[] actual, float[] expected) {
        double largest = Float.MIN_NORMAL;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double d = Math.abs((double) actual[i] - expected[i]);
            // NaN must not be passed over by a comparison.
            worst = d <= worst ? worst : d;
        }
        return worst / largest;
    }

    /** The same normal numbers for each device. */
    private static final class Inputs {
        private final Device device;
        private final SplittableRandom random = new SplittableRandom(9);

        Inputs(Device device) {
            this.device = device;
        }

        Tensor half(int... dims) {
            return of(DType.F16, dims);
        }

        Tensor single(int... dims) {
            return of(DType.F32, dims);
        }

        private Tensor of(DType dtype, int... dims) {
            Shape shape = Shape.of(dims);
            float[] values = new float[shape.elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return Tensor.of(device, shape, dtype, values);
        }
    }
}
