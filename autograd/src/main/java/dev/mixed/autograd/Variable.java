// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that remembers how it was computed, so that {@link #backward} can find the gradients of all leaves behind it.
 *
 * <p>Leaves are made by {@link #leaf} (their gradient is wanted) or {@link #constant} (it is not); all others come from ops. A leaf's
 * gradient is a persistent F32 tensor of its own, which backward passes add to until {@link #zeroGrad}.
 */
public class Variable {
    private final Tensor data;
    private final @Nullable Node creator;
    private boolean requiresGrad;
    private final Variable original;
    private @Nullable Tensor gradientStorage;
    private boolean hasGradient;
    /** The thread whose backward pass wrote the gradient, until an optimizer has used it. */
    private @Nullable Thread gradientBy;
    /** The thread whose gradient another one forgot before it was used. */
    private @Nullable Thread gradientLost;
    private float gradientLimit = Float.MAX_VALUE;

    private Variable(Tensor data, @Nullable Node creator, boolean requiresGrad, @Nullable Variable original) {
        this.data = data;
        this.creator = creator;
        this.requiresGrad = requiresGrad;
        this.original = original == null ? this : original;
    }

    /** A leaf, for {@link Parameter}. */
    protected Variable(Tensor data) {
        this(checkLeaf(data), null, true, null);
    }

    private static Tensor checkLeaf(Tensor data) {
        if (!data.dtype().isFloating()) {
            throw new IllegalArgumentException("only floating tensors have gradients, not one of type " + data.dtype());
        }
        return data;
    }

    /** A variable whose gradient is wanted. */
    public static Variable leaf(Tensor data) {
        return new Variable(data);
    }

    /** A variable whose gradient is not wanted: an input, a mask, labels. */
    public static Variable constant(Tensor data) {
        return new Variable(data, null, false, null);
    }

    /**
     * The result of an op.
     *
     * @param op       the op's name, for error messages
     * @param data     the value
     * @param backward the op's backward, kept only if a gradient of an input is wanted and gradients are not off
     * @param inputs   the op's inputs, in the order that {@code backward} numbers them
     */
    public static Variable result(String op, Tensor data, Backward backward, Variable... inputs) {
        boolean wanted = false;
        for (Variable input : inputs) {
            wanted |= input.requiresGrad;
        }
        if (!wanted || NoGrad.active()) {
            return constant(data);
        }
        return new Variable(data, new Node(op, backward, inputs), true, null);
    }

    /** The result of an op whose gradient is wanted, whatever its inputs. */
    static Variable computed(String op, Tensor data, Backward backward, Variable... inputs) {
        return new Variable(data, new Node(op, backward, inputs), true, null);
    }

    /**
     * The value of another variable, rounded to a narrower type: a half copy of a weight, say.
     *
     * <p>Such a copy has no gradient of its own. What ops that use it compute goes straight into the original's gradient, in the original's type,
     * so nothing is rounded on the way there and no copy of a large gradient is made.
     *
     * @param data the original's value in the narrower type
     */
    public static Variable rounded(Variable original, Tensor data) {
        data.require("rounded", original.shape());
        if (!data.dtype().isFloating() || data.dtype().bytes() >= original.dtype().bytes()) {
            throw new IllegalArgumentException("a rounded copy of " + original.dtype() + " needs a narrower type, not " + data.dtype());
        }
        return new Variable(data, original.creator, original.requiresGrad, original.original);
    }

    public Tensor data() {
        return data;
    }

    public Shape shape() {
        return data.shape();
    }

    public DType dtype() {
        return data.dtype();
    }

    public Device device() {
        return data.device();
    }

    /** Whether backward passes compute a gradient for this variable. */
    public boolean requiresGrad() {
        return requiresGrad;
    }

    /** Decides whether backward passes compute a gradient for this leaf, in what is computed from here on. */
    protected final void requireGrad(boolean wanted) {
        if (!isLeaf()) {
            throw new IllegalStateException("only of a leaf is it said whether its gradient is wanted, not of what an op computed");
        }
        requiresGrad = wanted;
        if (!wanted) {
            zeroGrad();
        }
    }

    /** Whether this variable was made by the user and not by an op; a rounded copy of such a one was not. */
    @SuppressWarnings("ReferenceEquality") // a variable is equal to itself alone
    public boolean isLeaf() {
        return creator == null && original == this;
    }

    /** The same value, cut off from how it was computed. */
    public Variable detach() {
        return constant(data);
    }

    /** A leaf's gradient, F32, of this shape; null before the first backward pass and after {@link #zeroGrad}. */
    public @Nullable Tensor grad() {
        return hasGradient ? gradientStorage : null;
    }

    /** Forgets a leaf's gradient, as PyTorch's {@code zero_grad(set_to_none=True)}: the next backward pass overwrites it. */
    public void zeroGrad() {
        if (hasGradient && ofOtherActive(gradientBy)) {
            gradientLost = gradientBy;
        }
        hasGradient = false;
        gradientBy = null;
    }

    /**
     * Hands the gradient to an optimizer; refused where it is none of the calling thread's, because another thread trains on the same leaves meanwhile.
     *
     * @throws IllegalStateException names both threads
     */
    public void takeGradient() {
        Thread current = Thread.currentThread();
        Thread other = ofOtherActive(gradientBy) ? gradientBy : null;
        if (other != null || gradientLost == current) {
            throw mixed(other);
        }
        gradientBy = null;
    }

    @SuppressWarnings("ReferenceEquality") // a thread is one object
    private static boolean ofOtherActive(@Nullable Thread thread) {
        if (thread == null || thread == Thread.currentThread()) {
            return false;
        }
        Thread.State state = thread.getState();
        return state == Thread.State.RUNNABLE || state == Thread.State.BLOCKED;
    }

    private static IllegalStateException mixed(@Nullable Thread other) {
        return new IllegalStateException("the thread '" + Thread.currentThread().getName() + "' found the gradient of "
                + (other == null ? "another thread" : "the thread '" + other.getName() + "'")
                + " where its own should be; train in one thread at a time, or give each thread a device and a model of its own");
    }

    /** The largest magnitude of an element of a leaf's gradient that counts as finite: float's own largest unless {@link #limitGradient} lowered it. */
    public float gradientLimit() {
        return gradientLimit;
    }

    /**
     * Lets elements of a leaf's gradient beyond a limit count as infinite to whoever looks for overflows, though its F32 storage holds them: as where
     * another engine would have stored them in half.
     */
    public void limitGradient(float limit) {
        gradientLimit = limit;
    }

    /** Backward pass from a scalar. */
    public void backward() {
        if (shape().elements() != 1) {
            throw new IllegalArgumentException("backward() without a gradient needs a scalar, not a tensor of shape " + shape());
        }
        backward(Elementwise.fill(device(), shape(), dtype(), 1f));
    }

    /**
     * Adds d(this · gradient)/d(leaf) to the gradient of every leaf behind this variable, and frees the graph.
     *
     * @param gradient of this variable's shape and type
     */
    public void backward(Tensor gradient) {
        gradient.require("backward", shape()).require("backward", dtype());
        if (!requiresGrad) {
            throw new IllegalStateException(
                    "backward() on a variable that no gradient flows to: no leaf behind it requires one, or it was computed under NoGrad");
        }
        try (Device.Use _ = device().use()) {
            BackwardPass.run(original, gradient);
        }
    }

    /** The op that computed this variable; null for a leaf. */
    @Nullable
    Node creator() {
        return creator;
    }

    /** The variable whose gradient this one's is: itself, unless it is a rounded copy. */
    Variable original() {
        return original;
    }

    /** The leaf's own gradient tensor, made when first needed. */
    Tensor gradientStorage() {
        if (gradientStorage == null) {
            gradientStorage = Tensor.zeros(device(), shape(), DType.F32);
        }
        return gradientStorage;
    }

    /** Makes the gradients' tensors of leaves of one device together, which takes less time than each when it is first needed. */
    public static void reserveGradients(Collection<? extends Variable> leaves) {
        List<Variable> without = new ArrayList<>(leaves);
        without.removeIf(leaf -> leaf.gradientStorage != null);
        if (without.isEmpty()) {
            return;
        }
        List<Tensor> zeros = Tensor.zeros(without.getFirst().device(), without.stream().map(Variable::shape).toList(), DType.F32);
        for (int i = 0; i < zeros.size(); i++) {
            without.get(i).gradientStorage = zeros.get(i);
        }
    }

    boolean hasGradient() {
        return hasGradient;
    }

    /** Refuses to add to a gradient that another thread, at work still, has written. */
    void beforeGradient() {
        if (hasGradient && ofOtherActive(gradientBy)) {
            throw mixed(gradientBy);
        }
    }

    @SuppressWarnings("ReferenceEquality") // a thread is one object
    void gradientWritten() {
        hasGradient = true;
        gradientBy = Thread.currentThread();
        if (gradientLost == gradientBy) {
            gradientLost = null;
        }
    }

    @Override
    public String toString() {
        return data + (creator == null ? "" : " from " + creator.op());
    }
}
