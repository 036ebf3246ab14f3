// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.ranks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.distributed.RankProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Training steps and sums over ranks, miXed's and those of PyTorch's DistributedDataParallel, on the same GPUs, in turns. */
final class RankComparison {
    private static final String MAIN = "dev.mixed.cli.Main";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** Those of BERT-base; fewer in a dry run. */
    private static final int ELEMENTS = 110_000_000;
    private static final int DRY_ELEMENTS = 1_000_000;

    private final ObjectMapper mapper = new ObjectMapper();
    private final RankJob job;
    private final String python;
    private final Consumer<String> progress;

    /**
     * What is timed.
     *
     * @param device  gpu; jvm for a dry run, in which PyTorch takes the CPU
     * @param preset  of the model
     * @param batch   rows for each rank
     * @param warmup  steps before those that are timed
     */
    record RankJob(String device, String preset, BertConfig config, int gpus, int batch, int length, int steps, int warmup, boolean amp) {
        boolean onGpu() {
            return device.equals("gpu");
        }

        int elements() {
            return onGpu() ? ELEMENTS : DRY_ELEMENTS;
        }
    }

    RankComparison(RankJob job, String python, Consumer<String> progress) {
        this.job = job;
        this.python = python;
        this.progress = progress;
    }

    /** Both on one rank, then both on all. */
    ResultTable run() {
        ResultTable table = new ResultTable("", "ranks", "ms/step", "samples/s", "times one", "sum of floats, ms", "bus GB/s", "of halves, ms", "bus GB/s");
        JsonNode mixedAlone = mixed(1);
        JsonNode torchAlone = torch(1);
        JsonNode mixedAll = mixed(job.gpus);
        JsonNode torchAll = torch(job.gpus);
        JsonNode sums = mixedSums();
        row(table, "miXed", 1, step(mixedAlone), step(mixedAlone), Optional.empty(), Optional.empty());
        row(table, "miXed", job.gpus, step(mixedAll), step(mixedAlone), Optional.of(sums.get(0).get("ms").asDouble()),
                Optional.of(sums.get(2).get("ms").asDouble()));
        row(table, "PyTorch " + torchAlone.get("torch").asText(), 1, torchAlone.get("step").asDouble(), torchAlone.get("step").asDouble(), Optional.empty(),
                Optional.empty());
        row(table, "PyTorch, DDP", job.gpus, torchAll.get("step").asDouble(), torchAlone.get("step").asDouble(), Optional.of(torchAll.get("float").asDouble()),
                Optional.of(torchAll.get("half").asDouble()));
        return table;
    }

    private static double step(JsonNode bench) {
        return bench.get("training").get("median_ms").asDouble();
    }

    private void row(ResultTable table, String who, int ranks, double step, double alone, Optional<Double> floats, Optional<Double> halves) {
        table.add(who, ranks, text("%.2f", step), text("%.0f", 1000 * ranks * job.batch / step), text("%.2f", ranks * alone / step),
                floats.map(ms -> text("%.3f", ms)).orElse(""), floats.map(ms -> bus(ranks, ms, Float.BYTES)).orElse(""),
                halves.map(ms -> text("%.3f", ms)).orElse(""), halves.map(ms -> bus(ranks, ms, Short.BYTES)).orElse(""));
    }

    private static String text(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private String bus(int ranks, double millis, int bytes) {
        return text("%.0f", 2.0 * (ranks - 1) / ranks * bytes * job.elements() / (millis / 1000) / 1e9);
    }

    private JsonNode mixed(int ranks) {
        progress.accept("miXed, " + ranks(ranks));
        List<String> arguments = new ArrayList<>(List.of("bench", "--device", job.device, "--no-self-check", "--preset", job.preset, "--batch",
                String.valueOf(job.batch), "--length", String.valueOf(job.length), "--steps", String.valueOf(job.steps), "--warmup-steps",
                String.valueOf(job.warmup), "--format", "json"));
        if (job.amp) {
            arguments.add("--amp");
        }
        return answer(Ranks.run(ranks, !job.onGpu(), PATIENCE, (environment, place) -> RankProcess.of(environment, place, MAIN, arguments)));
    }

    private JsonNode mixedSums() {
        progress.accept("miXed, sums over " + ranks(job.gpus));
        List<String> arguments = List.of("bench", "all-reduce", "--device", job.device, "--no-self-check", "--elements",
                String.valueOf(job.elements()), "--runs", job.onGpu() ? "20" : "1", "--format", "json");
        return answer(Ranks.run(job.gpus, !job.onGpu(), PATIENCE, (environment, place) -> RankProcess.of(environment, place, MAIN, arguments)));
    }

    private JsonNode torch(int ranks) {
        progress.accept("PyTorch, " + ranks(ranks));
        BertConfig c = job.config;
        ObjectNode request = mapper.createObjectNode().put("device", job.onGpu() ? "cuda" : "cpu").put("batch", job.batch).put("length", job.length)
                .put("steps", job.steps).put("warmup", job.warmup).put("amp", job.amp).put("elements", job.elements());
        request.putObject("config").put("vocab_size", c.vocabSize()).put("hidden_size", c.hiddenSize()).put("num_hidden_layers", c.numHiddenLayers())
                .put("num_attention_heads", c.numAttentionHeads()).put("intermediate_size", c.intermediateSize())
                .put("max_position_embeddings", c.maxPositionEmbeddings());
        try {
            Path script = Files.createTempFile("mixed-ddp", ".py");
            try (InputStream source = RankComparison.class.getResourceAsStream("ddp.py")) {
                Files.write(script, source.readAllBytes());
                return answer(Ranks.run(ranks, !job.onGpu(), PATIENCE, (environment, place) -> {
                    ProcessBuilder process = new ProcessBuilder(python, script.toString(), request.toString());
                    process.environment().putAll(environment.variables());
                    process.environment().putAll(Map.copyOf(place));
                    return process;
                }));
            } finally {
                Files.delete(script);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String ranks(int ranks) {
        return ranks + (ranks == 1 ? " rank" : " ranks");
    }

    /** The line that is JSON. */
    private JsonNode answer(String output) {
        String line = output.lines().filter(l -> l.startsWith("{") || l.startsWith("[")).reduce((_, last) -> last)
                .orElseThrow(() -> new Ranks.FailedException("rank 0 gave no figures: " + output.strip()));
        try {
            return mapper.readTree(line);
        } catch (JsonProcessingException e) {
            throw new Ranks.FailedException("rank 0 gave no figures: " + line);
        }
    }
}
