// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.List;

/** Files of safetensors in memory. */
public final class SafetensorsBytes {
    private SafetensorsBytes() {
    }

    /** What {@link SafetensorsWriter} writes of these tensors. */
    public static byte[] of(List<TensorSource> tensors) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            SafetensorsWriter.write(Channels.newChannel(out), tensors, SafetensorsWriter.PYTORCH);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
