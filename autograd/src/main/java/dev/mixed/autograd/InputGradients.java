// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import dev.mixed.engine.Tensor;

/** Where an op's backward puts the gradients of its inputs, which are numbered as they were given to {@link Variable#result}. */
public interface InputGradients {
    /** Whether anybody asks for the gradient of input {@code index}; if not, nothing need be computed for it. */
    boolean needs(int index);

    /** Adds a gradient that was computed for this input alone; it may be changed from here on. */
    void add(int index, Tensor gradient);

    /** Adds a gradient that others use too, such as the output's gradient itself; it is not changed as long as they do. */
    void addShared(int index, Tensor gradient);

    /** Lets a kernel write, or add, the gradient where it is gathered, which saves a pass over a large weight's gradient. */
    void into(int index, Writer writer);

    /** A kernel that computes a gradient into a given tensor. */
    @FunctionalInterface
    interface Writer {
        /**
         * Computes the gradient into {@code target}.
         *
         * @param target     of the input's shape; F32 if the input is a rounded copy, whatever its type
         * @param accumulate false: overwrite the target, whose content is undefined; true: add to it
         */
        void write(Tensor target, boolean accumulate);
    }
}
