/** Tensors, kernels, recorded programs, devices and memory planning. */
@NullMarked
package dev.mixed.engine;

import org.jspecify.annotations.NullMarked;
