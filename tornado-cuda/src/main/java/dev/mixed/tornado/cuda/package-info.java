// SPDX-License-Identifier: Apache-2.0
/**
 * The seam to TornadoVM's backend {@code cuda}: the only package that names classes of its runtime and compiler, and knows their version.
 *
 * <p>{@link dev.mixed.tornado.cuda.Extension#kernels} checks by name all that it relies on; where something differs, it says so in one sentence,
 * and tasks are compiled by TornadoVM's own API.
 */
@NullMarked
package dev.mixed.tornado.cuda;

import org.jspecify.annotations.NullMarked;
