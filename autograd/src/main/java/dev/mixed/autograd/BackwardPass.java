// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;

/** One walk through the graph, from a root back to its leaves. */
final class BackwardPass {
    private final PriorityQueue<Node> ready = new PriorityQueue<>(Comparator.comparingLong(Node::sequence).reversed());
    private final Map<Node, Gathered> gathered = new HashMap<>();
    /** How many sums, and ops at work, hold a gradient that was computed in this pass: a sum that alone holds one may add to it in place. */
    private final IdentityHashMap<Buffer, Integer> holders = new IdentityHashMap<>();

    /** Ops up to this number are not this pass's. */
    private final long start;

    private BackwardPass(long start) {
        this.start = start;
    }

    static void run(Variable root, Tensor gradient) {
        run(root, gradient, 0);
    }

    /** @param start the {@link Node#nextSequence} from which on the ops are that it may walk through */
    static void run(Variable root, Tensor gradient, long start) {
        BackwardPass pass = new BackwardPass(start);
        pass.addTo(root, gradient, false);
        while (!pass.ready.isEmpty()) {
            Node node = pass.ready.poll();
            // Every op that uses this one's output is newer, so it has been visited: the gradient is complete.
            Tensor dy = Objects.requireNonNull(pass.gathered.remove(node), "an op is ready with its gradient").gradient;
            Backward backward = node.takeBackward();
            backward.apply(dy, pass.new Inputs(node.op(), node.takeInputs()));
            pass.release(dy);
        }
    }

    private void addTo(Variable variable, Tensor gradient, boolean owned) {
        if (variable.isLeaf()) {
            addToLeaf(variable, gradient);
            return;
        }
        Gathered sum = gathered.get(creator(variable));
        if (sum != null && heldOnce(sum.gradient)) {
            Elementwise.addInto(sum.gradient, gradient);
            return;
        }
        if (gradient.dtype() != variable.dtype()) {
            // The op used a rounded copy of the variable.
            addTo(variable, Cast.to(gradient, variable.dtype()), true);
        } else if (sum == null) {
            enqueue(variable, gradient, owned);
        } else if (owned) {
            Elementwise.addInto(gradient, sum.gradient);
            replace(sum, gradient);
        } else {
            replace(sum, Elementwise.add(sum.gradient, gradient));
        }
    }

    /** Whether a sum is the only holder of its gradient, which therefore may change. */
    private boolean heldOnce(Tensor gradient) {
        return holders.getOrDefault(gradient.buffer(), 0) == 1;
    }

    /** Notes one more holder of a gradient; one that was not computed in this pass for a single input, such as the root's, is held by others for good. */
    private void hold(Tensor gradient, boolean owned) {
        if (owned) {
            holders.merge(gradient.buffer(), 1, Integer::sum);
        } else {
            holders.computeIfPresent(gradient.buffer(), (_, count) -> count + 1);
        }
    }

    private void release(Tensor gradient) {
        Integer count = holders.get(gradient.buffer());
        if (count != null && count > 1) {
            holders.put(gradient.buffer(), count - 1);
        } else {
            holders.remove(gradient.buffer());
        }
    }

    private void replace(Gathered sum, Tensor gradient) {
        release(sum.gradient);
        hold(gradient, true);
        sum.gradient = gradient;
    }

    private static void addToLeaf(Variable leaf, Tensor gradient) {
        leaf.beforeGradient();
        if (leaf.hasGradient()) {
            Elementwise.addInto(leaf.gradientStorage(), gradient);
        } else {
            Elementwise.copyInto(leaf.gradientStorage(), gradient);
        }
        leaf.gradientWritten();
    }

    private void writeInto(Variable variable, InputGradients.Writer writer) {
        if (variable.isLeaf()) {
            variable.beforeGradient();
            writer.write(variable.gradientStorage(), variable.hasGradient());
            variable.gradientWritten();
            return;
        }
        Gathered sum = gathered.get(creator(variable));
        if (sum != null && heldOnce(sum.gradient)) {
            writer.write(sum.gradient, true);
        } else {
            Tensor gradient = variable.data().emptyLike();
            writer.write(gradient, false);
            addTo(variable, gradient, true);
        }
    }

    private void enqueue(Variable variable, Tensor gradient, boolean owned) {
        Node creator = creator(variable);
        if (creator.sequence() < start) {
            throw new IllegalStateException("a checkpointed function uses a variable from " + creator.op()
                    + " that was computed outside of it and is none of its inputs; hand it over as an input");
        }
        hold(gradient, owned);
        gathered.put(creator, new Gathered(gradient));
        ready.add(creator);
    }

    private static Node creator(Variable variable) {
        return Objects.requireNonNull(variable.creator(), "only a leaf has no op behind it");
    }

    /** The sum so far of an op's output gradient. */
    private static final class Gathered {
        private Tensor gradient;

        Gathered(Tensor gradient) {
            this.gradient = gradient;
        }
    }

    private final class Inputs implements InputGradients {
        private final String op;
        private final Variable[] inputs;

        Inputs(String op, Variable[] inputs) {
            this.op = op;
            this.inputs = inputs;
        }

        @Override
        public boolean needs(int index) {
            return inputs[index].requiresGrad();
        }

        @Override
        public void add(int index, Tensor gradient) {
            give(index, gradient, true);
        }

        @Override
        public void addShared(int index, Tensor gradient) {
            give(index, gradient, false);
        }

        private void give(int index, Tensor gradient, boolean owned) {
            if (needs(index)) {
                Variable input = inputs[index];
                gradient.require(op + " backward", input.shape()).require(op + " backward", input.dtype());
                addTo(input.original(), gradient, owned);
            }
        }

        @Override
        public void into(int index, Writer writer) {
            if (needs(index)) {
                writeInto(inputs[index].original(), writer);
            }
        }
    }
}
