// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;
import java.util.SplittableRandom;

/** Kernels whose bytes follow from a number. */
final class Samples {
    private Samples() {
    }

    static StoredKernel kernel(int number) {
        byte[] binary = new byte[100 + number % 50];
        new SplittableRandom(number).nextBytes(binary);
        return new StoredKernel("entry" + number, List.of(1, 3, 0), List.of(512, 7), binary);
    }
}
