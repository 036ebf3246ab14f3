// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

/**
 * A CUDA graph that TornadoVM has captured.
 *
 * @param handle  the driver's, of the graph that can be launched
 * @param context the driver's, in which it was captured
 */
record CapturedGraph(long handle, long context) {
}
