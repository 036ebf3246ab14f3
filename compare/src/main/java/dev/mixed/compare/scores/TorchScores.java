// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.scores;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.io.IoReason;
import dev.mixed.io.ShellWord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** PyTorch's side: a process of Python that runs {@code scores.py}, whose request and messages stay in files. */
final class TorchScores implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<String> command;
    private final int runs;
    private final Path errors;
    private final Process process;
    private String versions = "";

    /**
     * Starts it: it trains from now on.
     *
     * @param python the command of a Python with torch and transformers
     * @param work   where script, request and messages go
     * @param cuda   on the first CUDA device rather than on the CPU
     */
    TorchScores(String python, ScoreTask task, ScoreSettings settings, Path work, boolean cuda) {
        Path script = work.resolve("scores.py");
        Path request = work.resolve(task.label() + ".json");
        errors = work.resolve(task.label() + "-pytorch.log");
        runs = settings.seeds().size();
        command = List.of(python, script.toString(), request.toString());
        try (InputStream source = Objects.requireNonNull(TorchScores.class.getResourceAsStream("scores.py"), "scores.py is a resource")) {
            Files.write(script, source.readAllBytes());
            Files.writeString(request, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(request(task, settings, cuda)) + "\n");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            // Threads that spin while they wait take the cores of miXed's side.
            builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new ContenderException("Python could not be started with a script in '" + work + "' (" + IoReason.of(e) + ")", e);
        }
    }

    private static ObjectNode request(ScoreTask task, ScoreSettings settings, boolean cuda) {
        ObjectNode request = MAPPER.createObjectNode();
        task.describe(settings.data(), request);
        request.put("vocab", settings.vocab().toAbsolutePath().toString()).put("device", cuda ? "cuda" : "cpu")
                .put("threads", Runtime.getRuntime().availableProcessors()).put("amp", settings.amp()).put("epochs", settings.epochs(task))
                .put("batch", task.batch()).put("length", settings.length()).put("lr", settings.lr()).put("warmup", ScoreSettings.WARMUP)
                .put("decay", ScoreSettings.DECAY).put("clip", ScoreSettings.CLIP).put("samples", settings.samples());
        ArrayNode seeds = request.putArray("seeds");
        settings.seeds().forEach(seeds::add);
        // The script knows the size of the vocabulary, and the labels.
        BertConfig c = BertConfig.of(settings.preset(), 1, List.of("0", "1"));
        request.putObject("config").put("hidden_size", c.hiddenSize()).put("num_hidden_layers", c.numHiddenLayers())
                .put("num_attention_heads", c.numAttentionHeads()).put("intermediate_size", c.intermediateSize())
                .put("max_position_embeddings", c.maxPositionEmbeddings()).put("type_vocab_size", c.typeVocabSize())
                .put("layer_norm_eps", c.layerNormEps()).put("hidden_dropout_prob", ScoreSettings.DROPOUT)
                .put("attention_probs_dropout_prob", ScoreSettings.DROPOUT);
        return request;
    }

    /** As one would type it. */
    String command() {
        return String.join(" ", command.stream().map(ShellWord::of).toList());
    }

    /** The test score of each seed, when all are there. */
    List<Double> await() {
        List<Double> scores = new ArrayList<>();
        try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                JsonNode answer = MAPPER.readTree(line);
                if (answer.has("error")) {
                    throw new ContenderException(answer.get("error").asText());
                }
                if (answer.has("torch")) {
                    versions = "PyTorch " + answer.get("torch").asText() + ", transformers " + answer.get("transformers").asText() + " on "
                            + answer.get("device").asText();
                } else if (answer.has("score")) {
                    scores.add(answer.get("score").asDouble());
                }
            }
        } catch (JsonProcessingException e) {
            throw new ContenderException("the script of PyTorch's side answered with what is no JSON; '" + errors + "' may say more", e);
        } catch (IOException e) {
            throw new ContenderException("the script of PyTorch's side gave no answer (" + IoReason.of(e) + ")", e);
        }
        if (scores.size() != runs) {
            throw new ContenderException("PyTorch's side ended after " + scores.size() + " of " + runs + " runs; '" + errors + "' says why");
        }
        return scores;
    }

    /** What answered, after {@link #await}. */
    String versions() {
        return versions;
    }

    /** Ends the process. */
    @Override
    public void close() {
        process.destroy();
    }
}
