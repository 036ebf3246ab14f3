/** Ops that move elements and compute none. */
@NullMarked
package dev.mixed.engine.ops.shape;

import org.jspecify.annotations.NullMarked;
