// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import dev.mixed.autograd.nn.Module;
import dev.mixed.engine.Shape;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Weights as a formula of name and index, which {@code make_parity.py} has too: so a fixture need not hold them.
 *
 * <p>Layer norms' weights are 1 + 0.1 noise, other vectors 0.05 noise, matrices 0.08 noise, and the padding's embedding is 0.
 */
public final class FormulaWeights {
    private FormulaWeights() {
    }

    /** Writes a model's weights. */
    public static void write(Module model) {
        model.namedParameters().forEach((name, p) -> p.data().write(of(name, p.shape())));
    }

    /** A parameter's weights. */
    static float[] of(String name, Shape shape) {
        double[] noise = noise(name, shape.elements());
        float[] values = new float[noise.length];
        for (int i = 0; i < values.length; i++) {
            double v = name.endsWith("LayerNorm.weight") ? 1 + 0.1 * noise[i] : (shape.rank() == 1 ? 0.05 : 0.08) * noise[i];
            values[i] = name.endsWith("word_embeddings.weight") && i < shape.last() ? 0f : (float) v;
        }
        return values;
    }

    /** Numbers in [-1, 1): MurmurHash3's finalizer over index + checksum of the name, its upper 24 bits as a fraction. */
    public static double[] noise(String name, int count) {
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            int x = i + (int) checksum.getValue();
            x = (x ^ x >>> 16) * 0x85EBCA6B;
            x = (x ^ x >>> 13) * 0xC2B2AE35;
            x ^= x >>> 16;
            values[i] = (x >>> 8) * 0x1p-23 - 1;
        }
        return values;
    }
}
