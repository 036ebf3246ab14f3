// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.AtomicFolder;
import dev.mixed.io.IoReason;
import dev.mixed.io.LfsPointer;
import dev.mixed.io.ReadableFolder;
import dev.mixed.io.UserException;
import dev.mixed.weights.WeightFile;
import dev.mixed.weights.WeightFormat;
import dev.mixed.weights.hub.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The folder of a model, with the files and names that Hugging Face's {@code transformers} knows. While it is open, its small files are read and its
 * tensors mapped; opening changes nothing on the disk.
 */
public final class ModelFolder implements AutoCloseable {
    public static final String CONFIG = ModelFiles.CONFIG;
    public static final String VOCAB = "vocab.txt";
    public static final String TOKENIZER = "tokenizer.json";
    public static final String MODEL = WeightFormat.SAFETENSORS.fileName();

    /** The files of a tokenizer that Hugging Face knows and a model carries along. */
    public static final List<String> TOKENIZER_FILES = List.of(VOCAB, TOKENIZER, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json");

    /** The files that a save replaces together. */
    public static final AtomicFolder LAYOUT = new AtomicFolder("checkpoint", List.of(CONFIG, MODEL), TOKENIZER_FILES);

    /** What to fetch of a BERT on the hub beside its configuration and weights. */
    public static final ModelFiles ON_HUB = new ModelFiles("a BERT model that transformers can load",
            TOKENIZER_FILES, Set.of(VOCAB, TOKENIZER));

    private static final String GIVE_A_MODEL = "; give the folder of a saved model, with config.json and weights.";

    private final Path folder;
    /** Empty for a folder of whatever module. */
    private final Optional<BertConfig> config;
    private final SequencedMap<String, byte[]> tokenizerFiles;
    private final WeightFile weights;
    /** What its head is; empty for a folder of whatever module. */
    private final Optional<HeadDecision> head;

    private ModelFolder(Path folder, Optional<BertConfig.Encoder> config, SequencedMap<String, byte[]> tokenizerFiles, WeightFile weights) {
        this.folder = folder;
        this.tokenizerFiles = tokenizerFiles;
        this.weights = weights;
        head = config.map(c -> c.labelProblem().map(HeadDecision::withoutLabels).orElseGet(() -> HeadDecision.of(c.config(), weights)));
        this.config = config.map(c -> decided(c.config(), head.orElseThrow().head()));
    }

    /** The configuration of a model whose head was decided says which it is, whatever its file called it. */
    private static BertConfig decided(BertConfig read, Head head) {
        if (head == Head.VECTORS) {
            return read;
        }
        BertConfig config = read.withoutVectors();
        return head == Head.NONE || head == Head.TOKENS || head == Head.WORDS
                || config.architectures().equals(List.of(head == Head.POOLER ? BertConfig.POOLED : BertConfig.PLAIN))
                        ? config
                        : config.withPooler(head == Head.POOLER);
    }

    /**
     * Opens the model in {@code folder}, with a classifier or without, see {@link #head()}; a {@link UserException} says in one sentence what is
     * missing or damaged.
     */
    public static ModelFolder open(Path folder) {
        require(folder);
        return open(folder, Optional.of(new BertConfig.Encoder(read(folder, CONFIG, BertConfig::read), Optional.empty())), RenamedWeights::open);
    }

    /** {@link #open} to take the encoder alone and give it another classifier: names of classes may be wrong, and there is no head then. */
    public static ModelFolder openEncoder(Path folder) {
        require(folder);
        return open(folder, Optional.of(read(folder, CONFIG, BertConfig::readEncoder)), RenamedWeights::open);
    }

    /** Opens the folder of whatever module, whose {@code config.json} is its own, and whose weights have the names in the file. */
    public static ModelFolder openModule(Path folder) {
        require(folder);
        return open(folder, Optional.empty(), WeightFormat::open);
    }

    private static ModelFolder open(Path folder, Optional<BertConfig.Encoder> config, BiFunction<WeightFormat, Path, WeightFile> reader) {
        SequencedMap<String, byte[]> tokenizerFiles = new LinkedHashMap<>();
        for (String name : TOKENIZER_FILES) {
            LAYOUT.read(folder, name, ModelFolder::bytes).ifPresent(bytes -> tokenizerFiles.put(name, bytes));
        }
        WeightFormat format = WeightFormat.preferred(name -> LAYOUT.locate(folder, name).isPresent()).orElseThrow(() -> new UserException("'" + folder
                + "' has no weights: none of " + String.join(", ", WeightFormat.fileNames())
                + OtherWeights.in(folder).map(other -> "; " + other + ".").orElse(GIVE_A_MODEL)));
        return new ModelFolder(folder, config, tokenizerFiles, read(folder, format.fileName(), file -> reader.apply(format, file)));
    }

    /** A {@link UserException} where {@code folder} is none that can be read. */
    public static void require(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserException("'" + folder + "' " + (Files.exists(folder) ? "is not a folder" : "does not exist") + GIVE_A_MODEL);
        }
        ReadableFolder.require(folder);
    }

    /** What {@code reader} makes of the file {@code name} of the model in {@code folder}; a {@link UserException} where it has none. */
    public static <T> T read(Path folder, String name, Function<Path, T> reader) {
        return LAYOUT.read(folder, name, reader).orElseThrow(() -> new UserException("'" + folder + "' has no " + name + GIVE_A_MODEL));
    }

    /** Where the file {@code name} is at this moment; empty when the model has no such file. */
    public static Optional<Path> locate(Path folder, String name) {
        return LAYOUT.locate(folder, name);
    }

    /** Replaces the model in {@code folder}, which is created where needed; a {@link UserException} means that the previous one is intact. */
    public static void save(Path folder, ModelContents contents) {
        LAYOUT.save(folder, contents.tensorBytes(), contents::writeTo);
    }

    public Path folder() {
        return folder;
    }

    /** BERT's configuration, which a folder opened by {@link #openModule} does not have. */
    public BertConfig config() {
        return config.orElseThrow(() -> new IllegalStateException(
                "'" + folder + "' was opened as that of whatever module; open it as BERT's to have a BertConfig"));
    }

    /** Which classifier the model has; {@link Head#NONE} in the folder of whatever module. */
    public Head head() {
        return head.map(HeadDecision::head).orElse(Head.NONE);
    }

    /** A {@link UserException} that says what the model is, unless it has a classifier of texts that miXed computes. */
    public void requireClassifier() {
        config.ifPresent(c -> CheckpointFit.checkSize(weights, c));
        head.ifPresent(decision -> decision.require(folder));
    }

    /** What the user should know of how the files were read, a sentence each. */
    public List<String> notes() {
        return Stream.of(RenamedWeights.note(weights), head.flatMap(HeadDecision::note)).flatMap(Optional::stream).toList();
    }

    /** The tokenizer's files by name, such as {@code vocab.txt}, to read or to hand on to the next save; those absent are left out. */
    public SequencedMap<String, byte[]> tokenizerFiles() {
        return tokenizerFiles;
    }

    /** The parameters in whatever format, BERT's under Hugging Face's names of today; {@link CheckpointFit} tells whether they fit a configuration. */
    public WeightFile weights() {
        return weights;
    }

    @Override
    public void close() {
        weights.close();
    }

    private static byte[] bytes(Path file) {
        try {
            return LfsPointer.readAllBytes(file);
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        }
    }
}
