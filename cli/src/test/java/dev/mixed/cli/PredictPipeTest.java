// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictPipeTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    @TempDir
    private Path temp;

    @Test
    void answersEachListWithProbabilitiesOrASentence() throws IOException {
        Path model = Toy.model(temp, List.of("food", "weather"));
        String questions = """
                ["rain, snow", "soup"]
                []
                ["one", ["two", "three"]]
                {"text": "soup"}
                [3]
                nothing
                ["soup"]
                """;
        Cli run = Cli.runWithInput(questions.getBytes(StandardCharsets.UTF_8), "predict", "--model", model, "--pipe").done();
        List<String> answers = run.out().lines().toList();
        assertEquals("{\"classes\":[\"food\",\"weather\"]}", answers.getFirst());
        assertEquals(8, answers.size());

        List<String> alone = Cli.run("predict", "--model", model, "--format", "json", "rain, snow", "soup").done().out().lines().toList();
        JsonNode both = MAPPER.readTree(answers.get(1)).get("probabilities");
        assertEquals(2, both.size());
        for (int i = 0; i < 2; i++) {
            JsonNode expected = MAPPER.readTree(alone.get(i)).get("probabilities");
            assertEquals(expected.get("food").doubleValue(), both.get(i).get(0).doubleValue(), 1e-6);
            assertEquals(expected.get("weather").doubleValue(), both.get(i).get(1).doubleValue(), 1e-6);
        }
        assertEquals("{\"probabilities\":[]}", answers.get(2));
        assertError("The model was trained on single texts, and a list has pairs of texts.", answers.get(3));
        assertError("A line of --pipe must be a list of texts, or of pairs of texts, in JSON", answers.get(4));
        assertError("A line of --pipe must be a list of texts, or of pairs of texts, in JSON", answers.get(5));
        assertError("A line of --pipe must be a list in JSON", answers.get(6));
        assertEquals(both.get(1).get(0).doubleValue(), MAPPER.readTree(answers.get(7)).get("probabilities").get(0).get(0).doubleValue(), 1e-6);
    }

    private static void assertError(String sentence, String answer) throws IOException {
        String error = MAPPER.readTree(answer).path("error").asText();
        assertTrue(error.startsWith(sentence) && error.endsWith("."), answer);
    }

    @Test
    void standsAlone() throws IOException {
        Path model = Toy.model(temp, List.of("food", "weather"));
        for (List<String> beside : List.of(List.of("soup"), List.of("--file", "-"), List.of("--format", "json"))) {
            Object[] words = Stream.concat(Stream.of("predict", "--model", model, "--pipe"), beside.stream()).toArray();
            Cli.run(words).refused(2, "--pipe reads lists of texts from standard input");
        }
    }
}
