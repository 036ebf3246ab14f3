// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.DataParallel;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.NonFiniteException;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TextLines;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.TaskKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mixed predict}: classifies texts from the command line, a file or standard input. */
@Command(name = "predict", mixinStandardHelpOptions = true,
        description = "Classifies texts given as arguments, in a file, or on standard input, one a line, each as it comes; or says of them"
                + " whatever the model was trained for.")
final class PredictCommand implements Callable<Integer> {
    /** So many texts are classified between two outputs, so that results of a long list appear as they come. */
    private static final int CHUNK = 1024;
    /** Of a model that has an output for each word of its vocabulary at each token of a text. */
    private static final int CHUNK_OF_WORDS = 8;
    private static final String STANDARD_INPUT = "standard input";
    private static final Path DASH = Path.of("-");

    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments arguments;

    @Mixin
    private RankArguments ranks;

    @Option(names = "--file", paramLabel = "<file>",
            description = "texts in UTF-8: a CSV, TSV, JSONL or Parquet file, as for training but without need of labels, or"
                    + " another with one text a line; -: standard input. A blank text is a text too")
    private @Nullable Path file;

    @Mixin
    private ColumnArguments columns;

    @Option(names = "--pair", paramLabel = "<text>", description = "the second text, for a model of pairs: beside one text as an argument")
    private @Nullable String pair;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>",
            description = "text, json: one object a line, or csv (default: ${DEFAULT-VALUE})")
    private Predictions.Format format;

    @Option(names = "--pipe",
            description = "for programs that keep a model: answer lists of texts on standard input, one in JSON a line, [\"text\", ...] or"
                    + " [[\"text\", \"its pair\"], ...], each with a line of class probabilities, until the input ends")
    private boolean pipe;

    @Parameters(paramLabel = "<text>", arity = "0..*", description = "texts to classify")
    private List<String> texts = List.of();

    private @Nullable Tokenization how;
    private int read;
    private int cut;

    @Override
    public Integer call() throws Exception {
        if (file != null && !texts.isEmpty()) {
            throw new UsageException("Give texts either as arguments or in --file, not both.");
        }
        boolean input = DASH.equals(file) || file == null && texts.isEmpty();
        DataColumns typed = columns.typed(null);
        if (pair != null && texts.size() != 1) {
            throw new UsageException("--pair is the second text of a pair: give the first one, and no other, as an argument.");
        }
        if (typed != null && (file == null || input)) {
            throw new UsageException("--text-column, --pair-column, --delimiter and --no-header say how a file is read; give it with --file.");
        }
        if (pipe && (file != null || !texts.isEmpty() || format != Predictions.Format.TEXT || ranks.several())) {
            throw new UsageException("--pipe reads lists of texts from standard input: give no texts, no --file, no --format and no --ranks with it.");
        }
        if (ranks.several() && (file == null || input)) {
            throw new UsageException("--ranks and --gpus are for the texts of a file; give it with --file.");
        }
        return ranks.run(spec.commandLine(), arguments.deviceArguments(), session -> predicted(input, typed, session.together()));
    }

    private int predicted(boolean input, @Nullable DataColumns typed, DataParallel together) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        try (Device device = arguments.device(); LoadedModel model = arguments.open(device, err)) {
            model.setRanks(together);
            int length = arguments.length(model);
            int batch = arguments.batch();
            if (pipe) {
                new PredictPipe(model, how(model), arguments.run().get("pair-column") != null, batch, length).answer(System.in, spec.commandLine().getOut());
                return 0;
            }
            if (input) {
                classifyInput(model, batch, length, together);
            } else {
                List<LabeledText> given = file == null ? arguments() : Dataset.readRows(file, fileColumns(file, typed), err::println);
                requirePairs(given);
                together.requireSame(Map.of("texts", LabeledText.checksum(given)));
                Predictions predictions = predictions(model, given.stream().anyMatch(text -> text.pair() != null));
                int chunk = chunk(model) * together.size();
                for (int start = 0; start < given.size(); start += chunk) {
                    if (!classify(given.subList(start, Math.min(start + chunk, given.size())), model, predictions, batch, length, together)) {
                        break;
                    }
                }
            }
            TokenizedDataset.truncationNotice(cut, read, length, model.config().maxPositionEmbeddings()).ifPresent(err::println);
        }
        return 0;
    }

    /** Standard input is read last of all: nobody should type texts only to learn that the model is missing. */
    private void classifyInput(LoadedModel model, int batch, int length, DataParallel together) throws IOException {
        TextLines lines = new TextLines(STANDARD_INPUT, System.in, spec.commandLine().getErr()::println);
        List<String> some = lines.next(chunk(model));
        if (some.isEmpty()) {
            throw new UserException((file == null ? "No text was given and standard input is empty" : "Standard input is empty")
                    + "; give texts as arguments, in --file or on standard input, one a line.");
        }
        Predictions predictions = predictions(model, false);
        requirePairs(rows(some));
        while (!some.isEmpty() && classify(rows(some), model, predictions, batch, length, together)) {
            some = lines.next(chunk(model));
        }
    }

    /** Where a text stands that was given on the command line or in lines; a row of a table has no line of its own. */
    private String place(int index) {
        boolean input = DASH.equals(file) || file == null && texts.isEmpty();
        return input ? STANDARD_INPUT + ", line " + (index + 1)
                : file == null ? "text " + (index + 1) : "'" + file + "', " + (Dataset.isTable(file) ? "text " : "line ") + (index + 1);
    }

    private Predictions predictions(LoadedModel model, boolean pairs) {
        return new Predictions(spec.commandLine().getOut(), format, model.task(), pairs);
    }

    /** False where nobody reads on, as behind "| head": the other texts need not be classified. */
    private boolean classify(List<LabeledText> some, LoadedModel model, Predictions predictions, int batch, int length, DataParallel together)
            throws IOException {
        TokenizedDataset tokenized = how(model).of(model.kind() == TaskKind.TOKENS ? some.stream().map(Words::of).toList() : some,
                model.tokenizer());
        Optional<float[][]> outputs;
        try {
            outputs = model.outputsTogether(tokenized, batch, length);
        } catch (NonFiniteException e) {
            throw e.at(place(read + e.index()));
        }
        TokenizedDataset texts = tokenized.whole();
        read += some.size();
        cut += tokenized.truncatedCount();
        for (int i = 0; i < some.size() && outputs.isPresent(); i++) {
            predictions.print(some.get(i), texts, i, outputs.get()[i]);
        }
        return together.fromFirst(spec.commandLine().getOut().checkError() ? 0 : 1) == 1;
    }

    /** How texts are read, which is the same for all. */
    private Tokenization how(LoadedModel model) {
        if (how == null) {
            how = arguments.tokenization(model);
        }
        return how;
    }

    private static int chunk(LoadedModel model) {
        return model.kind() == TaskKind.MLM ? CHUNK_OF_WORDS : CHUNK;
    }

    private static List<LabeledText> rows(List<String> lines) {
        return lines.stream().map(line -> new LabeledText(line, null, Target.UNKNOWN)).toList();
    }

    /** A model whose run read pairs has never seen a single text. */
    private void requirePairs(List<LabeledText> given) {
        Object column = arguments.run().get("pair-column");
        if (column != null && given.stream().anyMatch(text -> text.pair() == null)) {
            throw new UserException("The model in '" + arguments.model() + "' was trained on pairs of texts; give the second one with --pair, or both as"
                    + " columns of a --file.");
        }
    }

    private List<LabeledText> arguments() {
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).isBlank()) {
                throw new UserException("text " + (i + 1) + " is empty; write one or leave the argument out.");
            }
        }
        return pair == null ? rows(texts) : List.of(new LabeledText(texts.getFirst(), pair, Target.UNKNOWN));
    }

    /** The columns of the run count for a file that has some, not for one with a text a line. */
    private DataColumns fileColumns(Path file, @Nullable DataColumns typed) {
        if (typed != null) {
            return typed;
        }
        DataColumns run = DataColumns.of(arguments.run());
        return Dataset.isTable(file) || run.pair() != null ? run : DataColumns.DEFAULT;
    }
}
