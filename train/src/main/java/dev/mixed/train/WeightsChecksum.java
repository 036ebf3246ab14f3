// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;

/** A number by which two copies of a model are known to have the same weights, to the bit. */
final class WeightsChecksum {
    private static final int PIECE = 1 << 20;

    private WeightsChecksum() {
    }

    /** Of all parameters in their order, with their names and shapes. */
    static String of(SequenceModel model) {
        CRC32C checksum = new CRC32C();
        for (Map.Entry<String, Tensor> entry : model.stateDict().entrySet()) {
            checksum.update((entry.getKey() + entry.getValue().shape()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            if (entry.getValue().dtype() == DType.F32) {
                entry.getValue().readInPlace(values -> {
                    for (long at = 0; at < values.byteSize(); at += PIECE) {
                        ByteBuffer piece = values.asSlice(at, Math.min(PIECE, values.byteSize() - at)).asByteBuffer();
                        checksum.update(piece);
                    }
                });
            }
        }
        return Long.toHexString(checksum.getValue());
    }
}
