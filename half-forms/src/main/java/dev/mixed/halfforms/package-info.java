// SPDX-License-Identifier: Apache-2.0
/** The annotation processor that writes kernels on half storage from those on float storage. */
@NullMarked
package dev.mixed.halfforms;

import org.jspecify.annotations.NullMarked;
