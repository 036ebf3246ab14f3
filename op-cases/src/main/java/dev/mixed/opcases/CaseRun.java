// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A case set up on a device: tensors for its inputs, forward and backward over them. */
public final class CaseRun {
    static final long SEED = 20;

    private final OpCase opCase;
    private final Device device;
    private final boolean inner;
    private final Tensor[] tensors;
    private final @Nullable Variable[] leaves;
    private final RandomState random;
    private @Nullable Tensor cotangent;

    /**
     * A case whose inputs hold zeros so far.
     *
     * @param half  store variables as F16
     * @param inner give the op results of another op instead of leaves, so that its gradients are gathered on the way and not in a leaf
     */
    public CaseRun(OpCase opCase, Device device, boolean half, boolean inner) {
        this.opCase = opCase;
        this.device = device;
        this.inner = inner;
        this.random = new RandomState(device, SEED);
        List<Input> inputs = opCase.inputs();
        tensors = inputs.stream().map(i -> Tensor.zeros(device, i.shape(), i.dtype(half))).toArray(Tensor[]::new);
        leaves = new @Nullable Variable[tensors.length];
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = inputs.get(i).differentiable() ? Variable.leaf(tensors[i]) : null;
        }
    }

    /** Replaces the inputs' values. */
    public void write(double[][] values) {
        for (int i = 0; i < tensors.length; i++) {
            if (tensors[i].dtype() == DType.I32) {
                tensors[i].write(ints(values[i]));
            } else {
                tensors[i].write(floats(values[i]));
            }
        }
    }

    /** Goes back to the first draw, so that the op makes the same random choices again. */
    void restart() {
        random.restore(SEED, 0);
    }

    /** Calls the op. */
    public Variable forward() {
        return opCase.run(inputs());
    }

    /** The inputs as variables: the leaves, or new results of another op on them. */
    CallArguments inputs() {
        @Nullable Variable[] variables = leaves.clone();
        for (int i = 0; i < variables.length; i++) {
            Variable leaf = leaves[i];
            if (inner && leaf != null) {
                variables[i] = F.reshape(leaf, leaf.shape().toArray());
            }
        }
        return new CallArguments(variables, tensors, random);
    }

    /** The cotangent for a result y, the same values for the same seed. */
    public Tensor cotangent(Variable y, long seed) {
        if (cotangent == null) {
            cotangent = Tensor.zeros(y.device(), y.shape(), y.dtype());
        }
        return cotangent.write(floats(cotangentValues(y.shape().elements(), seed)));
    }

    /** The cotangent as it was last written; where it never was, one of values of its own for the result that the op is going to have. */
    Tensor cotangent() {
        if (cotangent == null) {
            Tensor blank = blankCotangent();
            blank.write(floats(cotangentValues(blank.shape().elements(), 1)));
        }
        return Objects.requireNonNull(cotangent);
    }

    /** The same, but zeros where it was never written. */
    Tensor blankCotangent() {
        if (cotangent == null) {
            // Records the op and computes nothing.
            Program.plan(device, () -> {
                Variable y = forward();
                cotangent = Tensor.zeros(device, y.shape(), y.dtype());
                return List.of();
            });
            restart();
        }
        return Objects.requireNonNull(cotangent, "planning calls the op");
    }

    /** Normally distributed numbers that a half holds exactly. */
    public static double[] cotangentValues(int n, long seed) {
        return Reference.map(Draw.gaussians(new Random(seed), n), v -> Float.float16ToFloat(Float.floatToFloat16((float) v)));
    }

    void zeroGrad() {
        for (Variable leaf : leaves) {
            if (leaf != null) {
                leaf.zeroGrad();
            }
        }
    }

    /** The leaf of an input; null where no gradient is wanted. */
    public @Nullable Variable leaf(int input) {
        return leaves[input];
    }

    /** The gradients of all leaves. */
    List<Tensor> gradients() {
        return Arrays.stream(leaves).filter(Objects::nonNull).map(Variable::grad).toList();
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static int[] ints(double[] values) {
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return ints;
    }
}
