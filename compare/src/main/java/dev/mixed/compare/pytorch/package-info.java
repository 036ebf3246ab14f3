// SPDX-License-Identifier: Apache-2.0
/** PyTorch in a Python process. */
@NullMarked
package dev.mixed.compare.pytorch;

import org.jspecify.annotations.NullMarked;
