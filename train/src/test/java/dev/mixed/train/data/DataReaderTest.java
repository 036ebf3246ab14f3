// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataReaderTest {
    @TempDir
    Path folder;

    private static List<String> read(String name, String content) {
        return read(name, content, DataColumns.DEFAULT, new ArrayList<>());
    }

    private static List<String> read(String name, String content, DataColumns columns, List<String> notes) {
        DataReader reader = new DataReader(columns);
        List<String> rows = reader.labelled(name, content).stream().map(row -> row.place() + "|" + row.text() + "|" + row.label()).toList();
        reader.tell(name, notes::add);
        return rows;
    }

    private static DataColumns columns(Object... options) {
        Map<String, Object> given = new HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            given.put((String) options[i], options[i + 1]);
        }
        return RunOptions.defaults().with(given).data().columns();
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
        assertRefused(() -> read("a.jsonl", "{\"sentence\": \"x\", \"label\": 0}\n"), "a.jsonl, line 1: no 'text'",
                "its fields are sentence, label; give --text-column");
        assertRefused(() -> read("a.jsonl", "[{\"text\": \"x\", \"label\": 0}]\n"), "a.jsonl, line 1: no JSON object; write one object");
        assertRefused(() -> read("a.jsonl", "{\"text\": [\"x\", \"y\"], \"label\": 0}\n"), "a.jsonl, line 1: no 'text' (a string), but a list");
        assertRefused(() -> read("a.jsonl", "{\"text\": null, \"label\": 0}\n"), "a.jsonl, line 1: no 'text' (a string), but null");
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\", \"text\": \"y\", \"label\": 0}\n"), "a.jsonl, line 1: not valid JSON (Duplicate field 'text')");
    }

    @Test
    void malformedCsv() {
        assertRefused(() -> read("a.csv", "text,label\nx,0\n\"open,1\ny,0\n"), "a.csv, line 3: malformed row");
        assertRefused(() -> read("a.csv", "text,label\n\"closed\" early,1\n"), "a.csv, line 2: malformed row", "check its quotes");
        assertRefused(() -> read("a.csv", "text;label\n\"quoted\";1\n"), "a.csv, line 2: malformed row", "give --delimiter ';'");
        assertRefused(() -> read("a.csv", "text,label\nx,0\nwith, comma,1\n"),
                "a.csv, line 3: 3 columns where the first line has 2; quote texts that hold a separator or a line end");
        assertRefused(() -> read("a.csv", "text,label\nx,0\nalone\n"), "a.csv, line 3: 1 columns where the first line has 2");
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
        assertRefused(() -> read("a.json", "{}"), "a.json is read as .jsonl only: one JSON object a line; rename or convert it.");
        assertRefused(() -> read("a.txt", "text"), "a.txt ends with none of .csv, .tsv, .jsonl and .parquet");
    }

    @Test
    void fileErrors() throws IOException {
        assertRefused(() -> new DataReader(DataColumns.DEFAULT).labelled(folder.resolve("a.csv")), "a.csv does not exist");
        Path empty = Files.createFile(folder.resolve("e.csv"));
        assertRefused(() -> new DataReader(DataColumns.DEFAULT).labelled(empty), "e.csv is empty");
        Path latin1 = Files.write(folder.resolve("l.jsonl"), "{}\n{\"text\": \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(() -> new DataReader(DataColumns.DEFAULT).labelled(latin1), "l.jsonl, line 2", "not UTF-8");
    }

    @Test
    void otherEncodings() throws IOException {
        for (Charset utf16 : List.of(StandardCharsets.UTF_16, Charset.forName("x-UTF-16LE-BOM"))) {
            Path file = Files.write(folder.resolve("u.csv"), "text,label\nx,0\n".getBytes(utf16));
            assertRefused(() -> new DataReader(DataColumns.DEFAULT).labelled(file), "u.csv is text in UTF-16; save it as UTF-8.");
        }
        Path bare = Files.write(folder.resolve("b.csv"), "text,label\nx,0\n".getBytes(StandardCharsets.UTF_16LE));
        assertRefused(() -> new DataReader(DataColumns.DEFAULT).labelled(bare), "b.csv, line 1: a NUL character");
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\0\", \"label\": 0}\n"), "a.jsonl, line 1: a NUL character");
        Path gzip = Files.write(folder.resolve("z.csv"), new byte[] {0x1f, (byte) 0x8b, 8, 0});
        assertRefused(() -> new DataReader(DataColumns.DEFAULT).labelled(gzip), "z.csv is packed with gzip; unpack it first.");
        Path mark = Files.writeString(folder.resolve("m.csv"), "\uFEFFtext,label\r\nx,0\r\n");
        assertEquals("x", new DataReader(DataColumns.DEFAULT).labelled(mark).getFirst().text());
    }

    @Test
    void lineEndsOfOldMacs() {
        assertEquals(List.of("a.csv, line 2|x|0", "a.csv, line 3|y|1"), read("a.csv", "text,label\rx,0\ry,1\r"));
        assertRefused(() -> read("a.jsonl", "{\"text\": \"x\", \"label\": 0}\r{\"text\": \"y\", \"label\": 1}\r"), "a.jsonl, line 1: not valid JSON",
                "more follows after its end");
    }

    @Test
    void columnsOfOtherNames() {
        List<String> notes = new ArrayList<>();
        DataColumns tweets = columns("text-column", "tweet", "label-column", "mood");
        assertEquals(List.of("a.csv, line 2|x|sad"), read("a.csv", "id,tweet,mood,text\n1,x,sad,y\n", tweets, notes));
        assertEquals(List.of("Not used of a.csv: the columns id, text."), notes);
        assertEquals(List.of("a.jsonl, line 1|x|sad"), read("a.jsonl", "{\"tweet\": \"x\", \"mood\": \"sad\", \"text\": \"y\"}", tweets, notes));
        assertEquals(List.of("a.csv, line 2|x|sad"), read("a.csv", "Tweet,MOOD\nx,sad\n", tweets, notes));
        assertEquals(List.of("a.csv, line 2|y|sad"), read("a.csv", "Tweet,tweet,mood\nx,y,sad\n", tweets, notes));
        assertRefused(() -> read("a.csv", "text,label\nx,0\n", tweets, notes), "a.csv has no column 'tweet', its header is text, label; give --text-column");
        assertRefused(() -> read("a.csv", "Tweet,TWEET,mood\nx,y,sad\n", tweets, notes), "a.csv has more than one column 'tweet'");
        assertRefused(() -> read("a.csv", "a,b\nx,0\n", columns("text-column", "a", "label-column", "a"), notes), "both name the column 'a' of a.csv");
        assertRefused(() -> read("a.jsonl", "{\"a\": \"x\"}", columns("text-column", "a", "label-column", "a"), notes), "both name the field 'a' of a.jsonl");
    }

    @Test
    void otherDelimiters() {
        DataColumns semicolons = columns("delimiter", ";");
        assertEquals(List.of("a.csv, line 2|x, y|0", "a.csv, line 3|a;b|1"), read("a.csv", "text;label\nx, y;0\n\"a;b\";1\n", semicolons, new ArrayList<>()));
        assertEquals(List.of("a.txt, line 2|\"x\" y|0"), read("a.txt", "text\tlabel\n\"\"\"x\"\" y\"\t0\n", columns("delimiter", "tab"), new ArrayList<>()));
        assertEquals(List.of("a.dat, line 2|x|0"), read("a.dat", "text|label\nx|0\n", columns("delimiter", "|"), new ArrayList<>()));
        assertRefused(() -> read("a.csv", "text;label\nx;0\n"),
                "a.csv has no column 'text', its header is text;label; if its columns are separated by ';', give "
                        + "--delimiter ';'");
        assertRefused(() -> read("a.csv", "text\tlabel\nx\t0\n"), "give --delimiter tab");
        assertRefused(() -> read("a.tsv", "text,label\nx,0\n"), "give --delimiter ','");
    }

    @Test
    void filesWithoutAHeader() {
        DataColumns numbers = columns("no-header", true, "text-column", "3", "label-column", "1");
        List<String> notes = new ArrayList<>();
        assertEquals(List.of("a.csv, line 1|x|0", "a.csv, line 2|y|4"), read("a.csv", "0,7,x\n4,8,y\n", numbers, notes));
        assertEquals(List.of("Not used of a.csv: the column 2."), notes);
        assertRefused(() -> read("a.csv", "0,x\n", numbers, notes),
                "a.csv has 2 columns in its first line, so there is no column 3; give another --text-column");
        assertRefused(() -> read("a.csv", "label,id,text\n0,1,x\n", numbers, notes), "a.csv begins with the header label, id, text; leave out --no-header");
        assertRefused(() -> read("a.csv", "x,0\n", columns("no-header", true), notes),
                "--no-header needs --text-column, the number of a column of a.csv from 1 to 2");
        assertRefused(() -> read("a.csv", "great,0\nbad,1\n"), "a.csv has no column 'text', its header is great, 0", "--no-header if the first line is a row");
        assertRefused(() -> columns("no-header", true, "text-column", "tweet"), "With --no-header the columns have numbers from 1: --text-column");
        assertRefused(() -> columns("no-header", true, "label-column", "0"), "--label-column must be one, not '0'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "a.csv   | text,text_pair,label#x,y,0#                                  | text_pair",
        "a.csv   | premise,text,hypothesis,label#a,b,c,0#                       | premise",
        "a.tsv   | text~sentence2~label#x~y~0#                                  | sentence2",
        "a.csv   | text,label,Question#x,0,why#                                 | Question",
        "a.csv   | text,label,note#x,0,he said that it was not so#y,1,she did not say that it was# | note",
        "a.csv   | text,label,kanji#x,0,東京は良い天気だ今日も#                      | kanji",
        "a.jsonl | {'text':'x','label':0}#{'text':'y','label':1,'context':'z'}# | context",
        "a.jsonl | {'text':'x','label':0,'choices':['a','b']}#                  | choices"})
    void aSecondTextIsRefused(String name, String content, String column) {
        String file = content.replace('#', '\n').replace('~', '\t').replace('\'', '"');
        assertRefused(() -> read(name, file), name + " has a column '" + column + "' beside 'text' that holds a text too",
                "give --text-column text to leave the other out");
        List<String> notes = new ArrayList<>();
        assertFalse(read(name, file, columns("text-column", "text"), notes).isEmpty());
        assertTrue(notes.getFirst().startsWith("Not used of " + name + ": the column") && notes.getFirst().contains(column), notes.toString());
    }

    @Test
    void harmlessColumnsAreNamed() {
        List<String> notes = new ArrayList<>();
        String csv = ",id,text,label,split,date,user,url,text_pair\n0,a1,x,0,train,2020-01-02 10:11:12 +0200,Ann B. Lee,http://a.b/c?d=e f,\n1,a2,y,1,test,,,,\n";
        assertEquals(2, read("a.csv", csv, DataColumns.DEFAULT, notes).size());
        assertEquals(List.of("Not used of a.csv: the columns 1, id, split, date, user, url."), notes);
        notes.clear();
        read("a.jsonl", "{\"text\": \"x\", \"label\": 0, \"text_pair\": null, \"idx\": 3}", DataColumns.DEFAULT, notes);
        assertEquals(List.of("Not used of a.jsonl: the column idx."), notes);
    }

    @Test
    void rowsThatRepeatTheHeader() {
        assertRefused(() -> read("a.csv", "text,label\nx,0\ntext,label\ny,1\n"), "a.csv, line 3: the row repeats the header; delete it.");
        assertEquals(List.of("a.csv, line 2|text|0"), read("a.csv", "text,label\ntext,0\n"));
    }

    @Test
    void textsWithoutLabels() {
        DataReader reader = new DataReader(DataColumns.DEFAULT);
        assertEquals(List.of("x", "", " ", "two\nlines"), reader.texts("a.csv", "text\nx\n\n\" \"\n\"two\nlines\"\n"));
        assertEquals(List.of("x", ""), reader.texts("a.csv", "label,text\n0,x\n1,\n"));
        assertEquals(List.of("x", ""), reader.texts("a.jsonl", "{\"text\": \"x\"}\n{\"text\": \"\", \"label\": null}\n"));
        assertEquals(List.of("x", "y"), new DataReader(columns("no-header", true)).texts("a.csv", "x\ny\n"));
        List<String> notes = new ArrayList<>();
        reader.tell("a.csv", notes::add);
        assertEquals(List.of(), notes);
        assertRefused(() -> reader.texts("a.csv", "text,text_pair\nx,y\n"), "a column 'text_pair' beside 'text'");
    }
}
