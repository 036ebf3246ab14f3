// SPDX-License-Identifier: Apache-2.0
/** Programs on the JVM: on the cores of this machine, with the Vector API. */
@NullMarked
package dev.mixed.engine.jvm;

import org.jspecify.annotations.NullMarked;
