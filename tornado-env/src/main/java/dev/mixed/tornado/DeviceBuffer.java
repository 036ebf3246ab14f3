// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * The device's copy of a host array, which is all that tasks see: a forgotten transfer shows. Before the first copy or write every byte is -1, which
 * makes NaN of every floating-point type.
 */
final class DeviceBuffer {
    private static final byte UNDEFINED = -1;

    private final TornadoNativeArray host;
    private final TornadoNativeArray device;
    private final boolean view;

    DeviceBuffer(TornadoNativeArray host) {
        this.host = host;
        this.device = sameShape(host);
        this.view = false;
        device.getSegment().fill(UNDEFINED);
    }

    private DeviceBuffer(TornadoNativeArray host, TornadoNativeArray device) {
        this.host = host;
        this.device = device;
        this.view = true;
    }

    /** A view of the same device memory for another host array, with elements of that array's type. */
    DeviceBuffer as(TornadoNativeArray other) {
        return new DeviceBuffer(other, other.getClass() == device.getClass() ? device : view(other));
    }

    private TornadoNativeArray view(TornadoNativeArray other) {
        int bytes = other.getElementSize();
        MemorySegment whole = device.getSegmentWithHeader();
        MemorySegment part = whole.asSlice(0, TornadoNativeArray.ARRAY_HEADER + device.getNumBytesOfSegment() / bytes * bytes);
        return switch (other) {
            case FloatArray _ -> FloatArray.fromSegmentShallow(part);
            case HalfFloatArray _ -> HalfFloatArray.fromSegmentShallow(part);
            case IntArray _ -> IntArray.fromSegmentShallow(part);
            case LongArray _ -> LongArray.fromSegmentShallow(part);
            case DoubleArray _ -> DoubleArray.fromSegmentShallow(part);
            case ByteArray _ -> ByteArray.fromSegmentShallow(part);
        };
    }

    private static TornadoNativeArray sameShape(TornadoNativeArray array) {
        int size = array.getSize();
        return switch (array) {
            case FloatArray _ -> new FloatArray(size);
            case HalfFloatArray _ -> new HalfFloatArray(size);
            case IntArray _ -> new IntArray(size);
            case LongArray _ -> new LongArray(size);
            case DoubleArray _ -> new DoubleArray(size);
            case ByteArray _ -> new ByteArray(size);
        };
    }

    TornadoNativeArray device() {
        return device;
    }

    /** Bytes of device memory; 0 for a view, whose memory is counted already. */
    long bytes() {
        return view ? 0 : device.getNumBytesOfSegmentWithHeader();
    }

    /** Copies the host's elements to the device; returns their bytes. */
    long copyIn() {
        device.getSegment().copyFrom(host.getSegment());
        return device.getNumBytesOfSegment();
    }

    /** Copies the device's elements to the host; returns their bytes. */
    long copyOut() {
        host.getSegment().copyFrom(device.getSegment());
        return device.getNumBytesOfSegment();
    }
}
