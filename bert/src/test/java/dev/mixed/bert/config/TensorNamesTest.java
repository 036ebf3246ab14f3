// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class TensorNamesTest {

    private static long parameters(SequencedMap<String, List<Integer>> map) {
        return map.values().stream().mapToLong(s -> s.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b)).sum();
    }

    @Test
    void parametersHaveHuggingFacesNamesAndShapes() {
        SequencedMap<String, List<Integer>> map = TensorNames.all(Preset.TINY.config(1000, List.of("no", "yes")));
        assertEquals(List.of(1000, 128), map.get("bert.embeddings.word_embeddings.weight"));
        assertEquals(List.of(512, 128), map.get("bert.embeddings.position_embeddings.weight"));
        assertEquals(List.of(2, 128), map.get("bert.embeddings.token_type_embeddings.weight"));
        assertEquals(List.of(128), map.get("bert.embeddings.LayerNorm.bias"));
        assertEquals(List.of(128, 128), map.get("bert.encoder.layer.1.attention.self.query.weight"));
        assertEquals(List.of(512, 128), map.get("bert.encoder.layer.0.intermediate.dense.weight"));
        assertEquals(List.of(128, 512), map.get("bert.encoder.layer.0.output.dense.weight"));
        assertEquals(List.of(512), map.get("bert.encoder.layer.0.intermediate.dense.bias"));
        assertEquals(List.of(1, 128), map.get("classifier.weight"));
        assertEquals(List.of(1), map.get("classifier.bias"));
        assertFalse(map.containsKey("bert.encoder.layer.2.output.dense.weight"));
        assertEquals(5 + 2 * 16 + 2, map.size());
        assertEquals("bert.embeddings.word_embeddings.weight", map.firstEntry().getKey());
        assertEquals("classifier.bias", map.lastEntry().getKey());
    }

    @Test
    void baseHasBertsNumberOfParameters() {
        // BertModel of bert-base-uncased has 109482240 parameters, of which the pooler's are 768 * 768 + 768.
        assertEquals(109_482_240 - (768 * 768 + 768), parameters(TensorNames.encoder(Preset.BASE.config(30522, List.of("no", "yes")))));
    }

    @Test
    void momentsHaveTheParametersShapes() {
        SequencedMap<String, List<Integer>> parameters = TensorNames.all(Preset.TINY.config(10, List.of("a", "b", "c")));
        SequencedMap<String, List<Integer>> moments = TensorNames.moments(parameters, "exp_avg", "exp_avg_sq");
        assertEquals(2 * parameters.size(), moments.size());
        assertEquals(List.of(3, 128), moments.get("exp_avg_sq.classifier.weight"));
        assertEquals(List.of(3, 128), moments.get(TensorNames.moment("exp_avg", "classifier.weight")));
    }

    @Test
    void headsOfPretrainingAreUnused() {
        assertTrue(TensorNames.isUnused("cls.predictions.bias"));
        assertTrue(TensorNames.isUnused("bert.pooler.dense.weight"));
        assertTrue(TensorNames.isUnused("bert.embeddings.position_ids"));
        assertFalse(TensorNames.isUnused("classifier.weight"));
    }
}
