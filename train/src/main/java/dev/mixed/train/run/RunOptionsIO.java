// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.JsonReason;
import dev.mixed.io.LfsPointer;
import dev.mixed.io.ShellWord;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.weights.hub.DatasetHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;

/** Reads the options of a run from a YAML or JSON file, merges them with the command line's, and writes them beside the run's results. */
public final class RunOptionsIO {

    /** The file in a run's output folder. */
    public static final String FILE = "run.yaml";

    /** First line of every {@link #FILE}: what tells a run's folder from another one. */
    private static final int MOST_EDITS = 2;
    static final String HEADER = "# Options of a miXed run. The same again: ./mixed train --config FILE --output FOLDER";

    /** What a resumed run may do otherwise: it changes none of the numbers so far. With more epochs, the learning rate falls more slowly from there on. */
    private static final List<String> FREE_ON_RESUME = List.of("epochs", "max-steps", "output", "device", "no-self-check", "gradient-checkpointing",
            "log-every", "save-every", "save-total-limit", "early-stopping", "offline", "tensorboard", "tensorboard-gradients", "mlflow", "mlflow-experiment");

    /** Those that may also be lists of YAML or JSON. */
    private static final Set<String> LISTS = Set.of("seeds", "class-weights");

    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES, YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private RunOptionsIO() {
    }

    /**
     * The options of a run: the defaults, under the configuration file, under the command line. With {@code --resume}, what the run
     * in the output folder was started with takes the place of the defaults, so that nothing has to be typed again.
     *
     * @param config the file of {@code --config}, or null
     * @param commandLine only the options that the user typed, by name without dashes
     */
    public static RunOptions resolve(@Nullable Path config, Map<String, ?> commandLine) {
        Map<String, @Nullable Object> given = new LinkedHashMap<>(config == null ? Map.of() : read(config));
        commandLine.forEach((name, value) -> given.put(name, RunOptions.convert(name, value, "--" + name)));
        if (Boolean.TRUE.equals(given.get("resume")) && given.get("output") instanceof Path output && Files.exists(output.resolve(FILE))) {
            return resumed(RunOptions.defaults().with(readRun(output, "restore it from a copy, or start a new run in another --output")), given, output);
        }
        RunOptions options = RunOptions.defaults().with(given);
        if (options.schedule().scheduler() == Scheduler.CONSTANT && given.containsKey("warmup") && options.schedule().warmup() > 0) {
            throw ScheduleOptions.constantRises("--warmup " + options.schedule().warmup());
        }
        return given.containsKey("lr") ? options : options.with("lr", defaultLearningRate(options));
    }

    private static RunOptions resumed(RunOptions stored, Map<String, @Nullable Object> given, Path output) {
        // What auto stood for is stored; a configuration file may still say auto.
        given.remove("pad", RunOptions.Pad.AUTO);
        given.remove("batch", BatchOptions.AUTO);
        // How many it is resumed on is no option of the run, whose steps stay what they are.
        given.remove("ranks");
        RunOptions options = stored.with(given);
        // Some of them have no value there.
        Map<String, @Nullable Object> neutral = new LinkedHashMap<>();
        FREE_ON_RESUME.forEach(name -> neutral.put(name, stored.values().get(name)));
        neutral.put("output", output);
        if (hasMoreSeeds(stored, options)) {
            neutral.put("seeds", stored.repeats().seeds());
        }
        List<String> differences = differences(stored.with("output", output), options.with(neutral));
        if (!differences.isEmpty()) {
            boolean seeds = stored.repeats().seeds() != null && !Objects.equals(stored.repeats().seeds(), options.repeats().seeds());
            throw new UsageException("The run in '" + output + "' can't be resumed with other options (" + String.join("; ", differences) + "); leave them out"
                    + (!stored.repeats().several() ? ", or start a new run with --model " + ShellWord.of(output) + "."
                            : (seeds ? ", give --seeds " + stored.repeats().seeds() + " with more behind them" : "")
                                    + ", or start new runs in another --output."));
        }
        return options;
    }

    /** Whether runs of several seeds get further ones: those that are there stay what they are. */
    private static boolean hasMoreSeeds(RunOptions stored, RunOptions options) {
        Seeds there = stored.repeats().seeds();
        Seeds here = options.repeats().seeds();
        return there != null && here != null && here.all().size() > there.all().size() && here.all().subList(0, there.all().size()).equals(there.all());
    }

    /**
     * The options of a run in a folder, with those of {@code like} that a resumed run may change.
     *
     * @param output of a run that is to be resumed
     */
    public static RunOptions resumed(Path output, RunOptions like) {
        Map<String, @Nullable Object> given = new LinkedHashMap<>(like.values());
        given.keySet().retainAll(FREE_ON_RESUME);
        given.put("output", output);
        given.put("resume", true);
        return resolve(null, given);
    }

    /** From random weights a small model takes larger steps; a trained one is fine-tuned with BERT's own rate. */
    private static String defaultLearningRate(RunOptions options) {
        if (options.model().name() != null) {
            return "2e-5";
        }
        return switch (options.model().preset()) {
            case "tiny" -> "5e-4";
            case "mini" -> "3e-4";
            case "small" -> "2e-4";
            default -> "1e-4";
        };
    }

    /**
     * The options that a file gives, by their names on the command line; it may also use the names of Hugging Face's training
     * scripts, and underscores or capitals in place of dashes. JSON when it is called so, else YAML.
     */
    public static Map<String, @Nullable Object> read(Path file) {
        return read(file, null);
    }

    /**
     * The options that a run wrote in its folder.
     *
     * @param remedy what to do where they can't be read, as the end of a sentence
     */
    public static Map<String, @Nullable Object> readRun(Path folder, String remedy) {
        return read(folder.resolve(FILE), remedy);
    }

    private static Map<String, @Nullable Object> read(Path file, @Nullable String remedy) {
        Map<String, @Nullable Object> options = new LinkedHashMap<>();
        Map<String, String> names = knownNames();
        List<HuggingFaceNames.Given> others = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : parse(file, remedy).properties()) {
            String key = entry.getKey();
            JsonNode node = entry.getValue();
            String name = names.get(HuggingFaceNames.plain(key));
            HuggingFaceName other = HuggingFaceNames.find(key);
            if (name == null && other != null) {
                // What is null there is not given.
                if (!node.isNull()) {
                    others.add(new HuggingFaceNames.Given(other, "'" + file + "': " + key, node.isContainerNode() ? joined(node) : node.asText()));
                }
                continue;
            }
            if (name == null) {
                throw new UsageException("'" + file + "' has the unknown key '" + key + "'; " + suggestion(key, names) + ".");
            }
            if (options.containsKey(name)) {
                throw new UsageException("'" + file + "' gives '" + name + "' a second time as '" + key + "'; keep only one of the two.");
            }
            String kind = node.isObject() ? "a group of keys" : !node.isArray() ? null
                    : LISTS.contains(name) ? joined(node) : "a list";
            String text = kind != null ? kind : node.isNull() ? null : HuggingFaceNames.value(key, key(name), node.asText());
            options.put(name, RunOptions.convert(name, text, "'" + file + "': " + key));
        }
        HuggingFaceNames.options(others, options).forEach((name, value) -> options.put(name, RunOptions.convert(name, value, "'" + file + "': " + name)));
        return options;
    }

    private static String joined(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false).map(JsonNode::asText).collect(Collectors.joining(","));
    }

    private static RunOptions.Key key(String name) {
        return RunOptions.keys().stream().filter(key -> key.name().equals(name)).findFirst().orElseThrow();
    }

    /**
     * What was typed, under miXed's names or those of Hugging Face's training scripts, by miXed's names.
     *
     * @param typed as typed, without the dashes in front; each has a value, and a switch {@code true}
     */
    public static Map<String, Object> typed(Map<String, String> typed) {
        Map<String, String> names = knownNames();
        Map<String, Object> options = new LinkedHashMap<>();
        List<HuggingFaceNames.Given> others = new ArrayList<>();
        typed.forEach((written, value) -> {
            String name = names.get(HuggingFaceNames.plain(written));
            HuggingFaceName other = HuggingFaceNames.find(written);
            if (name != null) {
                if (options.put(name, HuggingFaceNames.value(written, key(name), value)) != null) {
                    throw new UsageException("--" + written + " gives --" + name + " a second time; keep only one of the two.");
                }
            } else if (other != null) {
                others.add(new HuggingFaceNames.Given(other, "--" + written, value));
            } else {
                throw new IllegalArgumentException("there is no option '" + written + "'");
            }
        });
        options.putAll(HuggingFaceNames.options(others, options));
        return options;
    }

    /** All names of Hugging Face's that are understood or answered, as a command line has them, without dashes in front. */
    public static List<String> otherNames() {
        return Stream.concat(RunOptions.keys().stream().flatMap(key -> Stream.concat(Stream.of(key.name().replace('-', '_')).filter(name -> name.contains("_")),
                key.aliases().stream())), HuggingFaceNames.all().stream().map(HuggingFaceName::name)).toList();
    }

    /**
     * Writes all options but {@code resume} and {@code overwrite}, which belong to one command rather than to the run. Paths are
     * written in full, so that the file means the same from any folder. The file appears whole or not at all.
     */
    public static void write(RunOptions options, Path file) {
        ObjectNode node = YAML.createObjectNode();
        recorded(options).forEach((name, value) -> {
            switch (value) {
                case Path path -> node.put(name, inFull(path).toString());
                case String model when name.equals("model") -> node.put(name, inFull(model));
                case Double number -> node.put(name, new BigDecimal(number.toString()));
                case Integer number -> node.put(name, number);
                case Long number -> node.put(name, number);
                case Boolean flag -> node.put(name, flag);
                case Enum<?> constant -> node.put(name, RunOptions.label(constant));
                default -> node.put(name, value.toString());
            }
        });
        try {
            AtomicFile.write(file, (HEADER + "\n" + YAML.writeValueAsString(node)).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UserException("The run's options could not be written to '" + file + "' (" + IoReason.of(e)
                    + "); check the free space and the permissions, or choose another --output.", e);
        }
    }

    /** Whether {@code folder} holds the options that a miXed run wrote there. */
    public static boolean isRun(Path folder) {
        try (var lines = Files.lines(folder.resolve(FILE))) {
            return lines.findFirst().filter(HEADER::equals).isPresent();
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /** The options of a run in which the two differ, each as "batch: 32 there, 16 here"; paths are compared in full. */
    public static List<String> differences(RunOptions there, RunOptions here) {
        Map<String, Object> a = recorded(there);
        Map<String, Object> b = recorded(here);
        List<String> differences = new ArrayList<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            Object x = full(key.name(), a.get(key.name()));
            Object y = full(key.name(), b.get(key.name()));
            if (!Objects.equals(x, y)) {
                differences.add(key.name() + ": " + shown(x) + " there, " + shown(y) + " here");
            }
        }
        return differences;
    }

    /** What {@link #write} writes, each value as it would be typed. */
    public static SequencedMap<String, String> texts(RunOptions options) {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        recorded(options).forEach((name, value) -> texts.put(name,
                value instanceof Double number ? new BigDecimal(number.toString()).stripTrailingZeros().toPlainString() : shown(full(name, value))));
        return texts;
    }

    private static Map<String, Object> recorded(RunOptions options) {
        Map<String, Object> values = options.values();
        values.remove("resume");
        values.remove("overwrite");
        return values;
    }

    private static @Nullable Object full(String name, @Nullable Object value) {
        return value instanceof Path path ? inFull(path) : name.equals("model") && value != null ? inFull(value.toString()) : value;
    }

    /** A full path; the name of a data set on the hub as it is. */
    private static Path inFull(Path path) {
        return DatasetHub.isName(path.toString()) ? path : path.toAbsolutePath().normalize();
    }

    /** A model's folder as a full path; a name on the hub, which is no folder here, as it is. */
    private static String inFull(String model) {
        try {
            Path path = Path.of(model);
            return Files.exists(path) ? path.toAbsolutePath().normalize().toString() : model;
        } catch (InvalidPathException e) {
            return model;
        }
    }

    private static String shown(@Nullable Object value) {
        return value == null ? "none" : value instanceof Enum<?> constant ? RunOptions.label(constant) : value.toString();
    }

    /** @param remedy in place of those for a file that the user writes; null for these */
    private static JsonNode parse(Path file, @Nullable String remedy) {
        boolean json = file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".json");
        JsonNode root;
        try {
            String text = Files.readString(file);
            LfsPointer.refuse(file.toString(), text.getBytes(StandardCharsets.UTF_8));
            root = (json ? JSON : YAML).readTree(text);
        } catch (NoSuchFileException e) {
            throw new UserException("There is no file '" + file + "' to read options from; check the path.", e);
        } catch (CharacterCodingException e) {
            throw new UserException("'" + file + "' is not text in UTF-8; " + (remedy == null ? "save it as UTF-8" : remedy) + ".", e);
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null || e.getLocation().getLineNr() < 1 ? "" : ", line " + e.getLocation().getLineNr();
            throw new UserException("'" + file + "'" + line + ": not valid " + (json ? "JSON" : "YAML") + " (" + JsonReason.of(e) + "); "
                    + (remedy == null ? "correct it there" : remedy) + ".", e);
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        }
        if (root == null || root.isMissingNode() || root.isNull()) {
            throw new UserException("'" + file + "' is empty; " + (remedy == null ? "give at least one option, for example 'epochs: 3'" : remedy) + ".");
        }
        if (root.getNodeType() != JsonNodeType.OBJECT) {
            throw new UserException("'" + file + "' is no set of keys and values; "
                    + (remedy == null ? "write one option a line, for example 'epochs: 3'" : remedy) + ".");
        }
        return root;
    }

    private static Map<String, String> knownNames() {
        Map<String, String> names = new LinkedHashMap<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            names.put(HuggingFaceNames.plain(key.name()), key.name());
            key.aliases().forEach(alias -> names.put(HuggingFaceNames.plain(alias), key.name()));
        }
        return names;
    }

    private static String suggestion(String key, Map<String, String> names) {
        String nearest = Collections.min(names.keySet(),
                Comparator.comparingInt(known -> LevenshteinDistance.getDefaultInstance().apply(HuggingFaceNames.plain(key), known)));
        // A name further away is most likely not the one that was meant.
        return LevenshteinDistance.getDefaultInstance().apply(HuggingFaceNames.plain(key), nearest) <= Math.min(MOST_EDITS, key.length() / 2)
                ? "the nearest known key is '" + names.get(nearest) + "'" : "'./mixed train --help' lists the known ones";
    }
}
