// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.bert.config.Pooling;
import dev.mixed.engine.Device;
import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.Embedder;
import dev.mixed.train.NonFiniteException;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.DataColumns;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mixed embed}: writes a vector for each text. */
@Command(name = "embed", mixinStandardHelpOptions = true,
        description = "Gives each text a vector by the encoder of any BERT model, and writes them as a NumPy array of floats or as JSON lines.")
final class EmbedCommand implements Callable<Integer> {
    /** So many texts are read by the model between two writes. */
    private static final int CHUNK = 1024;

    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments arguments;

    @Option(names = "--file", paramLabel = "<file>",
            description = "texts in UTF-8: the column text of a CSV, TSV or JSONL file, or another with one text a line")
    private @Nullable Path file;

    @Mixin
    private ColumnArguments columns;

    @Option(names = "--output", paramLabel = "<file>",
            description = "file that ends with .npy (float32, [texts, size]) or .jsonl (an object a line, with text and"
                    + " embedding); without it, such lines are printed")
    private @Nullable Path output;

    @Option(names = "--pooling", paramLabel = "<how>", description = "mean of the tokens' vectors, or cls for that of [CLS] (default: as the model was trained,"
            + " or mean)")
    private @Nullable Pooling pooling;

    @Option(names = "--normalize", negatable = true, description = "vectors have a length of 1, or with --no-normalize the length that they come with (default:"
            + " as the model was trained, or not)")
    private @Nullable Boolean normalize;

    @Parameters(paramLabel = "<text>", arity = "0..*", description = "texts")
    private List<String> texts = List.of();

    @Override
    public Integer call() throws IOException {
        if ((file == null) == texts.isEmpty()) {
            throw new UsageException(file == null ? "Give texts as arguments or in --file." : "Give texts either as arguments or in --file, not both.");
        }
        DataColumns typed = columns.typed(null);
        if (typed != null && (file == null || typed.pair() != null)) {
            throw new UsageException(file == null ? "--text-column, --delimiter and --no-header say how a file is read; give it with --file."
                    : "--pair-column is for pairs, but each text gets a vector by itself: name one column with --text-column.");
        }
        VectorFormat format = output == null ? VectorFormat.JSONL : VectorFormat.of(output);
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        try (Device device = arguments.device(); Embedder model = arguments.embedder(device, pooling, normalize, err)) {
            int length = arguments.length(model.config(), model.tokenizer());
            List<String> given = file == null ? texts : Dataset.texts(Dataset.readRows(file, fileColumns(file, typed), err::println));
            Tokenization how = arguments.tokenization(length);
            int[] cut = {0};
            if (output == null) {
                chunks(given, model, how, cut, (some, vectors) -> {
                    out.print(format.rows(some, vectors));
                    return !out.checkError();
                });
            } else {
                write(output, format, given, model, how, cut);
                out.println(given.size() + (given.size() == 1 ? " vector of " : " vectors of ") + model.size() + " numbers"
                        + (model.config().vectors().normalize() ? " and a length of 1" : "") + (given.size() == 1 ? " is in " : " are in ") + output + ".");
            }
            TokenizedDataset.truncationNotice(cut[0], given.size(), length, model.config().maxPositionEmbeddings()).ifPresent(err::println);
        }
        return 0;
    }

    private void write(Path to, VectorFormat format, List<String> given, Embedder model, Tokenization how, int[] cut) {
        try {
            AtomicFile.write(to, channel -> {
                VectorFormat.write(channel, format.head(given.size(), model.size()));
                chunks(given, model, how, cut, (some, vectors) -> {
                    VectorFormat.write(channel, format.bytes(some, vectors));
                    return true;
                });
            });
        } catch (IOException e) {
            throw new UserException("The vectors could not be written to '" + to + "' (" + IoReason.of(e)
                    + "); check the folder, its free space and the permissions, or choose another --output.", e);
        }
    }

    /** Takes the vectors of some texts; false where no more are wanted. */
    private interface Taker {
        boolean take(List<String> some, float[][] vectors) throws IOException;
    }

    private void chunks(List<String> given, Embedder model, Tokenization how, int[] cut, Taker taker) throws IOException {
        for (int start = 0; start < given.size(); start += CHUNK) {
            List<String> some = given.subList(start, Math.min(start + CHUNK, given.size()));
            TokenizedDataset tokenized = how.of(some.stream().map(text -> new LabeledText(text, null, Target.UNKNOWN)).toList(), model.tokenizer());
            cut[0] += tokenized.truncatedCount();
            float[][] vectors;
            try {
                vectors = model.vectors(tokenized, arguments.batch(), arguments.pad());
            } catch (NonFiniteException e) {
                throw e.at((file == null ? "" : "'" + file + "', ") + "text " + (start + e.index() + 1));
            }
            if (!taker.take(some, vectors)) {
                return;
            }
        }
    }

    /** The columns of the model's run count for a file that has some, of pairs the first texts. */
    private DataColumns fileColumns(Path texts, @Nullable DataColumns typed) {
        DataColumns run = DataColumns.of(arguments.run()).withPair(null);
        return typed != null ? typed : Dataset.isTable(texts, run) ? run : DataColumns.DEFAULT;
    }
}
