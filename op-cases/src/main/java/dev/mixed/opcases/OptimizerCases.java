// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.flat.FlatRow;
import dev.mixed.engine.ops.loss.LossLog;
import dev.mixed.engine.ops.optimizer.LossScaling;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What happens between gradients and new weights: the way to other ranks, unscaling, clipping, AdamW, SGD, the loss scale; and the log of losses. No op of
 * {@code F} reaches it.
 */
final class OptimizerCases {
    private OptimizerCases() {
    }

    static List<GpuCase> all() {
        return List.of(
                new GpuCase("optimizers", GpuCase.FLOAT, in -> optimizers(in, false)),
                new GpuCase("optimizers after an overflow", GpuCase.FLOAT, in -> optimizers(in, true)),
                new GpuCase("check_gradients and adamw of many parameters, twice", GpuCase.FLOAT, in -> adamwOfMany(in, 0f)),
                new GpuCase("check_gradients and adamw of many parameters, twice, after an overflow", GpuCase.FLOAT, in -> adamwOfMany(in, 70000f)),
                new GpuCase("check_gradients and adamw of many parameters, twice, after a NaN", GpuCase.FLOAT, in -> adamwOfMany(in, Float.NaN)),
                new GpuCase("adamw of many parameters that programs read as halves", GpuCase.HALF, OptimizerCases::adamwWithHalfCopies),
                new GpuCase("gradients rounded into one row of halves, and back", GpuCase.FLOAT, in -> flat(in, DType.F16)),
                new GpuCase("gradients in one row of floats, and back", GpuCase.FLOAT, in -> flat(in, DType.F32)),
                new GpuCase("loss log", GpuCase.FLOAT, OptimizerCases::lossLog));
    }

    /** What ranks send of their gradients in one piece: all of them as halves, or small ones as floats. */
    private static List<Tensor> flat(GpuInputs in, DType type) {
        List<Tensor> gradients = new ArrayList<>();
        for (int n : new int[] {1, 13, 4096, 5000, 768, 768 * 768, 3, 8193}) {
            gradients.add(in.normal(DType.F32, n));
        }
        FlatRow row = new FlatRow(gradients, type);
        Program.record(in.device(), () -> {
            row.pack();
            row.unpack();
            return List.of();
        }).run();
        List<Tensor> results = new ArrayList<>(gradients);
        results.add(row.flat());
        return results;
    }

    /** Seven losses in a log of five. */
    private static List<Tensor> lossLog(GpuInputs in) {
        LossLog log = new LossLog(in.device(), 5);
        for (int i = 1; i <= 7; i++) {
            log.append(in.scalar(i));
        }
        return List.of(log.state().getFirst(), Cast.to(log.state().getLast(), DType.F32));
    }

    /** What is checked beside new programs. */
    static List<GpuCase> selfChecks() {
        return List.of(new GpuCase("adamw [64]", GpuCase.HALF, in -> {
            Tensor p = in.normal(DType.F32, 64);
            Tensor m = in.normal(DType.F32, 64);
            Tensor v = Tensor.zeros(in.device(), Shape.of(64), DType.F32);
            Program asHalf = Program.record(in.device(), () -> List.of(Cast.to(Cast.kept(p), DType.F32)));
            asHalf.run();
            Optim.adamw(p, in.normal(DType.F32, 64), m, v, in.scalar(1e-2f), Tensor.ofInts(in.device(), Shape.of(1), 1), null, null, 0.9f, 0.999f, 1e-8f,
                    0.01f);
            asHalf.run();
            return List.of(p, m, v, asHalf.output(0));
        }));
    }

    /** What programs read as halves before and after steps that write the copies, too, and after the host wrote one of the weights. */
    private static List<Tensor> adamwWithHalfCopies(GpuInputs in) {
        List<Tensor> weights = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        List<Tensor> moments = new ArrayList<>();
        int[] sizes = {1, 13, 4096, 5000, 768, 768 * 768, 3, 4098, 64, 8193, 30, 31, 32, 33, 100, 7, 2, 768 * 3072, 66};
        for (int n : sizes) {
            weights.add(in.normal(DType.F32, n));
            gradients.add(in.normal(DType.F32, n));
            moments.addAll(List.of(in.normal(DType.F32, n), in.uniform(DType.F32, 0, 1, n)));
        }
        Tensor lr = in.scalar(1e-1f);
        Tensor step = Tensor.ofInts(in.device(), Shape.of(1), 4);
        List<Program> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            // The first weight is read by none.
            readers.add(Program.record(in.device(), () -> weights.stream().skip(1).map(w -> Cast.to(Cast.kept(w), DType.F32)).toList()));
        }
        Program update = Program.record(in.device(), () -> {
            for (int i = 0; i < sizes.length; i++) {
                Optim.adamw(weights.get(i), gradients.get(i), moments.get(2 * i), moments.get(2 * i + 1), lr, step, null, null, 0.9f, 0.999f, 1e-8f, 0.01f);
            }
            return List.of();
        });
        readers.get(0).run();
        update.run();
        update.run();
        readers.get(1).run();
        weights.get(3).write(weights.get(3).toFloats().clone());
        update.run();
        readers.get(2).run();
        List<Tensor> results = new ArrayList<>(weights);
        readers.forEach(reader -> results.addAll(reader.outputs()));
        return results;
    }

    /** A recorded update that runs twice: what a device does in the first run alone must hold in the second. */
    private static List<Tensor> adamwOfMany(GpuInputs in, float odd) {
        List<Tensor> gradients = new ArrayList<>();
        List<Tensor> results = new ArrayList<>();
        int[] sizes = {1, 13, 4096, 5000, 768, 768 * 768, 3, 4098, 64, 8193, 30, 31, 32, 33, 100, 7, 2, 768 * 3072};
        for (int n : sizes) {
            gradients.add(in.normal(DType.F32, n));
            results.addAll(List.of(in.normal(DType.F32, n), in.normal(DType.F32, n), in.uniform(DType.F32, 0, 1, n)));
        }
        float[] values = gradients.get(5).toFloats();
        values[values.length - 1] = odd;
        gradients.get(5).write(values);
        Tensor found = in.scalar(0f);
        Tensor inverse = in.scalar(1 / 1024f);
        Tensor lr = in.scalar(1e-3f);
        Tensor step = Tensor.ofInts(in.device(), Shape.of(1), 4);
        Program program = Program.record(in.device(), () -> {
            Tensor norm = LossScaling.check(gradients, Collections.nCopies(sizes.length, 65519.5f), inverse, found);
            Optim.incrementStep(step, found);
            Tensor factor = Elementwise.mul(inverse, Optim.clipCoefficient(norm, 1f));
            for (int i = 0; i < sizes.length; i++) {
                Optim.adamw(results.get(3 * i), gradients.get(i), results.get(3 * i + 1), results.get(3 * i + 2), lr, step, factor, found, 0.9f, 0.999f, 1e-8f,
                        i % 2 == 0 ? 0.01f : 0f);
            }
            return List.of(norm);
        });
        program.run();
        program.run();
        if (odd == 0f) {
            results.add(program.output(0));
        }
        results.addAll(List.of(found, Cast.to(step, DType.F32)));
        return results;
    }

    private static List<Tensor> optimizers(GpuInputs in, boolean overflow) {
        Device device = in.device();
        List<Tensor> results = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        int[] sizes = {1, 13, 4096, 5000, 768 * 768};
        for (int n : sizes) {
            gradients.add(in.normal(DType.F32, n));
        }
        if (overflow) {
            float[] values = gradients.get(3).toFloats();
            values[4321] = Float.POSITIVE_INFINITY;
            gradients.get(3).write(values);
        }
        Tensor scale = in.scalar(1024f);
        Tensor tracker = Tensor.ofInts(device, Shape.of(1), 3);
        Tensor found = in.scalar(0f);
        Tensor history = Tensor.zeros(device, Shape.of(10), DType.I32);
        LossScaling.unscale(gradients, LossScaling.inverse(scale), found);
        Tensor clip = overflow ? in.scalar(1f) : Optim.clipCoefficient(Optim.norm(gradients), 1f);
        Tensor step = Tensor.ofInts(device, Shape.of(1), 4);
        Tensor lr = in.scalar(0f);
        Optim.scheduledRate(lr, step, Tensor.of(device, Shape.of(6), 0f, 1e-4f, 2e-4f, 3e-4f, 4e-4f, 5e-4f));
        Optim.incrementStep(step, found);
        for (int i = 0; i < sizes.length; i++) {
            Tensor p = in.normal(DType.F32, sizes[i]);
            Tensor m = in.normal(DType.F32, sizes[i]);
            Tensor v = in.uniform(DType.F32, 0, 1, sizes[i]);
            Optim.adamw(p, gradients.get(i), m, v, lr, step, clip, found, 0.9f, 0.999f, 1e-8f, i % 2 == 0 ? 0.01f : 0f);
            Tensor q = in.normal(DType.F32, sizes[i]);
            Tensor buffer = in.normal(DType.F32, sizes[i]);
            Optim.sgd(q, gradients.get(i), buffer, lr, null, found, 0.9f, true, 0.01f);
            Tensor r = in.normal(DType.F32, sizes[i]);
            Optim.sgd(r, gradients.get(i), null, lr, null, null, 0f, false, 0.01f);
            results.addAll(List.of(p, m, v, q, buffer));
            if (!overflow) {
                results.add(r);
            }
        }
        LossScaling.update(scale, tracker, found, history, 2f, 0.5f, 4);
        Optim.incrementStep(step, null);
        results.addAll(List.of(scale, Cast.to(tracker, DType.F32), found, Cast.to(history, DType.F32), lr, Cast.to(step, DType.F32),
                Optim.hasNonFinite(gradients), clip));
        if (!overflow) {
            results.addAll(gradients);
            results.add(Optim.sumOfSquares(gradients));
        }
        return results;
    }
}
