// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.io.Utf8File;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import dev.mixed.weights.Mutations;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.csv.CSVFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random damage to data files of every format, under every option: the rows that are there, or one sentence. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DataFilesFuzzTest {
    private static final List<byte[]> TOKENS = Mutations.texts(",", ";", "\t", "\"", "\"\"", "\n", "\r", "\r\n", "text", "label", "text_pair", "Text", "0",
            "1.0",
            "0.5", "nan", "null", "true", "[1, 2]", "-1", " ", "\uFEFF", "\0", "{", "}", ":", "\"label\": 1", "\"text\": \"x\"", "é", "\u2028", "NaN");

    private static DataColumns columns(boolean header, String delimiter) {
        return RunOptions.defaults().with(header ? Map.of("delimiter", delimiter, "text-column", "tweet", "label-column", "mood")
                : Map.of("delimiter", delimiter, "text-column", "2", "label-column", "1", "no-header", true)).data().columns();
    }

    /** Rows that were read are read the same again from a file that is beyond doubt: columns, quotes, line ends and labels meant what they say. */
    private static void readTwice(String name, byte[] bytes, DataColumns columns) throws Exception {
        List<LabeledRow> rows = new DataReader(columns).labelled(name, Utf8File.decode(name, bytes));
        StringBuilder csv = new StringBuilder("text,label\r\n");
        StringBuilder json = new StringBuilder();
        ObjectMapper mapper = new ObjectMapper();
        for (LabeledRow row : rows) {
            csv.append(CSVFormat.RFC4180.format(row.text(), row.label())).append("\r\n");
            json.append(mapper.writeValueAsString(Map.of("text", row.text(), "label", row.label()))).append('\n');
        }
        List<String> expected = rows.stream().map(row -> row.text() + "|" + row.label()).toList();
        for (List<LabeledRow> again : List.of(new DataReader(DataColumns.DEFAULT).labelled(name + ".csv", csv.toString()),
                new DataReader(DataColumns.DEFAULT).labelled(name + ".jsonl", json.toString()))) {
            assertEquals(expected, again.stream().map(row -> row.text() + "|" + row.label()).toList());
        }
        List<String> classes = LabelSet.from(rows, note -> {}).names();
        assertFalse(classes.isEmpty());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\0', delimiter = '|', value = {
        "fuzz.csv  | text,label,id#plain words,0,1#\"with, comma and \"\"quotes\"\"\",1,2#\"two#lines\",0,3#",
        "fuzz.tsv  | text~label#\"he said \"\"great\"\" movie\"~1#get lost~0#\"a~tab\"~1#",
        "fuzz.tsv  | label~text#0~\"unclosed, and fine#1~6\" tall#0~plain#",
        "fuzz.jsonl| {\"text\": \"tab\\there\", \"label\": 1, \"id\": 7}#{\"label\": \"2\", \"text\": \"x\"}#{\"label\": 3.0, \"text\": \"y\"}#"})
    void formats(String name, String seed) {
        byte[] bytes = seed.replace('#', '\n').replace('~', '\t').getBytes(StandardCharsets.UTF_8);
        new Mutations(TOKENS).run(List.of(bytes), name, 1_000_000, damaged -> readTwice(name, damaged, DataColumns.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\0', delimiter = '|', value = {
        "fuzz.csv  | ;   | true  | id;tweet;mood#1;plain, words;sad#2;\"a;b\";glad#",
        "fuzz.txt  | tab | false | 0~plain words#1~\"he said \"\"x\"\"\"#0~last#",
        "fuzz.dat  | :   | false | sad:plain words:7#glad:more of them:8#"})
    void options(String name, String delimiter, boolean header, String seed) {
        byte[] bytes = seed.replace('#', '\n').replace('~', '\t').getBytes(StandardCharsets.UTF_8);
        DataColumns columns = columns(header, delimiter);
        new Mutations(TOKENS).run(List.of(bytes), name, 1_000_000, damaged -> readTwice(name, damaged, columns));
    }

    @Test
    void linesOfTexts() {
        byte[] bytes = "some rain\r\n\nsome cake\nünd more\n".getBytes(StandardCharsets.UTF_8);
        List<byte[]> tokens = new ArrayList<>(TOKENS);
        tokens.add(new byte[] {(byte) 0xC3});
        tokens.add(new byte[] {(byte) 0xFF, (byte) 0xFE});
        new Mutations(tokens).run(List.of(bytes), "fuzz", 1_000_000, damaged -> {
            TextLines lines = new TextLines("fuzz", new ByteArrayInputStream(damaged), note -> {});
            List<String> all = new ArrayList<>();
            for (List<String> some = lines.next(3); !some.isEmpty(); some = lines.next(3)) {
                all.addAll(some);
            }
            String whole = damaged.length == 0 ? "" : Utf8File.decodeLine("fuzz", 1, damaged);
            assertEquals(Utf8File.splitLines(whole), all);
        });
    }
}
