// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;

/**
 * One kernel, the sum of two tensors, on the GPU and on the JVM.
 *
 * @param platform  the GPU and the backend that compiled the kernel
 * @param different how many of the {@link #SIZE} sums differ from the JVM's; float sums are exact, so none may
 * @param seconds   from opening the device to the result
 */
record SmokeTest(TornadoPlatform platform, int different, double seconds) {
    static final int SIZE = 1000;

    static SmokeTest run() {
        long start = System.nanoTime();
        try (TornadoDevice gpu = TornadoDevice.open(); Device jvm = JvmDevice.reference()) {
            return new SmokeTest(gpu.platform(), different(sums(gpu), sums(jvm)), (System.nanoTime() - start) / 1e9);
        }
    }

    /** Sums of [SIZE] numbers, none of which is 0: memory that no kernel wrote does not pass. */
    static float[] sums(Device device) {
        float[] a = new float[SIZE];
        float[] b = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            a[i] = 1 + i / 7f;
            b[i] = 2 + i / 11f;
        }
        return Elementwise.add(Tensor.of(device, Shape.of(SIZE), a), Tensor.of(device, Shape.of(SIZE), b)).toFloats();
    }

    static int different(float[] a, float[] b) {
        int count = 0;
        for (int i = 0; i < SIZE; i++) {
            if (a[i] != b[i]) {
                count++;
            }
        }
        return count;
    }
}
