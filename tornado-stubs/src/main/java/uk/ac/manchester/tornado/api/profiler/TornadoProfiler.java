// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.profiler;

/** Takes the times of tasks. */
public interface TornadoProfiler {
}
