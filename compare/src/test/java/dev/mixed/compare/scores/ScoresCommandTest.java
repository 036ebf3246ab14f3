// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.scores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.bert.config.Preset;
import dev.mixed.cli.Main;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code mixed compare scores} with a stand-in for Python that answers by rote. */
@DisabledOnOs(OS.WINDOWS)
class ScoresCommandTest {
    private static final String ANSWERS = "echo '{\"torch\":\"9.9\",\"transformers\":\"8.8\",\"device\":\"cpu\"}'\n"
            + "echo '{\"seed\":1,\"score\":0.5}'\necho '{\"seed\":2,\"score\":0.75}'\n";

    @TempDir
    private Path folder;

    private Path data;
    private Path vocab;
    private int code;
    private String out;
    private String err;

    @BeforeEach
    void sets() throws IOException {
        data = folder.resolve("data");
        Files.createDirectories(data.resolve("sick"));
        StringBuilder rows = new StringBuilder("pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n");
        for (int i = 0; i < 12; i++) {
            rows.append(i).append("\ta dog runs\ta ").append(i % 2 == 0 ? "dog" : "cat").append(" runs ").append(i).append('\t').append(1 + i % 5 * 0.7)
                    .append('\t').append(i % 2 == 0 ? "ENTAILMENT" : "NEUTRAL").append('\n');
        }
        for (String file : List.of("SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt")) {
            Files.writeString(data.resolve("sick").resolve(file), rows);
        }
        vocab = Files.write(folder.resolve("vocab.txt"), List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "dog", "cat", "runs"));
    }

    private String python(String script) throws IOException {
        Path file = folder.resolve("python");
        Files.writeString(file, "#!/bin/sh\n[ \"$1\" != -c ] || exit 0\n" + script);
        assertTrue(file.toFile().setExecutable(true));
        return file.toString();
    }

    private void run(Object... more) {
        StringWriter printed = new StringWriter();
        StringWriter complaints = new StringWriter();
        List<Object> args = new ArrayList<>(List.of("compare", "scores", "--data", data, "--vocab", vocab, "--output", folder.resolve("out")));
        args.addAll(Arrays.asList(more));
        code = Main.commandLine().setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(complaints, true))
                .execute(args.stream().map(Object::toString).toArray(String[]::new));
        out = printed.toString();
        err = complaints.toString();
    }

    private void refused(int expected, String part) {
        assertEquals(expected, code, err);
        assertTrue(err.startsWith("mixed: ") && err.contains(part) && err.strip().lines().count() == 1, err);
    }

    @Test
    void bothSidesInOneTable() throws IOException {
        run("--device", "jvm", "--python", python(ANSWERS), "--only", "sick-relatedness", "--preset", "tiny", "--fp32", "--epochs", 1, "--seeds", "1,2",
                "--samples", 8);
        assertEquals(0, code, err);
        Path runs = folder.resolve("out").resolve("sick-relatedness");
        double[] own = new double[2];
        for (int seed = 1; seed <= 2; seed++) {
            own[seed - 1] = MetricsCsv.read(runs.resolve("seed-" + seed).resolve("metrics.csv")).stream().filter(row -> row.split().equals(MetricsRow.TEST))
                    .findFirst().orElseThrow().scores().get("pearson");
        }
        double mean = (own[0] + own[1]) / 2;
        double deviation = Math.abs(own[0] - own[1]) / Math.sqrt(2);
        String[] row = out.strip().lines().reduce("", (a, b) -> b).strip().split("  +");
        assertEquals(List.of("sick-relatedness", "pearson", String.format(Locale.ROOT, "%.4f ± %.4f", mean, deviation), "0.6250 ± 0.1768",
                String.format(Locale.ROOT, "%.4f", mean - 0.625),
                String.format(Locale.ROOT, "%.4f", Math.sqrt(deviation * deviation / 2 + 0.03125 / 2))), List.of(row), out);
        assertTrue(out.contains("PyTorch 9.9, transformers 8.8 on cpu 0.5000, 0.7500"), out);
        assertTrue(out.contains("./mixed train --data " + folder.resolve("out").resolve("sick") + " "), out);

        JsonNode request = new ObjectMapper().readTree(folder.resolve("out").resolve("sick-relatedness.json").toFile());
        assertEquals("regression", request.get("task").asText());
        assertEquals("sentence_B", request.get("columns").get("pair").asText());
        assertEquals(List.of(1, 1, 32, 8, 128), List.of(request.get("seeds").get(0).asInt(), request.get("epochs").asInt(), request.get("batch").asInt(),
                request.get("samples").asInt(), request.get("config").get("hidden_size").asInt()));
        assertTrue(Files.readString(folder.resolve("out").resolve("scores.py")).contains("BertForSequenceClassification"));
    }

    private String complaint(String script) throws IOException {
        ScoreSettings settings = new ScoreSettings(data, vocab, Preset.TINY, 2e-4, 128, false, List.of(1L, 2L), 1, null);
        try (TorchScores torch = new TorchScores(python(script), ScoreTask.SICK_ENTAILMENT, settings, folder, false)) {
            return assertThrows(ContenderException.class, torch::await).getMessage();
        }
    }

    @Test
    void whatGoesWrongInPythonIsSaid() throws IOException {
        assertEquals("no CUDA here", complaint("echo '{\"error\":\"no CUDA here\"}'\n"));
        String cut = complaint(ANSWERS.lines().limit(2).reduce("", (a, b) -> a + b + "\n"));
        assertTrue(cut.contains("ended after 1 of 2 runs"), cut);
        assertTrue(complaint("echo Traceback\n").contains("is no JSON"));
    }

    @Test
    void wrongUse() throws IOException {
        run("--only", "wnut16");
        refused(2, "choose of sick-entailment, sick-relatedness, wnut17, goemotions");
        run("--seeds", "3");
        refused(2, "two or more different");
        run("--device", "auto");
        refused(2, "gpu or jvm");
        run("--only", "wnut17");
        refused(1, "train.conll' is missing, which wnut17 needs");
        Files.delete(vocab);
        run("--only", "sick-entailment");
        refused(1, "vocab.txt' is no file");
    }
}
