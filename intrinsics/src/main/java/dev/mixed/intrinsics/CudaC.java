// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The CUDA C that stands for a call of a static method in a kernel.
 *
 * <p>In {@link #value}, {@code $0}, {@code $1}, ... are the arguments, {@code $r} is the result, and {@code $h} the number of bytes before the first
 * element of a native array. {@code @{n|separator|text}} is {@code text}, n times, with {@code #} counted from 0; n is a number or a constant argument.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface CudaC {
    /** One statement, without its last semicolon. */
    String value();

    /** The native arrays, by their position among the arguments, that are written; others are read. */
    int[] writes() default {};

    /** What the instruction needs. */
    Capability needs() default Capability.SM_75;
}
