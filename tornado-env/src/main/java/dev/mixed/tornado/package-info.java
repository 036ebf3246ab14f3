// SPDX-License-Identifier: Apache-2.0
/** Task graphs of TornadoVM run on the JVM: devices, transfers and tasks. */
@NullMarked
package dev.mixed.tornado;

import org.jspecify.annotations.NullMarked;
