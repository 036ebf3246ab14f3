// SPDX-License-Identifier: Apache-2.0
/** What a kernel context does when kernels run on the JVM. */
@NullMarked
package dev.mixed.tornado.context;

import org.jspecify.annotations.NullMarked;
