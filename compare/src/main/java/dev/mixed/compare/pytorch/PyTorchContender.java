// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.pytorch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.compare.speed.Contender;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.compare.speed.Job;
import dev.mixed.train.data.Batch;
import java.util.List;

/** PyTorch in a Python process of its own. */
public final class PyTorchContender implements Contender {
    private final ObjectMapper mapper = new ObjectMapper();
    private final Worker worker;
    private final Engine engine;
    private final boolean amp;
    private long peak;

    /**
     * Starts Python and builds the model there.
     *
     * @param cuda     train on the first CUDA device rather than on the CPU
     * @param engine   how it trains: as it is or through {@code torch.compile}, on batches of which form
     * @param tf32     with {@code allow_tf32}
     * @throws ContenderException if this PyTorch cannot
     */
    public PyTorchContender(String python, Job job, boolean cuda, boolean amp, Engine engine, boolean tf32) {
        this.engine = engine;
        this.amp = amp;
        worker = new Worker(python);
        try {
            setUp(job, cuda, tf32);
        } catch (ContenderException e) {
            worker.close();
            throw e;
        }
    }

    private void setUp(Job job, boolean cuda, boolean tf32) {
        JsonNode greeting = worker.greeting();
        if (cuda && !greeting.get("cuda").asBoolean()) {
            throw new ContenderException("torch " + torch() + " finds no CUDA device");
        }
        if (engine.isCompiled() && !greeting.get("compile").asBoolean()) {
            throw new ContenderException("torch " + torch() + " has no torch.compile");
        }
        if (amp && !greeting.get("scaler").asBoolean()) {
            throw new ContenderException("torch " + torch() + " has no torch.amp.GradScaler");
        }
        ObjectNode request = mapper.createObjectNode().put("op", "setup").put("device", cuda ? "cuda" : "cpu")
                .put("threads", Runtime.getRuntime().availableProcessors()).put("amp", amp).put("compile", engine.isCompiled())
                .put("nested", engine == Engine.NESTED).put("tf32", tf32).put("seed", job.seed())
                .put("rate", Job.RATE).put("decay", Job.DECAY).put("clip", Job.CLIP).put("logits", job.config().numLogits());
        BertConfig c = job.config();
        request.putObject("config").put("vocab_size", c.vocabSize()).put("hidden_size", c.hiddenSize()).put("num_hidden_layers", c.numHiddenLayers())
                .put("num_attention_heads", c.numAttentionHeads()).put("intermediate_size", c.intermediateSize())
                .put("max_position_embeddings", c.maxPositionEmbeddings())
                .put("type_vocab_size", c.typeVocabSize()).put("layer_norm_eps", c.layerNormEps()).put("hidden_dropout_prob", c.hiddenDropoutProb())
                .put("attention_probs_dropout_prob", c.attentionProbsDropoutProb());
        worker.ask(request);
    }

    private String torch() {
        return worker.greeting().get("torch").asText();
    }

    /** Version and where the model is from, as {@code PyTorch 2.11.0 (transformers 5.17.0)}. */
    public String describe() {
        return "PyTorch " + torch() + " (" + worker.greeting().get("model").asText() + ")";
    }

    /** The CUDA device's name, or {@code cpu}. */
    public String device() {
        return worker.greeting().get("device").asText();
    }

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public boolean amp() {
        return amp;
    }

    @Override
    public void load(List<Batch> batches) {
        ObjectNode request = mapper.createObjectNode().put("op", "batches");
        ArrayNode all = request.putArray("batches");
        for (Batch b : batches) {
            ObjectNode node = all.addObject().put("length", b.seqLength());
            ArrayNode rows = node.putArray("rows");
            ArrayNode labels = node.putArray("labels");
            ArrayNode weights = node.putArray("weights");
            for (int r = 0; r < b.batchSize(); r++) {
                if (r < b.realCount()) {
                    ArrayNode row = rows.addArray();
                    int start = b.isPacked() ? b.starts()[r] : r * b.seqLength();
                    int end = b.isPacked() ? b.starts()[r + 1] : start + b.seqLength();
                    for (int i = start; i < end && b.attentionMask()[i] != 0; i++) {
                        row.add(b.inputIds()[i]);
                    }
                }
                labels.add(b.labels()[r]);
                weights.add(b.weights()[r]);
            }
        }
        worker.ask(request);
    }

    @Override
    public Run run(int first, int count) {
        JsonNode answer = worker.ask(mapper.createObjectNode().put("op", "run").put("first", first).put("count", count));
        peak = answer.get("peak_bytes").asLong();
        return new Run(answer.get("seconds").asDouble(), answer.get("loss").asDouble());
    }

    /** On CUDA what PyTorch allocated, on the CPU by how much the process grew. */
    @Override
    public long peakBytes() {
        return peak;
    }

    @Override
    public void close() {
        worker.close();
    }
}
