// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/data-files.md} says what the tables in the code say: every table there is that of an enum or a list, row by row. */
class DataFilesPageTest {
    private static final Path PAGE = Path.of("..", "docs", "data-files.md");

    private static Map<String, List<String>> code() {
        Map<String, List<String>> tables = new TreeMap<>();
        tables.put("Formats", Arrays.stream(DataFormat.values()).map(f -> row("`" + f.ending() + "`", f.description())).toList());
        tables.put("Columns", List.of(row(OtherColumns.TEXTS.stream().sorted().map(name -> "`" + name + "`").collect(Collectors.joining(", ")))));
        tables.put("Labels", Arrays.stream(LabelForm.values()).map(f -> row(f.written(), f.taken() ? "taken" : "refused", f.says())).toList());
        return tables;
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    @Test
    void everyTableIsThatOfTheCode() throws IOException {
        Map<String, List<String>> tables = new TreeMap<>();
        String heading = "";
        List<String> lines = Files.readAllLines(PAGE);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("#")) {
                heading = lines.get(i).replaceFirst("^#+ ", "");
            } else if (lines.get(i).startsWith("|--")) {
                assertTrue(!tables.containsKey(heading), "two tables under " + heading);
                tables.put(heading, new ArrayList<>(lines.stream().skip(i + 1L).takeWhile(line -> line.startsWith("|")).toList()));
            }
        }
        assertEquals(code(), tables);
    }

    @Test
    void optionsOfThePageAreThoseOfTrain() throws IOException {
        String page = Files.readString(PAGE);
        for (String name : List.of("text-column", "label-column", "delimiter", "no-header")) {
            assertTrue(page.contains("`--" + name + "`") && RunOptions.keys().stream().anyMatch(key -> key.name().equals(name)), name);
        }
    }

    @Test
    void theReadmeLeadsToThePage() throws IOException {
        assertTrue(Files.readString(Path.of("..", "README.md")).contains("(docs/data-files.md)"));
    }
}
