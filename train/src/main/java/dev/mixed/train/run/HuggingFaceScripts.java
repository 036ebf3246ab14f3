// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static dev.mixed.train.run.HuggingFaceName.always;
import static dev.mixed.train.run.HuggingFaceName.instead;
import static dev.mixed.train.run.HuggingFaceName.never;
import static dev.mixed.train.run.HuggingFaceName.same;

import java.util.List;

/** Arguments of {@code run_classification.py} that are no options of miXed's under another name. */
final class HuggingFaceScripts {
    private static final String FILES = "--data is a folder with train, validation and test files, or one file that is split";
    private static final String SPLITS = "the splits of --data are train, validation (or val, dev, valid) and test";
    private static final String TOKEN = "the token for the hub is in the variable HF_TOKEN";

    private HuggingFaceScripts() {
    }

    static final List<HuggingFaceName> CLASSIFICATION = List.of(
            instead("dataset_name", "--data hub:owner/name is a data set on the hub"),
            instead("dataset_config_name", "--data hub:owner/name:configuration is a configuration of a data set on the hub"),
            instead("train_file", FILES),
            instead("validation_file", FILES),
            instead("test_file", FILES),
            same("do_regression", "--task decides").meaning("true", "task", "regression").meaning("false", "task", "classification"),
            instead("text_column_names",
                    "--text-column is one column, and --pair-column the second text of a pair; several columns are not joined into one text"),
            instead("text_column_delimiter",
                    "--text-column is one column, and --pair-column the second text of a pair; several columns are not joined into one text"),
            same("train_split_name", SPLITS, "train"),
            same("validation_split_name", SPLITS, "validation"),
            same("test_split_name", SPLITS, "test"),
            instead("remove_splits", SPLITS + ", and others are not read"),
            instead("remove_columns", "--text-column, --pair-column and --label-column name what is read"),
            same("overwrite_cache", "tokenized texts are not kept on the disk", "true", "false"),
            same("pad_to_max_length", "--pad decides", "false").meaning("true", "pad", "max"),
            always("shuffle_train_dataset", "the order of the training texts is random in each epoch, by --seed"),
            instead("shuffle_seed", "--seed decides the order of texts, too"),
            instead("metric_name", "all scores of the task are computed, and --metric chooses the one for the best model"),
            instead("config_name", "the configuration is in the folder of --model; --preset has that of a new model"),
            instead("cache_dir", "HF_HOME or HF_HUB_CACHE name the cache"),
            always("use_fast_tokenizer", "the tokenizer is the fast one"),
            same("model_revision", "a model on the hub is that of its branch main", "main"),
            instead("token", TOKEN),
            instead("use_auth_token", TOKEN),
            never("trust_remote_code", "nothing that a file contains is run"),
            same("ignore_mismatched_sizes", "a classifier for other classes starts anew, and a line says so", "true", "false"));
}
