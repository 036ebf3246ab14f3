// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabeledFileTest {
    @TempDir
    Path folder;

    private static List<String> read(String name, String content) {
        return LabeledFile.parse(name, content).stream().map(row -> row.place() + "|" + row.text() + "|" + row.label()).toList();
    }

    @Test
    void csvWithQuotesAndLineBreaks() {
        assertEquals(
                List.of("a.csv, line 2|plain|0", "a.csv, line 3|with, comma and \"quotes\"|yes", "a.csv, line 4|two\nlines|0",
                        "a.csv, line 6|U+2028\u2028here|1"),
                read("a.csv", "id,Text,LABEL\n1,plain,0\n2,\"with, comma and \"\"quotes\"\"\",yes\n3,\"two\nlines\",0\n4,U+2028\u2028here,1\n"));
        assertEquals(List.of("a.csv, line 2|x|0"), read("a.csv", "text,label\r\nx,0\r\n"));
    }

    @Test
    void tsvTakesQuotesAsOrdinary() {
        assertEquals(List.of("a.tsv, line 2|\"unclosed, and fine|0", "a.tsv, line 3|6\" tall|1"),
                read("a.tsv", "label\ttext\n0\t\"unclosed, and fine\n1\t6\" tall\n"));
    }

    @Test
    void jsonlWithNumbersAndNames() {
        assertEquals(List.of("a.jsonl, line 1|tab\there|1", "a.jsonl, line 3|x\u2028y|spam"),
                read("a.jsonl", "{\"text\": \"tab\\there\", \"label\": 1, \"id\": 7}\n\n{\"label\": \"spam\", \"text\": \"x\u2028y\"}"));
    }

    @Test
    void missingColumn() {
        assertRefused(() -> read("a.csv", "text,class\nx,0\n"), "a.csv has no column 'label', its header is text, class");
        assertRefused(() -> read("a.tsv", "text,label\nx,0\n"), "a.tsv has no column 'text'");
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\", \"label\": 0}\n{\"text\": \"x\"}\n"), "a.jsonl, line 2: no 'label'");
        assertRefused(() -> read("a.jsonl", "{\"text\": 5, \"label\": 0}\n"), "a.jsonl, line 1: no 'text' (a string)");
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\", \"label\": 0.5}\n"), "a.jsonl, line 1: no 'label'");
        assertRefused(() -> read("a.jsonl", "[1]\n"), "a.jsonl, line 1: no 'text'");
    }

    @Test
    void malformedCsv() {
        assertRefused(() -> read("a.csv", "text,label\nx,0\n\"open,1\ny,0\n"), "a.csv, line 3: malformed row");
        assertRefused(() -> read("a.csv", "text,label\n\"closed\" early,1\n"), "a.csv, line 2: malformed row");
        assertRefused(() -> read("a.csv", "text,label\nx,0\nwith, comma,1\n"), "a.csv, line 3: 3 columns where the header has 2");
        assertRefused(() -> read("a.csv", "text,label\nx,0\nalone\n"), "a.csv, line 3: 1 columns where the header has 2");
        assertRefused(() -> read("a.csv", "text,Text,label\nx,y,0\n"), "a.csv has more than one column 'text'");
    }

    @Test
    void malformedJson() {
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\", \"label\": 0}\n{\"text\": \"x\", \n"), "a.jsonl, line 2: not valid JSON");
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\", \"label\": 0} {}\n"), "a.jsonl, line 1: not valid JSON");
    }

    @Test
    void emptyTextsLabelsAndFiles() {
        assertRefused(() -> read("a.csv", "text,label\nx,0\n\" \",1\n"), "a.csv, line 3: the text is empty");
        assertRefused(() -> read("a.csv", "text,label\nx,\n"), "a.csv, line 2: the label is empty");
        assertRefused(() -> read("a.jsonl", "{\"text\": \"\", \"label\": 0}\n"), "a.jsonl, line 1: the text is empty");
        assertRefused(() -> read("a.csv", "text,label\n"), "a.csv holds no texts");
        assertRefused(() -> read("a.jsonl", "\n\n"), "a.jsonl holds no texts");
        assertRefused(() -> read("a.txt", "text"), "a.txt ends with none of .csv, .tsv and .jsonl");
    }

    @Test
    void fileErrors() throws IOException {
        assertRefused(() -> LabeledFile.read(folder.resolve("a.csv")), "a.csv does not exist");
        Path empty = Files.createFile(folder.resolve("e.csv"));
        assertRefused(() -> LabeledFile.read(empty), "e.csv is empty");
        Path latin1 = Files.write(folder.resolve("l.jsonl"), "{}\n{\"text\": \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(() -> LabeledFile.read(latin1), "l.jsonl, line 2", "not UTF-8");
    }
}
