// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.card;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.config.VectorSettings;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How a model is loaded, as code for the command line, Java and Python. */
final class LoadingCode {
    private LoadingCode() {
    }

    static String of(ModelCard card) {
        boolean vectors = card.config().hasVectors();
        boolean pairs = card.dataset().isOfPairs();
        String text = card.config().hasWords() ? "a text with a [MASK]" : "a text";
        return """
                Here, FOLDER is this one.

                ```bash
                ./mixed predict --model FOLDER "%s"%s%s
                ```

                In Java:

                ```java
                try (Device device = JvmDevice.open(); LoadedModel model = LoadedModel.open(Path.of("FOLDER"), device)) {
                    %s
                }
                ```

                In Python, with transformers:

                ```python
                %s
                ```""".formatted(text, pairs ? " --pair \"its second one\"" : "", vectors ? "\n./mixed embed --model FOLDER \"a text\"" : "",
                        vectors ? "// the cosines of pairs, or Embedder.open for the vectors of texts" : "// model.predict(...), or Predictor.open for many threads",
                        vectors ? vectors(card.config().vectors()) : python(card.config(), pairs, text));
    }

    private static String vectors(VectorSettings settings) {
        return """
                import torch
                from transformers import AutoModel, AutoTokenizer

                tokenizer = AutoTokenizer.from_pretrained("FOLDER")
                model = AutoModel.from_pretrained("FOLDER", add_pooling_layer=False).eval()
                inputs = tokenizer(["a text", "another one, with which it is compared"], padding=True, return_tensors="pt")
                hidden = model(**inputs).last_hidden_state
                %s%s
                cosine = torch.nn.functional.cosine_similarity(vectors[:1], vectors[1:])""".formatted(
                settings.pooling() == Pooling.CLS ? "vectors = hidden[:, 0]"
                        : "mask = inputs[\"attention_mask\"][:, :, None]\nvectors = (hidden * mask).sum(1) / mask.sum(1)",
                settings.normalize() ? "\nvectors = torch.nn.functional.normalize(vectors)" : "");
    }

    private static String python(BertConfig config, boolean pairs, String text) {
        String inputs = "inputs = tokenizer(\"" + text + "\"" + (pairs ? ", \"its second one\"" : "") + ", return_tensors=\"pt\")\n";
        if (config.hasWords() || config.hasTokens() || config.hasPooler()) {
            String model = config.hasWords() ? "AutoModelForMaskedLM" : config.hasTokens() ? "AutoModelForTokenClassification"
                    : "AutoModelForSequenceClassification";
            return """
                    from transformers import %1$s, AutoTokenizer

                    tokenizer = AutoTokenizer.from_pretrained("FOLDER")
                    model = %1$s.from_pretrained("FOLDER").eval()
                    %2$slogits = model(**inputs).logits""".formatted(model, inputs);
        }
        String names = IntStream.range(0, config.numLabels()).mapToObj(i -> "\"" + config.labels().get(i).replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
                .collect(Collectors.joining(", "));
        return """
                import torch
                from safetensors.torch import load_file
                from transformers import AutoModel, AutoTokenizer

                # The classifier reads [CLS] directly, without BERT's pooler: --head pooler trains what AutoModelForSequenceClassification opens.
                tokenizer = AutoTokenizer.from_pretrained("FOLDER")
                encoder = AutoModel.from_pretrained("FOLDER", add_pooling_layer=False).eval()
                weights = load_file("FOLDER/model.safetensors")
                %slogits = torch.nn.functional.linear(encoder(**inputs).last_hidden_state[:, 0], weights["classifier.weight"], weights["classifier.bias"])
                labels = [%s]
                label = labels[%s]""".formatted(inputs, names, config.numLogits() == 1 ? "int(logits[0, 0] > 0)" : "int(logits[0].argmax())");
    }
}
