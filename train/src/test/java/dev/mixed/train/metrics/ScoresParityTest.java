// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** All scores are those of scikit-learn and SciPy, and of entities those of an independent formula, to 1e-12; {@code metrics/make_fixtures.py} says how the fixture was made. */
class ScoresParityTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static int[] ints(JsonNode array) {
        return MAPPER.convertValue(array, int[].class);
    }

    private static List<List<String>> tags(JsonNode lists) {
        return MAPPER.convertValue(lists, new TypeReference<>() {});
    }

    private static Scores scores(JsonNode c) {
        return switch (c.get("task").textValue()) {
            case "classification" -> {
                double[][] probabilities = MAPPER.convertValue(c.get("probabilities"), double[][].class);
                List<String> labels = IntStream.range(0, probabilities[0].length).mapToObj(i -> "class " + i).toList();
                ClassificationMetrics metrics = ClassificationMetrics.of(labels, ints(c.get("truth")), ints(c.get("predicted")), probabilities);
                assertArrayEquals(MAPPER.convertValue(c.get("confusion"), int[][].class), metrics.confusion());
                yield metrics;
            }
            case "regression" -> RegressionMetrics.of(MAPPER.convertValue(c.get("truth"), double[].class),
                    MAPPER.convertValue(c.get("predicted"), double[].class));
            case "tokens" -> TagMetrics.of(true, tags(c.get("truth")), tags(c.get("predicted")));
            case "multilabel" -> {
                int[][] truth = MAPPER.convertValue(c.get("truth"), int[][].class);
                boolean[][] has = new boolean[truth.length][truth[0].length];
                for (int i = 0; i < has.length; i++) {
                    for (int l = 0; l < has[i].length; l++) {
                        has[i][l] = truth[i][l] == 1;
                    }
                }
                yield MultiLabelMetrics.of(IntStream.range(0, truth[0].length).mapToObj(i -> "label " + i).toList(), has,
                        MAPPER.convertValue(c.get("probabilities"), double[][].class), c.get("threshold").doubleValue());
            }
            default -> throw new IllegalArgumentException(c.toString());
        };
    }

    @Test
    void everyScoreAgrees() throws IOException {
        JsonNode cases;
        try (InputStream in = ScoresParityTest.class.getResourceAsStream("/metrics/scores.json")) {
            cases = MAPPER.readTree(in);
        }
        Set<String> tasks = new HashSet<>();
        List<String> wrong = new ArrayList<>();
        for (JsonNode c : cases) {
            tasks.add(c.get("task").textValue());
            Map<String, Double> all = scores(c).all();
            Set<String> expected = new HashSet<>();
            for (Map.Entry<String, JsonNode> score : c.get("scores").properties()) {
                expected.add(score.getKey());
                Double actual = all.get(score.getKey());
                double value = score.getValue().doubleValue();
                if (actual == null || !(Math.abs(actual - value) <= 1e-12 * Math.max(1, Math.abs(value)))) {
                    wrong.add(c.get("task").textValue() + " " + score.getKey() + ": " + actual + " instead of " + value);
                }
            }
            assertEquals(expected, all.keySet(), "every score is compared");
        }
        assertEquals(List.of(), wrong);
        assertEquals(Set.of("classification", "regression", "multilabel", "tokens"), tasks);
    }
}
