// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What PyTorch and transformers computed for a small BERT; {@code make_fixtures.py} beside the files says how. */
public final class TorchFixture implements AutoCloseable {
    /** Weight decay of the matrices. */
    public static final float DECAY = 0.01f;
    /** Largest norm of the gradients. */
    public static final float CLIP = 0.5f;
    /** Rows of the batch. */
    public static final int BATCH = 4;
    /** Tokens a row. */
    public static final int SEQ = 7;

    private static final float[] RATES = {1e-3f, 7e-4f, 4e-4f};

    private final SafetensorsFile file;
    private final BertConfig config;

    /** The learning rate of one of the three steps, from 0. */
    public static float rate(int step) {
        return RATES[step];
    }

    private TorchFixture(String name, String activation, List<String> labels) {
        // As a stream: other modules find it in a jar.
        try (InputStream in = TorchFixture.class.getResourceAsStream("/model/" + name + ".safetensors")) {
            file = SafetensorsFile.of(name, MemorySegment.ofArray(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        config = new BertConfig(48, 24, 2, 2, 40, activation, 0, 0, OptionalDouble.of(0), 12, 2, 0.02, 1e-12, 0, labels, List.of("BertModel"), Map.of());
    }

    /** Of the two fixtures, {@code bce} (two classes, exact GELU) or {@code ce} (three classes, GELU by tanh). */
    public static TorchFixture open(String name) {
        return name.equals("bce") ? new TorchFixture(name, "gelu", List.of("no", "yes")) : new TorchFixture(name, "gelu_new", List.of("a", "b", "c"));
    }

    public BertConfig config() {
        return config;
    }

    /** Writes the batch that it computed on, of {@link #BATCH} rows of {@link #SEQ} tokens: {@code input_ids}, {@code attention_mask} and {@code token_type_ids}. */
    public void load(BertInputs inputs) {
        inputs.write(ints("input_ids"), ints("attention_mask"), ints("token_type_ids"));
    }

    /** Writes the initial weights into a model. */
    public void load(BertForSequenceClassification model) {
        model.namedParameters().forEach((name, p) -> p.data().write(file.floats("before." + name)));
    }

    /** One of the tensors, row by row. */
    public float[] floats(String name) {
        return file.floats(name);
    }

    /** One of the tensors of whole numbers, row by row, such as {@code labels}. */
    public int[] ints(String name) {
        return file.ints(name);
    }

    /** Asserts that two tensors differ by no more than 1e-5 of the expected one's norm. */
    public static void assertClose(String name, float[] expected, float[] actual) {
        assertClose(name, expected, actual, 1e-5);
    }

    /** Asserts that two tensors differ, in norm, by no more than {@code tolerance} of the expected one's norm. */
    public static void assertClose(String name, float[] expected, float[] actual, double tolerance) {
        assertEquals(expected.length, actual.length, name);
        double norm = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            norm += (double) expected[i] * expected[i];
            error += Math.pow((double) expected[i] - actual[i], 2);
        }
        double relative = Math.sqrt(error / norm);
        assertTrue(norm > 0 && relative <= tolerance, name + " differs by " + relative + " of its norm, " + Math.sqrt(norm));
    }

    @Override
    public void close() {
        file.close();
    }
}
