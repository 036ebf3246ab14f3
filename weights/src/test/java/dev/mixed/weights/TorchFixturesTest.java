// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Awkward tensors as PyTorch itself saves them; {@code make_fixtures.py} beside the files made them. */
class TorchFixturesTest {

    @ParameterizedTest
    @ValueSource(strings = {"zip", "legacy"})
    void viewsAndTypes(String form) throws Exception {
        Path path = Path.of(getClass().getResource("/weights/odd").toURI());
        try (TorchFile file = TorchFile.open(path.resolve(form + ".bin"));
                SafetensorsFile expected = SafetensorsFile.open(path.resolve("expected.safetensors"))) {
            assertEquals(20, expected.tensors().size());
            assertEquals(expected.tensors().keySet(), file.tensors().keySet());
            int floats = 0;
            for (TensorInfo info : expected.tensors().values()) {
                assertEquals(info.shape(), file.info(info.name()).shape(), info.name());
                assertEquals(info.type(), file.info(info.name()).type(), info.name());
                if (info.type().isFloat()) {
                    assertArrayEquals(expected.floats(info.name()), file.floats(info.name()), info.name());
                    floats++;
                }
            }
            assertTrue(floats >= 14, floats + " tensors compared");
        }
    }
}
