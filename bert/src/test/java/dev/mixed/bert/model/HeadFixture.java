// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.engine.Device;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model as transformers saved it, with what it computes from a batch of {@link #BATCH} rows of {@link #SEQ} tokens; {@code heads/make_fixtures.py} says
 * how. Its folder is {@code folder()}, copied out of the resources.
 */
public final class HeadFixture implements AutoCloseable {
    /** Rows of the batch. */
    public static final int BATCH = 4;
    /** Tokens a row. */
    public static final int SEQ = 7;

    private final SafetensorsFile expected;
    private final Path folder;

    private HeadFixture(SafetensorsFile expected, Path folder) {
        this.expected = expected;
        this.folder = folder;
    }

    /**
     * Opens a fixture.
     *
     * @param name   such as classification
     * @param parent folder that its files are copied into
     */
    public static HeadFixture open(String name, Path parent) {
        Path folder = parent.resolve(name);
        try {
            Files.createDirectories(folder);
            for (String file : new String[] {"config.json", "model.safetensors", "expected.safetensors"}) {
                try (InputStream in = HeadFixture.class.getResourceAsStream("/heads/" + name + "/" + file)) {
                    Files.write(folder.resolve(file), in.readAllBytes());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new HeadFixture(SafetensorsFile.open(folder.resolve("expected.safetensors")), folder);
    }

    /** Folder of the model. */
    public Path folder() {
        return folder;
    }

    /** The batch's inputs on a device. */
    public BertInputs inputs(Device device) {
        BertInputs inputs = BertInputs.create(device, BATCH, SEQ);
        inputs.write(ints("input_ids"), ints("attention_mask"), ints("token_type_ids"));
        return inputs;
    }

    /** What the library computed, such as {@code logits} or {@code grad.classifier.bias}. */
    public float[] floats(String name) {
        return expected.floats(name);
    }

    /** Whole numbers, such as {@code input_ids}. */
    public int[] ints(String name) {
        return expected.ints(name);
    }

    /** Whether there is a tensor of this name. */
    public boolean has(String name) {
        return expected.tensors().containsKey(name);
    }

    @Override
    public void close() {
        expected.close();
    }
}
