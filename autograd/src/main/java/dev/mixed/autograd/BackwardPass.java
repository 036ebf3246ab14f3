// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;

/** One walk through the graph, from a root back to its leaves. */
final class BackwardPass {
    private final PriorityQueue<Node> ready = new PriorityQueue<>(Comparator.comparingLong(Node::sequence).reversed());
    private final Map<Node, Gathered> gathered = new HashMap<>();

    private BackwardPass() {
    }

    static void run(Variable root, Tensor gradient) {
        BackwardPass pass = new BackwardPass();
        pass.addTo(root, gradient, false);
        while (!pass.ready.isEmpty()) {
            Node node = pass.ready.poll();
            // Every op that uses this one's output is newer, so it has been visited: the gradient is complete.
            Tensor dy = Objects.requireNonNull(pass.gathered.remove(node), "an op is ready with its gradient").gradient;
            Backward backward = node.takeBackward();
            backward.apply(dy, pass.new Inputs(node.op(), node.takeInputs()));
        }
    }

    private void addTo(Variable variable, Tensor gradient, boolean owned) {
        if (variable.isLeaf()) {
            addToLeaf(variable, gradient);
            return;
        }
        Gathered sum = gathered.get(creator(variable));
        if (sum != null && sum.owned) {
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
            sum.gradient = gradient;
            sum.owned = true;
        } else {
            sum.gradient = Elementwise.add(sum.gradient, gradient);
            sum.owned = true;
        }
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
        if (sum != null && sum.owned) {
            writer.write(sum.gradient, true);
        } else {
            Tensor gradient = variable.data().emptyLike();
            writer.write(gradient, false);
            addTo(variable, gradient, true);
        }
    }

    private void enqueue(Variable variable, Tensor gradient, boolean owned) {
        Node creator = creator(variable);
        gathered.put(creator, new Gathered(gradient, owned));
        ready.add(creator);
    }

    private static Node creator(Variable variable) {
        return Objects.requireNonNull(variable.creator(), "only a leaf has no op behind it");
    }

    /** The sum so far of an op's output gradient; {@code owned}: no one else holds the tensor, so it may be added to in place. */
    private static final class Gathered {
        private Tensor gradient;
        private boolean owned;

        Gathered(Tensor gradient, boolean owned) {
            this.gradient = gradient;
            this.owned = owned;
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
