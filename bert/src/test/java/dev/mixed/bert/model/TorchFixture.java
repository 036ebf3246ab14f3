package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.checkpoint.SafetensorsFile;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.data.Batch;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What PyTorch and transformers computed for a small BERT; {@code make_fixtures.py} beside the files says how. */
public final class TorchFixture implements AutoCloseable {
    /** Learning rates of the three steps. */
    public static final float[] RATES = {1e-3f, 7e-4f, 4e-4f};
    /** Weight decay of the matrices. */
    public static final float DECAY = 0.01f;
    /** Largest norm of the gradients. */
    public static final float CLIP = 0.5f;
    private static final int BATCH = 4;
    private static final int SEQ = 7;

    private final SafetensorsFile file;
    private final BertConfig config;

    private TorchFixture(String name, String activation, List<String> labels) {
        try {
            file = SafetensorsFile.open(Path.of(TorchFixture.class.getResource("/model/" + name + ".safetensors").toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
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

    /** The batch that it computed on. */
    public Batch batch() {
        float[] weights = new float[BATCH];
        Arrays.fill(weights, 1f);
        return new Batch(BATCH, SEQ, BATCH, file.ints("input_ids"), file.ints("attention_mask"), file.ints("token_type_ids"), file.ints("labels"),
                weights, new int[] {0, 1, 2, 3});
    }

    /** Writes the initial weights into a model. */
    public void load(BertForSequenceClassification model) {
        model.namedParameters().forEach((name, p) -> p.data().write(file.floats("before." + name)));
    }

    /** One of the tensors, row by row. */
    public float[] floats(String name) {
        return file.floats(name);
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
