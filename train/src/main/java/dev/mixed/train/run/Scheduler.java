// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

/** The learning rate over a run: the values of {@code --scheduler}, under the names that transformers has for them. */
public enum Scheduler {
    /** A straight line down to 0. */
    LINEAR,
    /** Half a wave of a cosine, down to 0, or another number of them. */
    COSINE,
    /** Down to 0 along a cosine, again and again from the top. */
    COSINE_WITH_RESTARTS,
    /** Down to nearly 0 by a power of what is left. */
    POLYNOMIAL,
    /** As it is, from the first step on. */
    CONSTANT,
    /** As it is, after the warm-up. */
    CONSTANT_WITH_WARMUP,
    /** By one over the root of the number of steps. */
    INVERSE_SQRT
}
