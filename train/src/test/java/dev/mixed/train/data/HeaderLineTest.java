// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.train.run.DataColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderLineTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"text,label", "id,text", "Text,Label", "\"text\",\"label\"", ",text,label", "label, text", "tweet,label", "tweet_id,text,label"})
    void headers(String line) {
        assertEquals(Optional.of(','), HeaderLine.delimiter(line));
        assertEquals(Optional.of('\t'), HeaderLine.delimiter(line.replace(',', '\t')));
        assertEquals(Optional.of(';'), HeaderLine.delimiter(line.replace(',', ';')));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "text", "label", "a text, a label", "I got your text, thanks", "body,mind", "title,author", "yes,no", ",", "\""})
    void texts(String line) {
        assertEquals(Optional.empty(), HeaderLine.delimiter(line));
    }

    @Test
    void aFileOfLinesUnderAHeaderIsTold() throws IOException {
        Path file = Files.writeString(temp.resolve("a.txt"), "text;label\nsnow;1\n");
        List<String> notes = new ArrayList<>();
        assertEquals(List.of("text;label", "snow;1"), Dataset.readTexts(file, DataColumns.DEFAULT, notes::add));
        assertEquals(List.of(file + " is read as one text a line, though it begins with the header text;label; --delimiter ';' reads its columns."), notes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sep=;\r\n", "sep=;\n", "\"sep=;\"\r\n", "SEP=;\n"})
    void aSpreadsheetsLineIsRefusedWithARemedyThatHelps(String line) {
        String rows = "text;label\r\na;0\r\nb;1\r\n";
        String named = line.strip().replace("\"", "");
        assertRefused(() -> DelimitedFile.read("a.csv", line + rows, ',', note -> {}),
                "a.csv begins with the line " + named + ", which is for spreadsheets alone; delete it and give --delimiter ';'.");
        assertRefused(() -> DelimitedFile.read("a.csv", line + rows, ';', note -> {}),
                "a.csv begins with the line " + named + ", which is for spreadsheets alone; delete it.");
        assertEquals(3, DelimitedFile.read("a.csv", rows, ';', note -> {}).size());
    }

    @Test
    void whatOnlyBeginsLikeASpreadsheetsLineIsRead() {
        assertEquals(2, DelimitedFile.read("a.csv", "sep=x y,label\na,0\n", ',', note -> {}).size());
        assertEquals(2, DelimitedFile.read("a.csv", "sep=,label\na,0\n", ',', note -> {}).size());
    }
}
