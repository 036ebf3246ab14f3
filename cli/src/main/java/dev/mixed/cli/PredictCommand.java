// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.NonFiniteException;
import dev.mixed.train.Probabilities;
import dev.mixed.train.data.TokenizedDataset;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mixed predict}: classifies texts from the command line, a file or standard input, one a line. */
@Command(name = "predict", mixinStandardHelpOptions = true,
        description = "Classifies texts given as arguments, in a file, or on standard input, one a line.")
final class PredictCommand implements Callable<Integer> {
    /** So many texts are classified between two outputs, so that results of a long list appear as they come. */
    private static final int CHUNK = 1024;
    private static final String STANDARD_INPUT = "standard input";
    private static final byte[] BYTE_ORDER_MARK = "\uFEFF".getBytes(StandardCharsets.UTF_8);

    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments arguments;

    @Option(names = "--file", paramLabel = "<file>", description = "UTF-8 file with one text a line")
    private @Nullable Path file;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text, or json: one object a line (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    @Parameters(paramLabel = "<text>", arity = "0..*", description = "texts to classify")
    private List<String> texts = List.of();

    private final ObjectMapper mapper = new ObjectMapper();

    @Override
    public Integer call() throws IOException {
        if (file != null && !texts.isEmpty()) {
            throw new UsageException("Give texts either as arguments or in --file, not both.");
        }
        try (Device device = arguments.device(); LoadedModel model = arguments.open(device, spec.commandLine().getErr())) {
            int length = arguments.length(model);
            int batch = arguments.batch();
            List<String> lines = lines();
            int cut = 0;
            for (int start = 0; start < lines.size(); start += CHUNK) {
                List<String> chunk = lines.subList(start, Math.min(start + CHUNK, lines.size()));
                TokenizedDataset tokenized = TokenizedDataset.unlabeled(chunk, model.tokenizer(), length);
                double[][] probabilities;
                try {
                    probabilities = model.predict(tokenized, batch, length);
                } catch (NonFiniteException e) {
                    throw e.at(place(start + e.index()));
                }
                cut += tokenized.truncatedCount();
                for (int i = 0; i < chunk.size(); i++) {
                    print(chunk.get(i), model.config().labels(), probabilities[i]);
                }
                // Where nobody reads on, as behind "| head", the other texts need not be classified.
                if (spec.commandLine().getOut().checkError()) {
                    break;
                }
            }
            TokenizedDataset.truncationNotice(cut, lines.size(), length).ifPresent(spec.commandLine().getErr()::println);
        }
        return 0;
    }

    /** The texts to classify. Standard input is read last of all: nobody should type texts only to learn that the model is missing. */
    private List<String> lines() throws IOException {
        List<String> lines = file != null ? Utf8File.lines(file) : !texts.isEmpty() ? texts : standardInput();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                if (file == null && !texts.isEmpty()) {
                    throw new UserException("text " + (i + 1) + " is empty; write one or leave the argument out.");
                }
                throw new UserException((file != null ? "'" + file + "'" : STANDARD_INPUT) + ", line " + (i + 1) + " is empty; give one text a line.");
            }
        }
        return lines;
    }

    private String place(int index) {
        return file != null ? "'" + file + "', line " + (index + 1) : !texts.isEmpty() ? "text " + (index + 1) : STANDARD_INPUT + ", line " + (index + 1);
    }

    private static List<String> standardInput() throws IOException {
        byte[] bytes = System.in.readAllBytes();
        if (bytes.length == 0 || Arrays.equals(bytes, BYTE_ORDER_MARK)) {
            throw new UserException("No text was given and standard input is empty; give texts as arguments, in --file or on standard input, one a line.");
        }
        return Utf8File.splitLines(Utf8File.decode(STANDARD_INPUT, bytes));
    }

    private void print(String text, List<String> labels, double[] probabilities) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        int best = Probabilities.argmax(probabilities);
        if (format == OutputFormat.JSON) {
            ObjectNode node = mapper.createObjectNode().put("text", text).put("label", labels.get(best)).put("probability", probabilities[best]);
            ObjectNode all = node.putObject("probabilities");
            for (int c = 0; c < probabilities.length; c++) {
                all.put(labels.get(c), probabilities[c]);
            }
            out.println(mapper.writeValueAsString(node));
        } else {
            out.println(labels.get(best) + "\t" + String.format(Locale.ROOT, "%.4f", probabilities[best]) + "\t" + text);
        }
    }
}
