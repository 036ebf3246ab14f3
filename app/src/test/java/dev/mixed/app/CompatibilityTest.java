// SPDX-License-Identifier: Apache-2.0
package dev.mixed.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.config.Activation;
import dev.mixed.bert.config.ConfigSetting;
import dev.mixed.bert.config.ModelFamily;
import dev.mixed.bert.pretrained.HeadRule;
import dev.mixed.bert.pretrained.Wrapper;
import dev.mixed.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code docs/compatibility.md} says what the tables in the code say: every table under a heading there has, row by row, what {@link #TABLES} makes of
 * an enum. A table of the page that is not held to the code fails, too.
 */
class CompatibilityTest {
    private static final Path PAGE = Path.of("..", "docs", "compatibility.md");

    /** Rows by heading, in the order of the code. */
    private static final Map<String, List<String>> TABLES = Map.of(
            "Which head a model has", rows(HeadRule.values(), r -> row(r.when(), r.head().words())),
            "Prefixes of names", rows(Wrapper.values(), w -> row(code(w.part() + "."), w.origin())),
            "Settings that are refused", rows(ConfigSetting.values(), s -> row(code(s.key()), s.needed())),
            "Activations",
            rows(Activation.values(), a -> row(a.spellings().stream().map(CompatibilityTest::code).collect(Collectors.joining(", ")), a.words())),
            "Other models", rows(ModelFamily.values(), f -> row(f.title(), code(f.modelType()), code(f.architecture() + "..."),
                    f.keys().stream().map(CompatibilityTest::code).collect(Collectors.joining(", ")))),
            "Files of weights", rows(WeightFormat.values(), f -> row(code(f.fileName()))));

    private static <T> List<String> rows(T[] values, Function<T, String> row) {
        return Arrays.stream(values).map(row).toList();
    }

    private static String row(String... cells) {
        return Arrays.stream(cells).map(c -> c.isEmpty() ? " |" : " " + c + " |").collect(Collectors.joining("", "|", ""));
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    /** Rows of tables, without their heads, by the heading above. */
    private static Map<String, List<String>> page() throws IOException {
        Map<String, List<String>> tables = new TreeMap<>();
        String heading = "";
        // TokenizerTablesTest holds the tables between these two lines.
        String page = Files.readString(PAGE);
        int tokenizers = page.indexOf("## Tokenizers\n");
        int end = page.indexOf("<!-- end of tokenizers -->");
        assertTrue(tokenizers > 0 && end > tokenizers, "the part on tokenizers and its last line");
        List<String> lines = (page.substring(0, tokenizers) + page.substring(end)).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("#")) {
                heading = lines.get(i).replaceFirst("^#+ ", "");
            } else if (lines.get(i).startsWith("|--")) {
                assertTrue(!tables.containsKey(heading), "two tables under " + heading);
                tables.put(heading, lines.stream().skip(i + 1L).takeWhile(line -> line.startsWith("|")).toList());
            }
        }
        return tables;
    }

    static Stream<String> headings() {
        return TABLES.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("headings")
    void thePageSaysWhatTheCodeSays(String heading) throws IOException {
        List<String> rows = TABLES.get(heading);
        assertEquals(String.join("\n", rows), String.join("\n", page().getOrDefault(heading, List.of())), "the table under '" + heading + "' of " + PAGE);
    }

    @Test
    void noTableOfThePageIsFree() throws IOException {
        assertEquals(new TreeSet<>(TABLES.keySet()), new TreeSet<>(page().keySet()));
    }

    @Test
    void theReadmeLeadsToThePage() throws IOException {
        assertTrue(Files.readString(Path.of("..", "README.md")).contains("(docs/compatibility.md)"));
    }
}
