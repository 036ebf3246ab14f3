// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;

/**
 * A compiled kernel as it is kept on disk.
 *
 * @param entry  the name of its function
 * @param access what it does with each argument: 0 nothing, 1 reads, 2 writes, 3 both
 * @param domain iterations of each parallel loop, outermost first; empty for a grid kernel
 * @param binary the machine code, a cubin
 */
record StoredKernel(String entry, List<Integer> access, List<Integer> domain, byte[] binary) {
}
