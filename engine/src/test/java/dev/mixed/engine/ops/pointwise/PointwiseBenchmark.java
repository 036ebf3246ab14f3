package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.DType;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.embedding.Embedding;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.engine.ops.reduce.SumRows;
import dev.mixed.engine.ops.shape.Permute;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Times the pointwise kernels on one thread, reference against tuned, and prints nanoseconds per element and the bytes moved per second.
 *
 * <p>A program to run by hand, not a test: {@code main} takes an optional part of a row's name.
 */
public final class PointwiseBenchmark {
    private static final int WARM_UP_MILLIS = 4000;
    private static final int RUNS = 30;
    private final String only;

    private PointwiseBenchmark(String only) {
        this.only = only;
    }

    public static void main(String[] args) {
        new PointwiseBenchmark(args.length > 0 ? args[0] : "").run();
    }

    private void run() {
        System.out.printf("%-34s %12s %12s %9s %9s%n", "kernel", "reference ms", "tuned ms", "ns/elem", "GB/s");
        for (int hidden : new int[] {128, 512}) {
            Shape shape = Shape.of(1024, hidden);
            String at = " 1024x" + hidden;
            row("add" + at, shape, 12, d -> {
                Tensor x = random(d, shape);
                Tensor y = random(d, shape);
                return () -> List.of(Elementwise.add(x, y));
            });
            row("add_into" + at, shape, 12, d -> {
                Tensor x = random(d, shape);
                Tensor y = random(d, shape);
                return () -> {
                    Elementwise.addInto(y, x);
                    return List.of(y);
                };
            });
            row("bias_into" + at, shape, 8, d -> {
                Tensor y = random(d, shape);
                Tensor b = random(d, Shape.of(hidden));
                return () -> {
                    Broadcast.addInto(y, b);
                    return List.of(y);
                };
            });
            row("sum_rows" + at, shape, 4, d -> {
                Tensor dy = random(d, shape);
                Tensor b = random(d, Shape.of(hidden));
                return () -> {
                    SumRows.into(b, dy, false);
                    return List.of(b);
                };
            });
            row("gelu" + at, shape, 8, d -> {
                Tensor x = random(d, shape);
                return () -> List.of(Gelu.exact(x));
            });
            row("gelu_backward" + at, shape, 12, d -> {
                Tensor x = random(d, shape);
                Tensor y = random(d, shape);
                return () -> List.of(Gelu.exactBackward(x, y));
            });
            row("gelu_tanh" + at, shape, 8, d -> {
                Tensor x = random(d, shape);
                return () -> List.of(Gelu.tanhApproximation(x));
            });
            row("gelu_tanh_backward" + at, shape, 12, d -> {
                Tensor x = random(d, shape);
                Tensor y = random(d, shape);
                return () -> List.of(Gelu.tanhApproximationBackward(x, y));
            });
            row("layer_norm" + at, shape, 8, d -> {
                Tensor x = random(d, shape);
                Tensor g = random(d, Shape.of(hidden));
                return () -> List.of(LayerNorm.forward(x, g, g, 1e-12f).y());
            });
            row("layer_norm_backward" + at, shape, 12, d -> {
                Tensor x = random(d, shape);
                Tensor dy = random(d, shape);
                Tensor g = random(d, Shape.of(hidden));
                LayerNorm.Result r = statistics(d);
                return () -> List.of(LayerNorm.backward(x, g, r, dy));
            });
            row("layer_norm_gamma" + at, shape, 8, d -> {
                Tensor x = random(d, shape);
                Tensor dy = random(d, shape);
                Tensor g = random(d, Shape.of(hidden));
                LayerNorm.Result r = statistics(d);
                return () -> {
                    LayerNorm.backwardGammaInto(g, x, r, dy, false);
                    return List.of(g);
                };
            });
            row("dropout" + at, shape, 8, d -> {
                Tensor x = random(d, shape);
                Tensor s = new RandomState(d, 7).next();
                return () -> List.of(Dropout.apply(x, 0.1f, s));
            });
            row("cast_f32_f16" + at, shape, 6, d -> {
                Tensor x = random(d, shape);
                return () -> List.of(Cast.to(x, DType.F16));
            });
            row("cast_f16_f32" + at, shape, 6, d -> {
                Tensor x = Elementwise.copy(Cast.to(random(d, shape), DType.F16));
                d.synchronize();
                return () -> List.of(Cast.to(x, DType.F32));
            });
        }
        Shape heads = Shape.of(16, 64, 2, 64);
        row("permute_heads 16x64x2x64", heads, 8, d -> {
            Tensor x = random(d, heads);
            return () -> List.of(Permute.permute(x, 0, 2, 1, 3));
        });
        Shape table = Shape.of(30522, 128);
        row("embedding 1024 ids", Shape.of(1024, 128), 8, d -> {
            Tensor w = random(d, table);
            Tensor ids = ids(d);
            return () -> List.of(Embedding.forward(w, ids));
        });
        row("embedding_backward 30522x128", table, 4, d -> {
            Tensor w = random(d, table);
            Tensor dy = random(d, Shape.of(1024, 128));
            Tensor ids = ids(d);
            return () -> {
                Embedding.backwardInto(w, ids, dy, false);
                return List.of(w);
            };
        });
        row("embedding_backward accumulate", Shape.of(1024, 128), 12, d -> {
            Tensor w = random(d, table);
            Tensor dy = random(d, Shape.of(1024, 128));
            Tensor ids = ids(d);
            return () -> {
                Embedding.backwardInto(w, ids, dy, true);
                return List.of(w);
            };
        });
        Shape parameters = Shape.of(4_000_000);
        row("adamw 4M", parameters, 28, d -> {
            Tensor p = random(d, parameters);
            Tensor g = random(d, parameters);
            Tensor m = Tensor.zeros(d, parameters, DType.F32);
            Tensor v = Tensor.zeros(d, parameters, DType.F32);
            Tensor lr = Tensor.of(d, Shape.of(1), 1e-4f);
            Tensor step = Tensor.ofInts(d, Shape.of(1), 0);
            return () -> {
                Optim.incrementStep(step, null);
                Optim.adamw(p, g, m, v, lr, step, lr, null, 0.9f, 0.999f, 1e-8f, 0.01f);
                return List.of(p);
            };
        });
        row("sgd momentum 4M", parameters, 20, d -> {
            Tensor p = random(d, parameters);
            Tensor g = random(d, parameters);
            Tensor m = Tensor.zeros(d, parameters, DType.F32);
            Tensor lr = Tensor.of(d, Shape.of(1), 1e-4f);
            return () -> {
                Optim.sgd(p, g, m, lr, null, null, 0.9f, false, 0.01f);
                return List.of(p);
            };
        });
        row("norm 4M", parameters, 4, d -> {
            Tensor g = random(d, parameters);
            return () -> List.of(Optim.norm(List.of(g)));
        });
        row("has_non_finite 4M", parameters, 4, d -> {
            Tensor g = random(d, parameters);
            return () -> List.of(Optim.hasNonFinite(List.of(g)));
        });
    }

    private interface Setup {
        Supplier<List<Tensor>> on(JvmDevice device);
    }

    private void row(String name, Shape elements, int bytesPerElement, Setup setup) {
        if (!name.contains(only)) {
            return;
        }
        double reference;
        double tuned;
        try (JvmDevice device = JvmDevice.reference()) {
            reference = millis(device, setup);
        }
        try (JvmDevice device = JvmDevice.open(1)) {
            tuned = millis(device, setup);
        }
        System.out.printf("%-34s %12.4f %12.4f %9.3f %9.2f%n", name, reference, tuned, tuned * 1e6 / elements.elements(),
                (double) bytesPerElement * elements.elements() / tuned / 1e6);
    }

    private static double millis(JvmDevice device, Setup setup) {
        Program program = Program.record(device, setup.on(device));
        long end = System.nanoTime() + WARM_UP_MILLIS * 1_000_000L;
        long runs = 0;
        while (System.nanoTime() < end || runs < 3) {
            program.run();
            runs++;
        }
        // Batches of runs make short kernels measurable; the shortest is the one that other processes disturbed least.
        int batch = (int) Math.max(1, runs * 5 / WARM_UP_MILLIS);
        double[] times = new double[RUNS];
        // Time on the processor, since other processes may share it.
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (int i = 0; i < RUNS; i++) {
            long start = threads.getCurrentThreadCpuTime();
            for (int b = 0; b < batch; b++) {
                program.run();
            }
            times[i] = (threads.getCurrentThreadCpuTime() - start) / 1e6 / batch;
        }
        return Arrays.stream(times).min().orElseThrow();
    }

    private static Tensor random(JvmDevice device, Shape shape) {
        Random random = new Random(shape.elements());
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(device, shape, values);
    }

    private static Tensor ids(JvmDevice device) {
        Random random = new Random(3);
        return Tensor.ofInts(device, Shape.of(16, 64), random.ints(1024, 0, 30522).toArray());
    }

    private static LayerNorm.Result statistics(JvmDevice device) {
        Tensor rows = random(device, Shape.of(1024));
        return new LayerNorm.Result(rows, rows, rows);
    }
}
