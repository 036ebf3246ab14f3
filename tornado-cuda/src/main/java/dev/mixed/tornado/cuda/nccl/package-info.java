// SPDX-License-Identifier: Apache-2.0
/** NVIDIA's library of collectives between GPUs, NCCL, called through {@code java.lang.foreign} on the memory and in the order of TornadoVM's programs. */
@NullMarked
package dev.mixed.tornado.cuda.nccl;

import org.jspecify.annotations.NullMarked;
