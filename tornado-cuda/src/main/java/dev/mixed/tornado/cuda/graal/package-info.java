// SPDX-License-Identifier: Apache-2.0
/** How TornadoVM's compiler is taught intrinsics: one plugin, one node, one instruction for all of them. */
@NullMarked
package dev.mixed.tornado.cuda.graal;

import org.jspecify.annotations.NullMarked;
