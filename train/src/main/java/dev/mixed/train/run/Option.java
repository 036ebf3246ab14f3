// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The one row that describes an option. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
@interface Option {
    String name();

    /** Other names that a configuration file may use, those of Hugging Face's training scripts first of all. */
    String[] also() default {};

    /** The default as a user would type it; empty for an option that need not have a value. */
    String value() default "";

    double min() default 0;

    boolean aboveMin() default false;

    double max() default 0;

    boolean belowMax() default false;

    /** Whether the word {@code auto}, which stands for {@link BatchOptions#AUTO}, may take the place of a whole number. */
    boolean orAuto() default false;

    String help();
}
