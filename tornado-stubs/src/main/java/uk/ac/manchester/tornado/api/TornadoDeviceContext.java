// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** A device as its backend sees it. */
public interface TornadoDeviceContext {
}
