// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.ReadableFolder;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Labelled texts in three splits.
 *
 * @param name where the data came from, for messages
 * @param task what is to be learned
 * @param labelNames names of the classes; a text's label is an index into this list
 * @param train texts to learn from
 * @param validation texts to choose the epoch on
 * @param test texts for the final score; empty where a folder of CSV, TSV, JSONL or Parquet files has no test file
 */
public record Dataset(String name, TaskKind task, List<String> labelNames, List<LabeledText> train, List<LabeledText> validation, List<LabeledText> test) {
    /** Copies the lists. */
    public Dataset {
        labelNames = List.copyOf(labelNames);
        train = List.copyOf(train);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
        if (task == TaskKind.CLASSIFICATION) {
            if (labelNames.size() < 2) {
                throw new UserException("%s has only one label (%s); a classifier needs at least two."
                        .formatted(name, String.join(", ", labelNames)));
            }
            requireLabels("train", train, labelNames.size());
            requireLabels("validation", validation, labelNames.size());
            requireLabels("test", test, labelNames.size());
        }
    }

    /** Texts in classes. */
    public Dataset(String name, List<String> labelNames, List<LabeledText> train, List<LabeledText> validation, List<LabeledText> test) {
        this(name, TaskKind.CLASSIFICATION, labelNames, train, validation, test);
    }

    /** Whether these are pairs of texts. */
    public boolean isOfPairs() {
        return !train.isEmpty() && train.getFirst().pair() != null;
    }

    private static void requireLabels(String split, List<LabeledText> texts, int classes) {
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).label() >= classes) {
                throw new IllegalArgumentException("the label at index " + i + " of the " + split + " texts is " + texts.get(i).label()
                        + ", but must be from 0 to " + (classes - 1));
            }
        }
    }

    /** {@link #load(Path, long, DataColumns, Consumer)} of files with the columns {@code text} and {@code label}; its notices are dropped. */
    public static Dataset load(Path path, long seed) {
        return load(path, seed, DataColumns.DEFAULT, notice -> {});
    }

    /**
     * Reads a TweetEval folder, a folder of {@code train}, {@code validation} (or {@code val}, {@code dev}) and {@code test} files in CSV, TSV, Parquet or
     * JSONL, or one such file or folder that is a table of Parquet files, which is then split within each label: 80/10/10, but at least one text for
     * validation and one for test.
     *
     * @param seed decides how one single file is split; not used otherwise
     * @param columns where texts and labels stand; of no effect on a TweetEval folder
     * @param notes told, a sentence each, what the user should know about how the files were read
     * @throws UserException one sentence with file and line for whatever is wrong with the data
     */
    public static Dataset load(Path path, long seed, DataColumns columns, Consumer<String> notes) {
        return load(path, seed, columns, TaskKind.CLASSIFICATION, notes);
    }

    /** {@link #load(Path, long, DataColumns, Consumer)} for any task, which is not {@link TaskKind#AUTO}. */
    public static Dataset load(Path path, long seed, DataColumns columns, TaskKind task, Consumer<String> notes) {
        return load(path, seed, new DataReader(columns, task == TaskKind.EMBEDDINGS), task, notes);
    }

    /**
     * A data set to train on.
     *
     * @param dataset the texts
     * @param columns how its files were read
     */
    public record Found(Dataset dataset, DataColumns columns) {
    }

    /**
     * {@link #load(Path, long, DataColumns, Consumer)} for training: whatever the rows are to be learned for, with pairs of texts where they have a
     * column {@code text_pair}, and without a header where a list of labels lies beside texts with the numbers of such.
     *
     * @param task as asked for; {@link TaskKind#AUTO} for what the rows are plainly for
     */
    public static Found find(Path path, long seed, DataColumns columns, TaskKind task, Consumer<String> notes) {
        DataColumns known = columns;
        if (columns.isDefault() && isFolderOfSplits(path) && LabelList.isOfNumbers(path, SplitFilesFolder.train(path))) {
            notes.accept(path + " has a " + LabelList.FILE + " and files without a header: texts in the first column, and numbers of labels in the second.");
            known = new DataColumns("1", null, "2", null, false);
        }
        DataReader reader = new DataReader(known, true);
        Dataset dataset = load(path, seed, reader, task, notes);
        return new Found(dataset, reader.columns());
    }

    private static Dataset load(Path path, long seed, DataReader reader, TaskKind task, Consumer<String> notes) {
        if (!Files.exists(path)) {
            throw new UserException(path + " does not exist; name a TweetEval folder, or CSV, TSV, JSONL or Parquet data.");
        }
        if (task == TaskKind.MLM) {
            return PlainTexts.read(path, seed, reader.columns(), notes);
        }
        if (task == TaskKind.EMBEDDINGS) {
            return SentencePairs.read(path, seed, reader, notes);
        }
        List<Path> files = isFolderOfSplits(path) ? TweetEvalFolder.isOne(path) ? List.of() : SplitFilesFolder.files(path) : List.of(path);
        if (!files.isEmpty() && files.stream().allMatch(file -> TokenFile.isOne(file, reader.columns()))) {
            if (task == TaskKind.AUTO) {
                notes.accept(path + " holds words with tags, so a tag is learned for each word: --task tokens.");
            } else if (task != TaskKind.TOKENS) {
                throw new UserException(path + " holds words with tags, for --task tokens; give texts with labels, or leave out --task.");
            }
            return TokenData.read(path, files, seed, reader.columns(), notes);
        }
        if (task == TaskKind.TOKENS) {
            throw new UserException(path + " holds no words with tags; give .conll files, or .jsonl or .parquet files with tokens and tags.");
        }
        if (!isFolderOfSplits(path)) {
            return SingleFileDataset.read(path, seed, reader, task, notes);
        }
        ReadableFolder.require(path);
        if (!TweetEvalFolder.isOne(path)) {
            return SplitFilesFolder.read(path, seed, reader, task, notes);
        }
        if (task != TaskKind.AUTO && task != TaskKind.CLASSIFICATION) {
            throw new UserException(path + " is a TweetEval folder, which puts texts into classes; leave out --task.");
        }
        return TweetEvalFolder.read(path, notes);
    }

    /** This data set with the first texts of its splits alone: so many of each, or all where there is null. */
    public Dataset first(@Nullable Integer trained, @Nullable Integer validated, @Nullable Integer tested) {
        return new Dataset(name, task, labelNames, first(train, trained), first(validation, validated), first(test, tested));
    }

    private static List<LabeledText> first(List<LabeledText> texts, @Nullable Integer most) {
        return most == null || most >= texts.size() ? texts : texts.subList(0, most);
    }

    /** The small data set that miXed ships: short reviews, negative (0) or positive (1). */
    public static Dataset bundled() {
        return BundledDataset.load();
    }

    /** {@link #readFile(Path, List, DataColumns, Consumer)} of a file with the columns {@code text} and {@code label}; its notices are dropped. */
    public static List<LabeledText> readFile(Path file, List<String> labelNames) {
        return readFile(file, labelNames, DataColumns.DEFAULT, notice -> {});
    }

    /**
     * Every text of one CSV, TSV, JSONL or Parquet file, unsplit, with the labels of a model.
     *
     * @param labelNames what the model knows; a label in the file is one of these names or, where none is and nothing else can be meant, an index
     * @param columns where texts and labels stand
     * @param notes told, a sentence each, what the user should know about how the file was read
     */
    public static List<LabeledText> readFile(Path file, List<String> labelNames, DataColumns columns, Consumer<String> notes) {
        DataReader reader = new DataReader(columns);
        List<LabeledRow> rows = reader.labelled(file);
        reader.tell(file.toString(), notes);
        Map<String, String> labels = new LinkedHashMap<>();
        rows.forEach(row -> labels.putIfAbsent(row.label(), row.place()));
        Map<String, Integer> index = ModelLabels.match(labels, labelNames, file.toString(), notes);
        return rows.stream().map(row -> new LabeledText(row.text(), row.pair(), new Target.OfClass(Objects.requireNonNull(index.get(row.label()))))).toList();
    }

    /**
     * The texts of a file, labels aside: the rows of a CSV, TSV, JSONL or Parquet file, or the lines of another; blank ones are kept.
     *
     * @param columns where the texts stand; other than the default, the file has columns whatever its ending
     * @param notes told, a sentence each, what the user should know about how the file was read
     */
    public static List<String> readTexts(Path file, DataColumns columns, Consumer<String> notes) {
        return texts(readRows(file, columns, notes));
    }

    /** {@link #readTexts}, with the second text of each where the columns name one. */
    public static List<LabeledText> readRows(Path file, DataColumns columns, Consumer<String> notes) {
        if (TokenFile.isOne(file, columns)) {
            return TokenData.words(file, columns);
        }
        if (ParquetFile.isOne(file)) {
            DataReader reader = new DataReader(columns);
            List<LabeledText> texts = reader.unlabelled(file);
            reader.tell(file.toString(), notes);
            return texts;
        }
        String content = DataText.read(file);
        DataReader.requireNoJson(file.toString());
        if (!DataReader.isTable(file, columns)) {
            List<String> lines = Utf8File.splitLines(DataText.requireLineFeeds(file.toString(), content));
            if (JsonLines.isObject(lines.getFirst())) {
                notes.accept(file + " is read as one text a line, though it begins with a JSON object; with the ending .jsonl, its field text would be read.");
            }
            HeaderLine.delimiter(lines.getFirst()).ifPresent(delimiter -> notes.accept(file + " is read as one text a line, though it begins with the header "
                    + Brief.of(lines.getFirst()) + "; --delimiter " + HeaderLine.shown(delimiter) + " reads its columns."));
            return lines.stream().map(line -> new LabeledText(line, null, Target.UNKNOWN)).toList();
        }
        DataReader reader = new DataReader(columns);
        List<LabeledText> texts = reader.unlabelled(file.toString(), content);
        reader.tell(file.toString(), notes);
        return texts;
    }

    /** Whether a folder's files are its splits; a folder of Parquet files that make up one table counts as one file. */
    public static boolean isFolderOfSplits(Path path) {
        return Files.isDirectory(path) && !ParquetFile.isFolder(path);
    }

    /** Whether the name of a file says that it has columns or fields. */
    public static boolean isTable(Path file) {
        return DataReader.isTable(file, DataColumns.DEFAULT);
    }

    /** Whether a file has columns: by its name, or by a header with the column of texts that {@code columns} name. */
    public static boolean isTable(Path file, DataColumns columns) {
        String text = columns.text();
        return isTable(file) || text != null && columns.header() && HeaderLine.separating(DataText.read(file).lines().findFirst().orElse(""), text).isPresent();
    }

    /** {@link #withLabels(List, Consumer)}, with its notices dropped. */
    public Dataset withLabels(List<String> modelLabels) {
        return withLabels(modelLabels, notice -> {});
    }

    /**
     * The same texts with labels numbered as a model numbers them; a label is one of the model's names or, where none is and nothing else can be
     * meant, an index.
     *
     * @param notes told of labels that are not written as the model's names are
     * @throws UserException if a label of this data set is unknown to the model
     */
    public Dataset withLabels(List<String> modelLabels, Consumer<String> notes) {
        if (task == TaskKind.REGRESSION || task == TaskKind.MLM || task == TaskKind.EMBEDDINGS) {
            return this;
        }
        Map<String, String> labels = new LinkedHashMap<>();
        labelNames.forEach(label -> labels.put(label, name));
        Map<String, Integer> known = ModelLabels.match(labels, modelLabels, name, notes);
        int[] index = labelNames.stream().mapToInt(label -> Objects.requireNonNull(known.get(label))).toArray();
        return new Dataset(name, task, modelLabels, relabel(train, index), relabel(validation, index), relabel(test, index));
    }

    /**
     * Every text of one file, as {@link #readFile(Path, List, DataColumns, Consumer)}, with targets of any task.
     *
     * @param task not {@link TaskKind#AUTO}
     */
    public static List<LabeledText> readFile(Path file, TaskKind task, List<String> labelNames, DataColumns columns, Consumer<String> notes) {
        if (task == TaskKind.CLASSIFICATION) {
            return readFile(file, labelNames, columns, notes);
        }
        if (task == TaskKind.MLM) {
            return PlainTexts.texts(file, columns, notes);
        }
        if (task == TaskKind.TOKENS) {
            if (!TokenFile.isOne(file, columns)) {
                throw new UserException(file + " holds no words with tags; give a .conll file, or a .jsonl or .parquet file with tokens and tags.");
            }
            return TokenData.readFile(file, labelNames, columns, notes);
        }
        if (task == TaskKind.EMBEDDINGS) {
            DataReader pairs = new DataReader(columns, true);
            List<LabeledText> texts = new SentencePairs(pairs).texts(file);
            pairs.tell(file.toString(), notes);
            return texts;
        }
        DataReader reader = new DataReader(columns);
        List<RawRow> rows = reader.rows(file);
        reader.tell(file.toString(), notes);
        Dataset whole = SplitFilesFolder.of(file.toString(), task, List.of(rows, List.of(), List.of()), List.of(), notes);
        return whole.withLabels(labelNames, notes).train();
    }

    private static List<LabeledText> relabel(List<LabeledText> texts, int[] index) {
        return texts.stream().map(text -> text.with(switch (text.target()) {
            case Target.Labels(List<Integer> indices) -> new Target.Labels(indices.stream().map(i -> index[i]).toList());
            case Target.Tags(List<Integer> indices) -> new Target.Tags(indices.stream().map(i -> index[i]).toList());
            default -> new Target.OfClass(index[text.label()]);
        })).toList();
    }

    /** The texts of a split, without their labels; of pairs the first ones and then the second ones. */
    public static List<String> allTexts(List<LabeledText> split) {
        return Stream.concat(split.stream().map(LabeledText::text), split.stream().map(LabeledText::pair).filter(Objects::nonNull)).toList();
    }

    /** The texts of a split, of pairs the first ones, without their labels. */
    public static List<String> texts(List<LabeledText> split) {
        List<String> texts = new ArrayList<>(split.size());
        split.forEach(text -> texts.add(text.text()));
        return texts;
    }
}
