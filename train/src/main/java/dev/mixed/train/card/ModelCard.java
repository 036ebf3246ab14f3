// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.card;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import dev.mixed.train.Evaluation;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import dev.mixed.weights.hub.DatasetHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The card of a model, {@code README.md} in its folder: what it was trained on and how, what it scores, and how it is loaded here and in transformers; before
 * that, the facts in YAML that Hugging Face's hub reads.
 *
 * @param name       the model's
 * @param options    of its run, as found from the data
 * @param which      of the run's models it is, for example "epoch 3, the best by macro_f1"
 * @param validation its row of {@code metrics.csv}; null where that is not known
 * @param test       its scores on the test texts
 */
public record ModelCard(String name, BertConfig config, Dataset dataset, RunOptions options, String which, @Nullable MetricsRow validation, Evaluation test) {
    /** The card's file. */
    public static final String FILE = "README.md";
    /** Without this line, a card is somebody's own. */
    static final String MARK = "<!-- Written by miXed at the end of the run, and again when it is resumed; without this line, the file is left as it is. -->";

    /** Options that say where and not what, or of which the card tells otherwise. */
    private static final Set<String> LEFT_OUT = Set.of("data", "output", "model", "vocab", "offline", "device", "no-self-check", "tensorboard",
            "tensorboard-gradients", "mlflow", "mlflow-experiment", "log-every", "save-every");

    /** Deletes the card in a folder, unless it is somebody's own. */
    public static void delete(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            if (isWritten(file)) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be deleted (" + IoReason.of(e) + "); check its permissions.", e);
        }
    }

    /** Whether {@code file} is a card that may be replaced or deleted. */
    private static boolean isWritten(Path file) {
        try {
            return Files.isRegularFile(file) && Files.readString(file).contains(MARK);
        } catch (IOException e) {
            return false;
        }
    }

    /** Writes the card into a folder, unless a {@code README.md} of somebody's own is there. */
    public void write(Path folder) {
        Path file = folder.resolve(FILE);
        if (Files.exists(file) && !isWritten(file)) {
            return;
        }
        try {
            AtomicFile.write(file, markdown().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UserException("The model's card could not be written to '" + file + "' (" + IoReason.of(e)
                    + "); check the free space and the permissions.", e);
        }
    }

    /** The whole card. */
    public String markdown() {
        List<String> parts = new ArrayList<>();
        parts.add(FrontMatter.of(this) + MARK);
        parts.add("# " + name);
        parts.add(what());
        parts.add("## Scores\n\n" + scores());
        parts.add("## Data\n\n" + data());
        parts.add("## Training\n\n" + training());
        parts.add("## How to load it\n\n" + LoadingCode.of(this));
        return String.join("\n\n", parts) + "\n";
    }

    private String what() {
        String from = baseModel();
        return "A BERT model (" + config.describe() + ") that miXed has trained from " + (from == null ? "random weights" : "`" + from + "`")
                + " to learn " + dataset.task().words() + (classes().isEmpty() ? "." : ": " + list(classes()) + ".");
    }

    /** Names of what is learned, if it has names. */
    List<String> classes() {
        return switch (dataset.task()) {
            case CLASSIFICATION, MULTILABEL, TOKENS -> dataset.labelNames();
            default -> List.of();
        };
    }

    /** As the user named it, but of a folder the last part alone; null for random weights. */
    @Nullable
    String baseModel() {
        String model = options.model().name();
        return model == null ? null : isFolder(model) ? lastPart(Path.of(model)) : model;
    }

    /** Whether the model that this one was trained from is a folder here, rather than one on the hub. */
    static boolean isFolder(String model) {
        return Files.exists(Path.of(model));
    }

    /** The data set's name: that of its file or folder. */
    String dataName() {
        Path path = options.data().path();
        return path == null ? "miXed's bundled reviews" : hubDataset().orElseGet(() -> lastPart(path));
    }

    /** Name of the data set on the hub, if it is from there, without its configuration. */
    Optional<String> hubDataset() {
        return Optional.ofNullable(options.data().path()).map(Path::toString).filter(DatasetHub::isName)
                .map(name -> name.substring(DatasetHub.PREFIX.length()).replaceFirst(":.*", ""));
    }

    static String lastPart(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        return last == null ? path.toString() : last.toString();
    }

    private String scores() {
        StringBuilder table = new StringBuilder("The model is that of " + which + ".\n\n| | validation | test |\n|---|---|---|\n");
        table.append(row("loss", validation == null ? null : validation.loss(), test.loss()));
        test.scores().all().forEach((score, value) -> table.append(row(score, validation == null ? null : validation.scores().get(score), value)));
        return table.toString().stripTrailing();
    }

    private static String row(String score, @Nullable Double validation, double test) {
        return "| " + score + " | " + (validation == null ? "" : number(validation)) + " | " + number(test) + " |\n";
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "";
    }

    private String data() {
        String kind = dataset.isOfPairs() ? "pairs of texts" : "texts";
        return "`" + dataName() + "`: %d %s to learn from, %d to choose the epoch on, %d for the test scores.".formatted(dataset.train().size(), kind,
                dataset.validation().size(), dataset.test().size());
    }

    private String training() {
        Map<String, String> defaults = RunOptionsIO.texts(RunOptions.defaults());
        String rows = RunOptionsIO.texts(options).entrySet().stream().filter(option -> !LEFT_OUT.contains(option.getKey()))
                .filter(option -> !option.getValue().equals("false") || defaults.getOrDefault(option.getKey(), "").equals("true"))
                .map(option -> "| `" + option.getKey() + "` | " + option.getValue().replace("|", "\\|") + " |").collect(Collectors.joining("\n"));
        return "With miXed, `./mixed train`; all options are in `run.yaml`.\n\n| option | value |\n|---|---|\n" + rows;
    }

    /** Words with commas between them. */
    private static String list(List<String> names) {
        return names.stream().map(name -> "`" + name.replace("`", "'") + "`").collect(Collectors.joining(", "));
    }
}
