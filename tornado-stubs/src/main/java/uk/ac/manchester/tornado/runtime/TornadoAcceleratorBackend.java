// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime;

import uk.ac.manchester.tornado.api.TornadoBackend;

/** A backend of the runtime. */
public interface TornadoAcceleratorBackend extends TornadoBackend {
}
