// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model is never scored on the texts that it learned from one file, unless the user asks for just that. */
class EvalSplitTest {
    @TempDir
    private static Path temp;
    private static Path csv;
    private static Path run;
    private static Cli trained;

    @BeforeAll
    static void train() throws IOException {
        Path data = Toy.data(temp);
        csv = temp.resolve("one.csv");
        List<String> lines = new ArrayList<>(List.of("text,label"));
        List<String> texts = Files.readAllLines(data.resolve("train_text.txt"));
        List<String> labels = Files.readAllLines(data.resolve("train_labels.txt"));
        for (int i = 0; i < texts.size(); i++) {
            lines.add(texts.get(i) + "," + (labels.get(i).equals("0") ? "weather" : "food"));
        }
        Files.write(csv, lines);
        run = temp.resolve("run");
        trained = Cli.run("train", "--data", csv, "--output", run, "--epochs", 1, "--batch", 8, "--length", 16, "--seed", 7).done();
    }

    private static JsonNode eval(Path model, Path data, Object... more) throws IOException {
        List<Object> args = new ArrayList<>(List.of("eval", "--model", model, "--data", data, "--format", "json"));
        args.addAll(List.of(more));
        return new ObjectMapper().readTree(Cli.run(args.toArray()).done().out());
    }

    @Test
    void whatARunAdvisesGivesItsOwnTestScore() throws IOException {
        assertTrue(trained.out().contains("./mixed eval --model " + run + " --data " + csv), trained.out());
        Cli advised = Cli.run("eval", "--model", run, "--data", csv).done();
        assertTrue(advised.err().contains("trained on texts of '" + csv + "'") && advised.err().contains("held out"), advised.err());
        String[] test = Runs.metrics(run).getLast().split(",", -1);
        Path copy = Files.copy(csv, temp.resolve("copy.csv"));
        for (JsonNode json : List.of(eval(run, csv), eval(run, csv, "--split", "test"), eval(run, copy), eval(run.resolve("last"), csv))) {
            assertEquals(4, json.get("texts").asInt());
            assertEquals(Double.parseDouble(test[3]), json.get("loss").asDouble(), 1e-9);
        }
        assertEquals(32, eval(run, csv, "--split", "train").get("texts").asInt());
        assertEquals(4, eval(run, csv, "--split", "validation").get("texts").asInt());
    }

    @Test
    void ofAnotherFileTheRunsOwnTextsAreLeftOut() throws IOException {
        Path other = temp.resolve("other.csv");
        List<String> lines = new ArrayList<>(Files.readAllLines(csv));
        lines.addAll(List.of("more rain,weather", "more soup,food"));
        Files.write(other, lines);
        assertEquals(6, eval(run, other).get("texts").asInt());
        assertEquals(32, eval(run, other, "--split", "train").get("texts").asInt());
    }

    @Test
    void aModelWithOtherLabelsThanTheBundledReviewsNeedsItsOwnTexts() {
        Cli.run("eval", "--model", run).refused(1, run.toString(), "other labels than the bundled reviews", "give --data " + csv);
    }

    @Test
    void thePathThatIsProposedIsOneWordForAShell() throws IOException {
        Path copy = Files.createDirectory(temp.resolve("a model"));
        for (String name : List.of("config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(run.resolve(name), copy.resolve(name));
        }
        Files.writeString(copy.resolve("run.yaml"), "data: \"/some data/it's.csv\"\n");
        Cli.run("eval", "--model", copy).refused(1, "give --data '/some data/it'\\''s.csv' or other texts");
    }
}
