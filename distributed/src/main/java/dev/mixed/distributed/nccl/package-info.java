// SPDX-License-Identifier: Apache-2.0
/** Collectives between GPUs, by NVIDIA's NCCL. */
@NullMarked
package dev.mixed.distributed.nccl;

import org.jspecify.annotations.NullMarked;
