// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.io.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** The model that a run starts from, and its vocabulary. One row is one option, see {@link RunOptions}. */
public record ModelOptions(
        @Option(name = "preset", value = "tiny", help = "size of a model that starts from random weights: tiny, mini, small, medium, base or large")
        String preset,
        @Option(name = "model", also = "model_name_or_path",
                help = "model to start from, in place of a preset: its folder, or its name on Hugging Face's hub such as google/bert_uncased_L-12_H-768_A-12")
        @Nullable String name,
        @Option(name = "head", value = "auto", help = "cls: the classifier reads [CLS] directly, with one logit for two classes; pooler: through BERT's pooler,"
                + " as transformers' BertForSequenceClassification; auto: as --model has it for the same classes, else cls")
        RunOptions.Head head,
        @Option(name = "dropout", also = {"hidden_dropout_prob", "hidden_dropout"}, value = "0.1", min = 0, max = 1, belowMax = true,
                help = "probability of dropping a value in training")
        double dropout,
        @Option(name = "offline", value = "false", help = "download nothing: a --model named as on the hub has to be in Hugging Face's cache")
        boolean offline,
        @Option(name = "vocab", also = "tokenizer_name", help = "vocab.txt or tokenizer.json, with the settings beside it, or a folder with them; without it, the"
                + " model's own or one built from the training texts")
        @Nullable Path vocab,
        @Option(name = "cased", value = "false", help = "keep the case of texts, for a vocab.txt without a tokenizer_config.json or a vocabulary built from the texts")
        boolean cased,
        @Option(name = "uncased", value = "false", help = "lower-case texts, as without --cased; says so where a vocabulary has capitals")
        boolean uncased) {
    // @formatter:on

    public ModelOptions {
        if (cased && uncased) {
            throw new UsageException("--cased keeps the case of texts and --uncased lower-cases them: give only one of them.");
        }
    }
}
