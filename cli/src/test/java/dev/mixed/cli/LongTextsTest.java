// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Long texts from the command line: in windows, or one text of a pair cut, as the run was trained or as is typed. */
class LongTextsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String LONG = "rain and more rain and more rain and even more of it all the day and all the night";

    @TempDir
    private Path temp;

    private static double score(Object... arguments) throws IOException {
        return MAPPER.readTree(Cli.run(arguments).done().out()).get("score").doubleValue();
    }

    @Test
    void longTextsAreReadInWindows() throws IOException {
        Path data = Rows.write(temp.resolve("scores.csv"), "text,label", LONG + " #,0.5", "the sun #,3.5", "wind #,2");
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--data", data, "--output", run, "--epochs", 1, "--length", 8, "--stride", 2).done();
        assertTrue(trained.err().contains("texts are longer than 8 tokens; with --stride, all are read in"), trained.err());
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("stride: 2"));
        Path texts = Files.write(temp.resolve("texts.txt"), List.of("the sun", LONG, "wind"));
        List<String> lines = Cli.run("predict", "--model", run, "--file", texts, "--format", "json").done().out().lines().toList();
        assertEquals(3, lines.size(), "one answer a text");
        assertEquals(LONG, MAPPER.readTree(lines.get(1)).get("text").textValue());
        double pooled = MAPPER.readTree(lines.get(1)).get("score").doubleValue();
        assertEquals(score("predict", "--model", run, "--format", "json", LONG), pooled, 1e-6);
        assertEquals(score("predict", "--model", run, "--format", "json", "--stride", 2, LONG), pooled, 1e-6);
        assertTrue(Math.abs(score("predict", "--model", run, "--format", "json", "--stride", 0, LONG) - pooled) > 1e-7, "other windows");
        JsonNode scored = MAPPER.readTree(Cli.run("eval", "--model", run, "--data", data, "--split", "train", "--format", "json").done().out());
        assertEquals(14, scored.get("texts").intValue(), "texts, not windows");
        assertEquals(2, Cli.run("embed", "--model", run, "--stride", 1, LONG, "wind").done().out().lines().count());
        Cli.run("predict", "--model", run, "--stride", 6, LONG).refused(2,
                "--stride 6 leaves no room for other tokens in windows of --length 8; give 5 or less");
        Cli.run("predict", "--model", run, "--stride", -1, LONG).refused(2, "--stride must be a whole number from 0");
        Cli.run("predict", "--model", run, "--truncate", "only_second", LONG).refused(2, "--truncate only_second is for pairs");
        Cli.run("train", "--task", "mlm", "--data", data, "--stride", 2).refused(2, "--truncate and --stride are for --task classification, regression");
    }

    @Test
    void oneTextOfAPairIsCutOrReadInWindows() throws IOException {
        Path data = Rows.write(temp.resolve("pairs.csv"), "text,text_pair,label", "is it wet #," + LONG + ",yes", "is it dry #," + LONG + " too,no");
        Path run = temp.resolve("run");
        Cli.run("train", "--data", data, "--output", temp.resolve("no"), "--stride", 2, "--length", 16)
                .refused(2, "--stride reads one text of a pair in windows: say which with --truncate only_first or only_second");
        assertFalse(Files.exists(temp.resolve("no").resolve("config.json")));
        Cli.run("train", "--data", data, "--output", run, "--epochs", 1, "--length", 16, "--stride", 2, "--truncate", "only_second").done();
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("truncate: only_second"));
        assertEquals(1, Cli.run("predict", "--model", run, "is it wet", "--pair", LONG).done().out().lines().count());
        Cli.run("predict", "--model", run, LONG, "--pair", LONG).refused(1, "The first text '",
                "leaves no room for windows that share 2 tokens of the other one");
        // What does not fit is known before anything is written.
        Path wide = Rows.write(temp.resolve("wide.csv"), "text,text_pair,label", LONG + " #," + LONG + ",yes", "is it dry #," + LONG + " too,no");
        byte[] before = Files.readAllBytes(run.resolve("model.safetensors"));
        Cli.run("train", "--data", wide, "--output", run, "--overwrite", "--length", 16, "--truncate", "only_second").refused(1,
                "leaves no room for any token");
        assertArrayEquals(before, Files.readAllBytes(run.resolve("model.safetensors")));
        Cli cut = Cli
                .run("predict", "--model", Toy.model(temp, List.of("a", "b")), "rain", "--pair", "wind and wind and wind and wind and wind and wind and wind",
                        "--length", 8, "--truncate", "only_second")
                .done();
        assertTrue(cut.err().contains("1 of 1 texts are longer than 8 tokens and were cut"), cut.err());
    }
}
