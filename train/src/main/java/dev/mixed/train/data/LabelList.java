// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Utf8File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The file {@value #FILE} of a data folder: a name of a label a line, in the order of the numbers that stand for them. */
final class LabelList {
    static final String FILE = "labels.txt";
    /** A text, and one or several numbers of labels. */
    private static final Pattern ROW = Pattern.compile("[^\t]+\t\\d{1,9}(,\\d{1,9})*");

    private LabelList() {
    }

    /** Names of the labels in their order; empty where none is known. */
    static List<String> of(Path folder, List<String> columns) {
        Path file = folder.resolve(FILE);
        return !columns.isEmpty() || !Files.exists(file) ? columns : Utf8File.lines(file).stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    /** Whether a folder has such a list, and a file of texts and numbers of its labels without a header. */
    static boolean isOfNumbers(Path folder, Optional<Path> train) {
        if (train.isEmpty() || !Files.exists(folder.resolve(FILE)) || DataFormat.of(train.get().toString()).filter(f -> f == DataFormat.TSV).isEmpty()) {
            return false;
        }
        return ROW.matcher(DataText.read(train.get()).lines().findFirst().orElse("")).matches();
    }
}
