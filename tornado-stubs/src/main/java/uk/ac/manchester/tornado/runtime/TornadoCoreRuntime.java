// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime;

import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;

/** The runtime. */
public abstract class TornadoCoreRuntime implements TornadoRuntime {
    TornadoCoreRuntime() {
    }

    public static TornadoCoreRuntime getTornadoRuntime() {
        throw new UnsupportedOperationException();
    }

    public <D extends TornadoBackend> D getBackend(Class<D> type) {
        throw new UnsupportedOperationException();
    }
}
