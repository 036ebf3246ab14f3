// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.amp.Precision;
import dev.mixed.io.UsageException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/**
 * All options of one training run; one row below is one option of the command line and one key of a configuration file.
 * A value outside its range cannot be constructed: a {@link UsageException} names the option, the value and the range.
 *
 * <p>In code, start from the defaults and change options under the names that they have on the command line:
 * <pre>{@code
 * RunOptions.defaults().with("epochs", 3).with("lr", 1e-3).with("pad", RunOptions.Pad.MAX)
 * RunOptions.defaults().with(Map.of("epochs", 3, "lr", 1e-3))
 * }</pre>
 */
public record RunOptions(
        @Option(name = "data", help = "folder or file with the labelled texts; without it, the small data set that comes with miXed")
        @Nullable Path data,
        @Option(name = "task", value = "auto", help = "what to learn of each text or pair of texts: classification (a class), regression (a score),"
                + " multilabel (any number of labels), tokens (a tag"
                + " for each word), mlm (words that were taken out of texts, to pretrain a model) or embeddings (a vector, of pairs of texts); auto: what the data are plainly for")
        TaskKind task,
        @Option(name = "loss", value = "auto", help = "of --task embeddings: cosine (of each pair's vectors, to be its score) or contrastive (the second text of"
                + " each pair is to be told from those of the other pairs of its batch); auto: cosine where pairs have scores")
        Loss loss,
        @Option(name = "pooling", also = "pooling_mode", value = "auto", help = "of --task embeddings: mean of the tokens' vectors, or cls for that of [CLS];"
                + " auto: as --model has it, else mean")
        PoolingChoice pooling,
        @Option(name = "normalize", also = "normalize_embeddings", value = "false", help = "of --task embeddings: the model's vectors have a length of 1 when"
                + " 'mixed embed' writes them; of no effect on training, which looks at cosines")
        boolean normalize,
        @Option(name = "score-range", help = "of --loss cosine: lowest and highest score, such as 1,5, which are learned as the cosines 0 and 1; without it,"
                + " scores are cosines from -1 to 1")
        @Nullable String scoreRange,
        @Option(name = "text-column", also = "text_column_name", help = "column or field of the texts in a CSV, TSV or JSONL file, in place of text;"
                + " what else a row holds is not used")
        @Nullable String textColumn,
        @Option(name = "pair-column", also = "text_pair_column_name", help = "column or field of the second texts, for pairs of texts; without it, text_pair"
                + " if a file has that beside text")
        @Nullable String pairColumn,
        @Option(name = "label-column", also = "label_column_name", help = "column or field of the labels, in place of label; several with commas between"
                + " them, each of 1 and 0, for one label each")
        @Nullable String labelColumn,
        @Option(name = "delimiter", help = "character between the columns of a file, such as ';' or tab, in place of a comma, or of a tab in a .tsv")
        @Nullable Delimiter delimiter,
        @Option(name = "no-header", value = "false", help = "the first line is a row: --text-column and --label-column are numbers, from 1")
        boolean noHeader,
        @Option(name = "preset", value = "tiny", help = "size of a model that starts from random weights: tiny, mini, small, medium or base")
        String preset,
        @Option(name = "model", also = "model_name_or_path",
                help = "model to start from, in place of a preset: its folder, or its name on Hugging Face's hub such as google/bert_uncased_L-12_H-768_A-12")
        @Nullable String model,
        @Option(name = "head", value = "auto", help = "cls: the classifier reads [CLS] directly, with one logit for two classes; pooler: through BERT's pooler,"
                + " as transformers' BertForSequenceClassification; auto: as --model has it for the same classes, else cls")
        Head head,
        @Option(name = "offline", value = "false", help = "download nothing: a --model named as on the hub has to be in Hugging Face's cache")
        boolean offline,
        @Option(name = "vocab", also = "tokenizer_name", help = "vocab.txt or tokenizer.json, with the settings beside it, or a folder with them; without it, the"
                + " model's own or one built from the training texts")
        @Nullable Path vocab,
        @Option(name = "cased", value = "false", help = "keep the case of texts, for a vocab.txt without a tokenizer_config.json or a vocabulary built from the texts")
        boolean cased,
        @Option(name = "uncased", value = "false", help = "lower-case texts, as without --cased; says so where a vocabulary has capitals")
        boolean uncased,
        @Option(name = "output", also = "output_dir", help = "folder for checkpoints, metrics and plots")
        @Nullable Path output,
        @Option(name = "device", value = "auto", help = "where to compute: auto, jvm or gpu")
        Device device,
        @Option(name = "no-self-check", value = "false",
                help = "leave out the comparison of GPU kernels with their references, one family of them with each new program")
        boolean noSelfCheck,
        @Option(name = "batch", also = {
            "batch_size", "train_batch_size", "per_device_train_batch_size"}, value = "32", min = 1, max = 65536,
                help = "texts per batch")
        int batch,
        @Option(name = "accumulate", also = "gradient_accumulation_steps", value = "1", min = 1, max = 65536,
                help = "batches per update: it is the mean over all their texts, as if they were one large batch")
        int accumulate,
        @Option(name = "length", also = {"max_length", "max_seq_length"}, value = "128", min = 3, max = 8192,
                help = "longest input in tokens, [CLS] and [SEP] included; what is longer is cut")
        int length,
        @Option(name = "pad", value = "auto",
                help = "bucket: batches of similar length; coarse: alike, with few lengths, for a GPU, which compiles each once; "
                        + "max: every text padded to the longest input; packed: no padding, the texts of a batch one after the other; auto: what is fast")
        Pad pad,
        @Option(name = "epochs", also = "num_train_epochs", value = "5", min = 1, max = 100_000, help = "passes over the training texts")
        int epochs,
        @Option(name = "lr", also = "learning_rate", value = "5e-4", min = 0, aboveMin = true, max = 1,
                help = "highest learning rate of AdamW; 5e-4 is for tiny, without --lr larger presets take 3e-4 (mini), 2e-4 (small) or 1e-4, and --model 2e-5")
        double lr,
        @Option(name = "warmup", also = "warmup_ratio", value = "0.1", min = 0, max = 1, help = "share of all steps in which the learning rate rises")
        double warmup,
        @Option(name = "weight-decay", value = "0.01", min = 0, max = 1, help = "decoupled weight decay, none on biases and norms")
        double weightDecay,
        @Option(name = "clip", also = "max_grad_norm", value = "1", min = 0, max = 1e9, help = "largest global norm of the gradient; 0: no clipping")
        double clip,
        @Option(name = "dropout", also = {"hidden_dropout_prob", "hidden_dropout"}, value = "0.1", min = 0, max = 1, belowMax = true,
                help = "probability of dropping a value in training")
        double dropout,
        @Option(name = "amp", also = "fp16", value = "false", help = "mixed precision: activations and the weights' working copies in half, with a scaled loss")
        boolean amp,
        @Option(name = "residual", value = "half", help = "half: --amp keeps the residual stream in half, for less memory; float: as PyTorch's autocast")
        Residual residual,
        @Option(name = "tf32", value = "false",
                help = "a GPU's matrix products of floats round their operands to tf32, as PyTorch's allow_tf32: much faster, 3 digits")
        boolean tf32,
        @Option(name = "seed", value = "42", min = 0, max = Long.MAX_VALUE, help = "seed of weights, order and dropout: the same seed gives the same run")
        long seed,
        @Option(name = "log-every", also = "logging_steps", value = "50", min = 1, max = Integer.MAX_VALUE, help = "steps between two rows of metrics.csv")
        int logEvery,
        @Option(name = "save-every", also = "save_steps", value = "0", min = 0, max = Integer.MAX_VALUE,
                help = "steps between two checkpoints within an epoch; 0: at its end only")
        int saveEvery,
        @Option(name = "resume", value = "false", help = "continue the run in the output folder from its last checkpoint; of the run's numbers, more --epochs alone may be given")
        boolean resume,
        @Option(name = "overwrite", also = "overwrite_output_dir", value = "false", help = "replace the run in the output folder")
        boolean overwrite) {
    // @formatter:on

    /** Where tensors are computed. */
    public enum Device { AUTO, JVM, GPU }

    /** By what vectors are learned. */
    public enum Loss { AUTO, COSINE, CONTRASTIVE }

    /** How the vectors of a text's tokens become one. */
    public enum PoolingChoice { AUTO, MEAN, CLS }

    /** What lies between the encoder and the logits. */
    public enum Head { AUTO, CLS, POOLER }

    /** How mixed precision stores the residual stream. */
    public enum Residual {
        HALF, FLOAT;

        /** Mixed precision with a residual stream of this type. */
        public Precision precision() {
            return this == HALF ? Precision.AMP : Precision.AMP_FLOAT_RESIDUAL;
        }
    }

    /** How texts of different length form a batch. */
    public enum Pad {
        AUTO, BUCKET, COARSE, MAX, PACKED;

        /** This way, or what {@link #AUTO} stands for on a device: the one place that decides it, for training, scoring and prediction. */
        public Pad on(dev.mixed.engine.Device device, Precision precision) {
            return this == AUTO ? BUCKET : this;
        }
    }

    /** The one row that describes an option. */
    @Target(ElementType.RECORD_COMPONENT)
    @Retention(RetentionPolicy.RUNTIME)
    @interface Option {
        String name();

        /** Other names that a configuration file may use, those of Hugging Face's training scripts first of all. */
        String[] also() default {};

        /** The default as a user would type it; empty for an option that need not have a value. */
        String value() default "";

        double min() default 0;

        boolean aboveMin() default false;

        double max() default 0;

        boolean belowMax() default false;

        String help();
    }

    /**
     * What a command line needs to know to offer an option.
     *
     * @param name as typed, without dashes in front
     * @param aliases other names in configuration files
     * @param type the record component's type, for example {@code int.class}
     * @param defaultText the default as typed, or empty when there is none
     * @param range what values are allowed, in words, for example "a whole number from 1 to 65536"
     */
    public record Key(String name, List<String> aliases, Class<?> type, String defaultText, String range, String help) {
    }

    private static final RecordComponent[] ROWS = RunOptions.class.getRecordComponents();
    private static final RunOptions DEFAULTS = construct(Map.of());

    public RunOptions {
        check(data, task, loss, pooling, normalize, scoreRange, textColumn, pairColumn, labelColumn, delimiter, noHeader, preset, model, head, offline, vocab, cased, uncased, output, device,
                noSelfCheck, batch,
                accumulate, length, pad, epochs, lr, warmup, weightDecay, clip,
                dropout, amp, residual, tf32, seed, logEvery,
                saveEvery, resume, overwrite);
        // Checks them together.
        new DataColumns(textColumn, pairColumn, labelColumn, delimiter, !noHeader);
        if (resume && overwrite) {
            throw new UsageException("--resume continues the run in the output folder and --overwrite replaces it: give only one of them.");
        }
        if (cased && uncased) {
            throw new UsageException("--cased keeps the case of texts and --uncased lower-cases them: give only one of them.");
        }
        if (tf32 && amp) {
            throw new UsageException("--tf32 is for FP32 and has no effect with --amp, whose products are of halves: leave one of them out.");
        }
        if (resume && output == null) {
            throw new UsageException("--resume needs --output, the folder of the run to continue.");
        }
    }

    public static RunOptions defaults() {
        return DEFAULTS;
    }

    /** All options in the order in which help lists them. */
    public static List<Key> keys() {
        return Arrays.stream(ROWS).map(row -> {
            Option option = option(row);
            return new Key(option.name(), List.of(option.also()), row.getType(), option.value(), range(row), option.help());
        }).toList();
    }

    /** How the rows of the data are read. */
    public DataColumns columns() {
        return new DataColumns(textColumn, pairColumn, labelColumn, delimiter, !noHeader);
    }

    /** In which types the model computes. */
    public Precision precision() {
        return amp ? residual.precision() : Precision.FP32;
    }

    /** These options with one changed; {@code name} as on the command line, {@code value} of the option's type or as typed. */
    public RunOptions with(String name, @Nullable Object value) {
        return with(Collections.singletonMap(name, value));
    }

    /** These options with those of {@code given} (names as on the command line) in place of their own. */
    public RunOptions with(Map<String, ? extends @Nullable Object> given) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(values());
        given.forEach((name, value) -> merged.put(name, convert(name, value, "--" + name)));
        return construct(merged);
    }

    /** Every option that has a value, by its name on the command line. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent row : ROWS) {
            try {
                Object value = row.getAccessor().invoke(this);
                if (value != null) {
                    values.put(option(row).name(), value);
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return values;
    }

    /** {@code raw} as the option's type and within its range; {@code where} opens the sentence that says otherwise. */
    static @Nullable Object convert(String name, @Nullable Object raw, String where) {
        RecordComponent row = Arrays.stream(ROWS).filter(r -> option(r).name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no option '" + name + "'"));
        if (raw == null && option(row).value().isEmpty()) {
            return null;
        }
        Object value = raw == null ? null : parse(row.getType(), raw);
        if (value == null || !inRange(row, value)) {
            throw new UsageException(where + " must be " + range(row) + ", not " + (raw == null ? "left empty" : "'" + raw + "'") + ".");
        }
        return value;
    }

    /** Null when {@code raw} is no value of this type. */
    private static @Nullable Object parse(Class<?> type, Object raw) {
        String text = raw.toString().strip();
        try {
            if (type == int.class) {
                return new BigDecimal(text).intValueExact();
            } else if (type == long.class) {
                return new BigDecimal(text).longValueExact();
            } else if (type == double.class) {
                return new BigDecimal(text).doubleValue();
            } else if (type == boolean.class) {
                return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
            } else if (type.isEnum()) {
                return Arrays.stream(type.getEnumConstants()).filter(c -> label(c).equals(text.toLowerCase(Locale.ROOT))).findFirst().orElse(null);
            } else if (type == Delimiter.class) {
                return Delimiter.parse(raw.toString());
            } else if (text.isEmpty()) {
                return null;
            }
            return type == Path.class ? Path.of(text) : text;
        } catch (ArithmeticException | NumberFormatException | InvalidPathException e) {
            return null;
        }
    }

    private static boolean inRange(RecordComponent row, Object value) {
        Option option = option(row);
        if (!(value instanceof Number number)) {
            return true;
        }
        double v = number.doubleValue();
        return (option.aboveMin() ? v > option.min() : v >= option.min()) && (option.belowMax() ? v < option.max() : v <= option.max());
    }

    private static String range(RecordComponent row) {
        Class<?> type = row.getType();
        if (type == boolean.class) {
            return "true or false";
        } else if (type.isEnum()) {
            return choices(type);
        } else if (type == Path.class) {
            return "a file or folder";
        } else if (type == Delimiter.class) {
            return Delimiter.RANGE;
        } else if (type == String.class) {
            return "a name";
        }
        Option option = option(row);
        String max = type == long.class ? String.valueOf((long) option.max()) : bound(option.max());
        return (type == double.class ? "a number " : "a whole number ") + (option.aboveMin() ? "above " : "from ") + bound(option.min())
                + (option.belowMax() ? " to below " : option.aboveMin() ? " and at most " : " to ") + max;
    }

    /** The values of an enum, as options take them. */
    public static String choices(Class<?> type) {
        return "one of " + Arrays.stream(type.getEnumConstants()).map(RunOptions::label).collect(Collectors.joining(", "));
    }

    private static String bound(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    /** Checks values in the order of the rows. */
    private static void check(@Nullable Object... values) {
        for (int i = 0; i < values.length; i++) {
            convert(option(ROWS[i]).name(), values[i], "--" + option(ROWS[i]).name());
        }
    }

    private static RunOptions construct(Map<String, ? extends @Nullable Object> values) {
        @Nullable Object[] arguments = new @Nullable Object[ROWS.length];
        Class<?>[] types = new Class<?>[ROWS.length];
        for (int i = 0; i < ROWS.length; i++) {
            Option option = option(ROWS[i]);
            types[i] = ROWS[i].getType();
            arguments[i] = values.containsKey(option.name()) ? values.get(option.name())
                    : option.value().isEmpty() ? null : parse(types[i], option.value());
        }
        try {
            return RunOptions.class.getDeclaredConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw (RuntimeException) e.getCause();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Option option(RecordComponent row) {
        return row.getAnnotation(Option.class);
    }

    /** An enum's constant as typed, for example {@code auto}. */
    public static String label(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }
}
