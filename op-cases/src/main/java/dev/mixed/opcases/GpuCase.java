// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Ops on made-up inputs, to be computed on two devices.
 *
 * @param name      the op, its type and its shapes
 * @param tolerance largest difference allowed, relative to the largest value of a result
 * @param run       makes the inputs and gives the results, F32 or F16
 */
public record GpuCase(String name, double tolerance, Function<GpuInputs, List<Tensor>> run) {
    /** Half results differ by a rounding of the last of 11 bits where sums were taken in another order. */
    static final double HALF = 2e-3;
    static final double FLOAT = 2e-5;
    /** The ptx backend computes exp, log and tanh by the GPU's approximations; tanh's is off by 2^-11. */
    static final double APPROXIMATE = 1e-3;

    /** This case and another one as one, under both names, with the larger tolerance. */
    GpuCase and(GpuCase other) {
        return new GpuCase(name + " and " + other.name, Math.max(tolerance, other.tolerance), in -> {
            List<Tensor> results = new ArrayList<>(run.apply(in));
            results.addAll(other.run.apply(in));
            return results;
        });
    }

    /** The tolerance of a type. */
    static double tolerance(DType dtype) {
        return dtype == DType.F16 ? HALF : FLOAT;
    }

    /**
     * Ops that run as one program, in which lowerings may take several launches at once and leave out what nobody reads.
     *
     * @param ops makes the inputs, and returns what is recorded
     */
    static GpuCase recorded(String name, double tolerance, Function<GpuInputs, Supplier<List<Tensor>>> ops) {
        return new GpuCase(name, tolerance, in -> {
            Program program = Program.record(in.device(), ops.apply(in));
            program.run();
            return program.outputs();
        });
    }

    /** A case of an op, its result and the gradients of all variables, as one program. */
    static GpuCase of(OpCase c, boolean half, double tolerance) {
        String name = c.method().substring(0, c.method().indexOf('(')) + (half ? " F16 " : " F32 ") + c.shapes();
        return recorded(name, tolerance, in -> {
            CaseRun run = new CaseRun(c, in.device(), half, false);
            run.write(in.drawn() ? c.drawMany(half) : c.drawConstants());
            Tensor cotangent = in.drawn() ? run.cotangent() : run.blankCotangent();
            return () -> {
                Variable y = run.forward();
                y.backward(cotangent);
                List<Tensor> results = new ArrayList<>();
                results.add(y.data());
                results.addAll(run.gradients());
                return results;
            };
        });
    }
}
