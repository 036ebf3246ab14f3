// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a model that gives each text a vector was made for: the object {@value #KEY} of its {@code config.json}, which {@code transformers} leaves alone.
 *
 * @param pooling   how a text's vectors become one
 * @param normalize whether vectors are to have a length of 1
 * @param loss      by which it is trained
 * @param low       the score of texts that have nothing in common, which is learned as 0
 * @param high      the score of texts that say the same, which is learned as 1
 */
public record VectorSettings(Pooling pooling, boolean normalize, Loss loss, double low, double high) {
    /** Name of the object. */
    public static final String KEY = "mixed_embeddings";

    /** What is learned of a pair of texts. */
    public enum Loss {
        /** That the cosine of their vectors is their score. */
        COSINE,
        /** That the second one belongs to the first one, rather than those of the other pairs of the batch. */
        CONTRASTIVE
    }

    /** Refuses a range without numbers in it. */
    public VectorSettings {
        if (!(low < high) || !Double.isFinite(low) || !Double.isFinite(high)) {
            throw new IllegalArgumentException("scores must lie between two numbers, the lower one first, not " + low + " and " + high);
        }
    }

    /** Scores that are cosines already. */
    public VectorSettings(Pooling pooling, boolean normalize, Loss loss) {
        this(pooling, normalize, loss, 0, 1);
    }

    /** A {@link UserException}, without the file's name, where the object is none of miXed's. */
    static VectorSettings of(JsonNode json) {
        JsonNode scores = json.path("scores");
        boolean ordered = scores.size() == 2 && scores.path(0).isNumber() && scores.path(1).isNumber()
                && scores.path(0).doubleValue() < scores.path(1).doubleValue();
        if (!json.path("normalize").isBoolean() || !ordered) {
            throw new UserException(KEY + " must say whether to 'normalize', and between which two numbers 'scores' lie, not " + Brief.of(json.toString())
                    + "; restore it, or delete it.");
        }
        return new VectorSettings(constant(Pooling.class, json, "pooling"), json.path("normalize").booleanValue(), constant(Loss.class, json, "loss"),
                scores.path(0).doubleValue(), scores.path(1).doubleValue());
    }

    private static <E extends Enum<E>> E constant(Class<E> type, JsonNode json, String field) {
        return Arrays.stream(type.getEnumConstants()).filter(c -> name(c).equals(json.path(field).asText())).findFirst()
                .orElseThrow(() -> new UserException(KEY + " must have as '" + field + "' one of "
                        + String.join(", ", Arrays.stream(type.getEnumConstants()).map(VectorSettings::name).toList()) + ", not "
                        + Brief.of(json.path(field).toString()) + "; restore it, or delete " + KEY + "."));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** The object. */
    ObjectNode toJson() {
        ObjectNode json = JsonFile.object().put("pooling", name(pooling)).put("normalize", normalize).put("loss", name(loss));
        ArrayNode scores = json.putArray("scores");
        scores.add(low);
        scores.add(high);
        return json;
    }
}
