// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.UserException;
import dev.mixed.train.ClassificationTask;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.Prediction;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers another program for as long as it asks, so that it need load a model once. Each message is a line of JSON:
 * <pre>
 * {"classes":["bad","good"]}                     said first, once the model is loaded
 * ["a text","another"]                           asked, or [["a text","its pair"],...]
 * {"probabilities":[[0.9,0.1],[0.2,0.8]]}        answered: of each text, of each class
 * {"error":"What is wrong with it."}             answered in its place
 * </pre>
 *
 * @param model  a classifier
 * @param how    how texts are read
 * @param paired whether the model learned pairs
 * @param batch  texts of a step
 * @param length longest input in tokens
 */
record PredictPipe(LoadedModel model, Tokenization how, boolean paired, int batch, int length) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    PredictPipe {
        if (!(model.task() instanceof ClassificationTask)) {
            throw new UserException("--pipe is for models that give each text a class, and this one gives " + model.kind().words() + "; ask it by --file.");
        }
    }

    /** Until the questions end, or nobody reads the answers. */
    void answer(InputStream questions, PrintWriter out) throws IOException {
        ObjectNode hello = MAPPER.createObjectNode();
        model.config().labels().forEach(hello.putArray("classes")::add);
        out.println(MAPPER.writeValueAsString(hello));
        BufferedReader lines = new BufferedReader(new InputStreamReader(questions, StandardCharsets.UTF_8));
        while (!out.checkError()) {
            String line = lines.readLine();
            if (line == null) {
                return;
            }
            out.println(MAPPER.writeValueAsString(answer(line)));
        }
    }

    private ObjectNode answer(String question) {
        ObjectNode answer = MAPPER.createObjectNode();
        try {
            ArrayNode rows = answer.putArray("probabilities");
            for (List<Double> row : probabilities(texts(question))) {
                row.forEach(rows.addArray()::add);
            }
            return answer;
        } catch (UserException e) {
            return error(String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode error(String sentence) {
        return MAPPER.createObjectNode().put("error", sentence);
    }

    private List<LabeledText> texts(String question) {
        JsonNode list;
        try {
            list = MAPPER.readTree(question);
        } catch (JsonProcessingException e) {
            throw new UserException("A line of --pipe must be a list in JSON, and one is none; write [\"text\", ...].", e);
        }
        List<LabeledText> texts = new ArrayList<>();
        for (JsonNode item : list) {
            boolean pair = item.isArray() && item.size() == 2 && item.get(0).isTextual() && item.get(1).isTextual();
            if (!list.isArray() || !item.isTextual() && !pair) {
                throw new UserException("A line of --pipe must be a list of texts, or of pairs of texts, in JSON, and one has something else.");
            }
            if (pair != paired) {
                throw new UserException("The model was trained on "
                        + (paired ? "pairs of texts, and a list has single texts." : "single texts, and a list has pairs of texts."));
            }
            texts.add(pair ? new LabeledText(item.get(0).textValue(), item.get(1).textValue(), Target.UNKNOWN)
                    : new LabeledText(item.textValue(), null, Target.UNKNOWN));
        }
        return texts;
    }

    private List<List<Double>> probabilities(List<LabeledText> texts) {
        if (texts.isEmpty()) {
            return List.of();
        }
        TokenizedDataset tokenized = how.of(texts, model.tokenizer());
        float[][] outputs = model.outputs(tokenized, batch, length);
        TokenizedDataset whole = tokenized.whole();
        List<List<Double>> rows = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            rows.add(((Prediction) model.task().prediction(whole, i, outputs[i])).probabilities());
        }
        return rows;
    }
}
