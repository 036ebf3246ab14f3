// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchMemoryTest {
    private static final Object[] BENCH = {"bench", "--preset", "tiny", "--batch", 4, "--length", 128, "--vocab-size", 100, "--memory-only"};

    private static JsonNode memory(String... more) throws JsonProcessingException {
        Object[] args = Stream.of(BENCH, new Object[] {"--format", "json"}, more).flatMap(Arrays::stream).toArray();
        return new ObjectMapper().readTree(Cli.run(args).done().out());
    }

    @Test
    void memoryIsSplitByUseForBothPrecisions() throws JsonProcessingException {
        JsonNode memory = memory();
        for (String precision : new String[] {"fp32", "amp"}) {
            JsonNode m = memory.get(precision);
            assertEquals(m.get("weight_bytes").asLong(), m.get("gradient_bytes").asLong());
            assertEquals(2 * m.get("weight_bytes").asLong(), m.get("moment_bytes").asLong());
            assertEquals(m.get("total_bytes").asLong(),
                    4 * m.get("weight_bytes").asLong() + m.get("activation_bytes").asLong());
        }
        assertEquals(memory.get("fp32").get("weight_bytes"), memory.get("amp").get("weight_bytes"));
        assertTrue(memory.get("amp").get("activation_bytes").asLong() < 0.65 * memory.get("fp32").get("activation_bytes").asLong(), memory.toString());
        JsonNode floatResidual = memory("--amp", "--residual", "float").get("amp_float_residual");
        assertEquals(memory.get("amp"), memory("--amp", "--residual", "half").get("amp"));
        assertTrue(floatResidual.get("activation_bytes").asLong() > memory.get("amp").get("activation_bytes").asLong(), floatResidual.toString());
        JsonNode packed = memory("--packed");
        assertEquals(memory.get("amp").get("weight_bytes"), packed.get("amp").get("weight_bytes"));
        assertNotEquals(memory.get("amp").get("activation_bytes"), packed.get("amp").get("activation_bytes"), "packed rows have starts and no mask");
        String table = Cli.run(BENCH).done().out();
        assertTrue(table.contains("activations") && table.contains("fp32") && table.contains("amp"), table);
    }
}
