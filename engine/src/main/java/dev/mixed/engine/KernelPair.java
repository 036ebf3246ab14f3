// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/**
 * One formula's kernels on float and on half storage, with the same arguments.
 *
 * @param f32 works on F32
 * @param f16 works on F16; statistics and parameters may be F32 in both
 */
public record KernelPair(Kernel f32, Kernel f16) {
    /** {@link Kernel#named} for both. */
    public KernelPair named(Class<? extends Record> view) {
        f32.named(view);
        f16.named(view);
        return this;
    }

    /**
     * The kernel for elements of this type.
     *
     * @throws IllegalArgumentException for a type that is neither F32 nor F16
     */
    public Kernel of(DType dtype) {
        return switch (dtype) {
            case F32 -> f32;
            case F16 -> f16;
            case I32 -> throw new IllegalArgumentException(f32.name() + " has no form for elements of type " + dtype);
        };
    }

    /** Whether this is one of the two. */
    public boolean has(Kernel kernel) {
        return kernel == f32 || kernel == f16;
    }
}
