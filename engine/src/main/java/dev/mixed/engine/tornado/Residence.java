// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** One array on the device: where its memory comes from, and which of the two copies is newer. */
final class Residence {
    final TornadoNativeArray array;
    final StorageGraph storage;
    /** The host wrote its copy since it was last uploaded. */
    boolean hostNewer;
    /** A kernel wrote the device's copy since it was last downloaded. */
    boolean deviceNewer;

    Residence(TornadoNativeArray array, StorageGraph storage) {
        this.array = array;
        this.storage = storage;
    }

    long bytes() {
        return array.getNumBytesOfSegmentWithHeader();
    }
}
