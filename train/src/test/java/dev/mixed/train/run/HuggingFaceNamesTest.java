// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hugging-face-names.txt} has the fields of {@code TrainingArguments} and the arguments of {@code run_classification.py}, as transformers has them. */
class HuggingFaceNamesTest {
    private static final Path PAGE = Path.of("..", "docs", "from-hugging-face.md");

    @TempDir
    Path temp;

    /** Names by heading. */
    private static Map<String, List<String>> names() throws IOException {
        Map<String, List<String>> names = new LinkedHashMap<>();
        try (var in = HuggingFaceNamesTest.class.getResourceAsStream("/hugging-face-names.txt")) {
            List<String> under = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
                if (line.startsWith("# ")) {
                    under = new ArrayList<>();
                    names.put(line.substring(2), under);
                } else {
                    under.add(line);
                }
            }
        }
        return names;
    }

    private static Map<String, RunOptions.Key> known() {
        Map<String, RunOptions.Key> known = new LinkedHashMap<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            known.put(HuggingFaceNames.plain(key.name()), key);
            key.aliases().forEach(alias -> known.put(HuggingFaceNames.plain(alias), key));
        }
        return known;
    }

    @Test
    void everyNameIsAnOptionOrAnswered() throws IOException {
        Set<String> all = new HashSet<>();
        Map<String, RunOptions.Key> options = known();
        for (List<String> names : names().values()) {
            for (String name : names) {
                assertTrue(all.add(name), name + " is there twice");
                boolean option = options.containsKey(HuggingFaceNames.plain(name));
                boolean answered = HuggingFaceNames.find(name) != null;
                assertTrue(option != answered, name + (option ? " is an option and answered" : " is neither an option nor answered"));
            }
        }
        assertEquals(112 + 34 + 33, all.size());
        for (HuggingFaceName name : HuggingFaceNames.all()) {
            assertTrue(all.contains(name.name()), name.name() + " is no name of transformers'");
            name.values().values().forEach(means -> RunOptions.defaults().with("output", "x").with(means));
            Set<String> unknown = new TreeSet<>();
            Pattern.compile("--([a-z0-9-]+)").matcher(name.says()).results().map(option -> option.group(1))
                    .filter(option -> RunOptions.keys().stream().noneMatch(key -> key.name().equals(option))).forEach(unknown::add);
            assertEquals(Set.of(), unknown, name.name() + " is answered with options that are none");
        }
    }

    /** The tables of the page. */
    private static String page() throws IOException {
        Map<String, RunOptions.Key> options = known();
        StringBuilder page = new StringBuilder();
        for (Map.Entry<String, List<String>> part : names().entrySet()) {
            page.append("## ").append(part.getKey()).append("\n\n| there | here |\n|---|---|\n");
            for (String name : part.getValue()) {
                RunOptions.Key key = options.get(HuggingFaceNames.plain(name));
                page.append("| `").append(name).append("` | ").append(key != null ? "`--" + key.name() + "`" : HuggingFaceNames.find(name).described())
                        .append(" |\n");
            }
            page.append('\n');
        }
        return page.toString().strip();
    }

    @Test
    void thePageIsTheTable() throws IOException {
        String text = Files.readString(PAGE);
        assertEquals(page(), text.substring(text.indexOf("## ")).strip());
    }

    private RunOptions config(String yaml) throws IOException {
        return RunOptionsIO.resolve(Files.writeString(temp.resolve("c.yaml"), yaml), Map.of());
    }

    @Test
    void aConfigurationOfTheirsIsRead() throws IOException {
        RunOptions options = config("""
                model_name_or_path: google/bert_uncased_L-2_H-128_A-2
                dataset_name: org/set
                dataset_config_name: plain
                text_column_names: sentence
                label_column_name: mood
                per_device_train_batch_size: 16
                per_device_eval_batch_size: 16
                learning_rate: 3e-5
                num_train_epochs: 3.0
                fp16: true
                bf16: false
                eval_strategy: steps
                logging_steps: 20
                save_strategy: epoch
                save_steps: 500
                load_best_model_at_end: true
                metric_for_best_model: eval_accuracy
                greater_is_better: true
                report_to: [tensorboard]
                lr_scheduler_type: cosine
                adam_beta2: 0.98
                do_train: true
                use_cpu: true
                hub_token: null
                """);
        assertEquals("hub:org/set:plain", options.data().path().toString());
        assertEquals("sentence", options.data().textColumn());
        assertEquals(16, options.batches().size());
        assertEquals(3, options.schedule().epochs());
        assertEquals(3e-5, options.schedule().lr());
        assertTrue(options.compute().amp() && options.logs().tensorboard());
        assertEquals(20, options.values().get("eval-steps"));
        assertEquals(20, options.saving().logEvery());
        assertEquals(0, options.saving().saveEvery());
        assertEquals("accuracy", options.values().get("metric"));
        assertEquals(RunOptions.Device.JVM, options.compute().device());
        assertEquals(0.98, options.optimizer().beta2());
    }

    @Test
    void whatIsNotThereIsAnsweredAndNeverGuessed() {
        assertRefused(() -> config("bf16: true\n"), "c.yaml': bf16 true is not for miXed: mixed precision is --amp, in half with a scaled loss.");
        assertRefused(() -> config("eval_strategy: 'no'\n"),
                "eval_strategy no is not for miXed: the model is scored after each epoch, or after --eval-steps steps.");
        assertRefused(() -> config("per_device_eval_batch_size: 64\n"), "scoring takes as many texts at a time as training, --batch.");
        assertRefused(() -> config("metric_for_best_model: loss\ngreater_is_better: true\n"), "of loss, mse, mae and perplexity less is better");
        assertRefused(() -> config("report_to: wandb\n"), "report_to wandb is not for miXed: runs are told of by --tensorboard and --mlflow.");
        assertRefused(() -> config("text_column_names: a,b\n"), "several columns are not joined into one text");
        assertRefused(() -> config("optim: adafactor\ndeepspeed: x.json\n"), "optim adafactor is not for miXed: the optimizer is AdamW",
                "deepspeed x.json is not for miXed");
        assertRefused(() -> config("lr_scheduler_type: wsd\n"), "lr_scheduler_type must be one of linear");
        assertRefused(() -> config("learning_rate: 1e-4\nlr: 1e-4\n"), "a second time");
        assertRefused(() -> config("no_such_name: 1\n"), "has the unknown key 'no_such_name'");
    }

    @Test
    void whatIsTypedMeansTheSame() {
        Map<String, String> typed = new LinkedHashMap<>(Map.of("learning_rate", "1e-3", "fp16", "True", "evaluation-strategy", "epoch", "weight_decay", "0.1"));
        Map<String, Object> options = RunOptionsIO.typed(typed);
        assertEquals(Map.of("lr", "1e-3", "amp", "true", "eval-steps", "0", "weight-decay", "0.1"), options);
        typed.put("lr", "2");
        assertRefused(() -> RunOptionsIO.typed(typed), "gives --lr a second time; keep only one of the two.");
        assertRefused(() -> RunOptionsIO.typed(Map.of("torch_compile", "true")), "--torch_compile true is not for miXed: every step is recorded and compiled");
        assertEquals(Set.of(), RunOptionsIO.otherNames().stream().collect(Collectors.groupingBy(name -> name, Collectors.counting())).entrySet().stream()
                .filter(name -> name.getValue() > 1).map(Map.Entry::getKey).collect(Collectors.toSet()));
    }
}
