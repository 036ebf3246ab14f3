// SPDX-License-Identifier: Apache-2.0
package dev.mixed.halfforms;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A {@code FloatArray} parameter of a kernel, or of a kernel's helper, that is a {@code HalfFloatArray} in the method's half form.
 *
 * <p>The compiler writes that form: for the methods of a class {@code Gelu} with such parameters, a class {@code GeluHalf} beside it has methods
 * of the same names. Their text is that of the float form, but for the annotated arrays: what is read from one is converted to float, and what is
 * stored in one is rounded to half, to nearest even. All arithmetic between stays in float. Parameters without the annotation keep their type.
 *
 * <p>What the method uses of its class must not be private, since the half form stands in another class.
 */
@Retention(RetentionPolicy.SOURCE)
@Target(ElementType.PARAMETER)
public @interface AlsoHalf {
}
