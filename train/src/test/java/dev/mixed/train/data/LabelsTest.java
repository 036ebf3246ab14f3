// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Labels as files write them: each is the right class, or refused. */
class LabelsTest {
    private final List<String> notes = new ArrayList<>();

    private List<String> classes(String name, String content) {
        DataReader reader = new DataReader(DataColumns.DEFAULT);
        List<LabeledRow> rows = reader.labelled(name, content);
        reader.tell(name, notes::add);
        return LabelSet.from(rows, notes::add).names();
    }

    private static String csv(String labels) {
        StringBuilder rows = new StringBuilder("text,label\n");
        Arrays.stream(labels.split("\\|", -1)).forEach(label -> rows.append("x,\"").append(label.replace("\"", "\"\"")).append("\"\n"));
        return rows.toString();
    }

    private static String jsonl(String labels) {
        StringBuilder rows = new StringBuilder();
        Arrays.stream(labels.split("\\|", -1)).forEach(label -> rows.append("{\"text\": \"x\", \"label\": ").append(label).append("}\n"));
        return rows.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "10|9|9| 2;               2,9,10",
        "-1|1|0;                  -1,0,1",
        "1.0|2.0|3;               1,2,3",
        "1.|2.00;                 1,2",
        "+1|-1;                   -1,1",
        "1000.0|2000.0;           1000,2000",
        "1 star|2 stars;          1 star,2 stars",
        "3d|2d;                   2d,3d",
        "1.2.3|1.2.4;             1.2.3,1.2.4",
        "None|some;               None,some",
        "[PAD]|[x];               [PAD],[x]",
        "12345678901234|2;        2,12345678901234",
        "True|False;              False,True"})
    void takenFromCsv(String labels, String classes) {
        assertEquals(List.of(classes.split(",")), classes("a.csv", csv(labels)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', value = {
        "true|false|true;         false,true",
        "1|0|\"1\";               0,1",
        "1.0|2|3e0;               1,2,3",
        "\" a \"|\"b\";           a,b"})
    void takenFromJson(String labels, String classes) {
        assertEquals(List.of(classes.split(",")), classes("a.jsonl", jsonl(labels)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', value = {
        "0|;                      line 3: the label is empty; write one or delete the row",
        "0|nan;                   line 3: the label 'nan' is missing",
        "0|NULL;                  line 3: the label 'NULL' is missing",
        "0|<NA>;                  line 3: the label '<NA>' is missing",
        "0|0.5;                   line 3: the label '0.5' is a score",
        "0|4.75e-2;               line 3: the label '4.75e-2' is a score",
        "0|1e-05;                 line 3: the label '1e-05' is a score",
        "[0, 2]|1;                line 2: the label '[0, 2]' holds several labels",
        "['joy']|x;               line 2: the label '['joy']' holds several labels",
        "3,10|1;                  line 2: the label '3,10' holds several labels",
        "0|1|spam;                line 4: the label 'spam' is a name, but '0' (a.csv, line 2) is a number; write all labels as names or all as numbers",
        "Spam|ham|spam;           line 4: the label 'spam' and 'Spam' (a.csv, line 2) differ in spelling alone",
        "very good|ham|very  good;line 4: the label 'very  good' and 'very good' (a.csv, line 2) differ in spelling alone",
        "caf\u00e9|ham|cafe\u0301;line 4: the label 'cafe\u0301' and 'caf\u00e9' (a.csv, line 2) differ in spelling alone",
        "1|2|01;                  line 4: the label '01' and '1' (a.csv, line 2) differ in spelling alone"})
    void refusedInCsv(String labels, String sentence) {
        assertRefused(() -> classes("a.csv", csv(labels)), "a.csv, " + sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\0', value = {
        "0|null;                  line 2: the label 'null' is missing; write one or delete the row",
        "0|NaN;                   line 2: the label 'NaN' is missing",
        "0|0.5;                   line 2: the label '0.5' is a score",
        "[1, 0, 1]|1;             line 1: the label '[1,0,1]' holds several labels, and miXed learns one for each text",
        "[\"joy\"]|1;             line 1: the label '[\"joy\"]' holds several labels",
        "{\"a\": 1}|1;            line 1: the label '{\"a\":1}' is an object",
        "true|1;                  line 1: the label 'true' is a name, but '1' (a.jsonl, line 2) is a number",
        "true|\"True\";           line 2: the label 'True' and 'true' (a.jsonl, line 1) differ in spelling alone"})
    void refusedInJson(String labels, String sentence) {
        assertRefused(() -> classes("a.jsonl", jsonl(labels)), "a.jsonl, " + sentence);
    }

    @Test
    void whatIsToldOfLabels() {
        classes("a.csv", csv("1.0|2.0"));
        assertEquals(List.of("Labels with a point such as 1.0 are taken as the classes 1 and so on."), notes);
        notes.clear();
        classes("a.csv", csv("0|1|2|-1"));
        assertEquals(List.of("a.csv, line 5: the label -1 is taken as a class of its own; delete such rows if it marks texts without a label."), notes);
        notes.clear();
        classes("a.csv", csv("0|1|-1"));
        assertEquals(List.of(), notes);
        classes("a.csv", csv("some|None"));
        assertEquals(List.of("a.csv, line 3: the label None is taken as a class of that name, where pandas reads it as missing."), notes);
        assertRefused(() -> classes("a.csv", "text,label\nx, \"a\"\n"), "a.csv, line 2: the label \"a\" holds its quotes, for a blank stands before them");
    }

    /** Every row of the table in code has a label of that form, which does as the row says. */
    @ParameterizedTest
    @EnumSource
    void everyFormDoesAsItSays(LabelForm form) {
        String label = switch (form) {
            case NAME -> "\"positive\"";
            case WHOLE_NUMBER -> "-1";
            case WHOLE_FLOAT -> "1.0";
            case BOOLEAN -> "true";
            case FRACTION -> "0.5";
            case LIST -> "[0, 2]";
            case OBJECT -> "{}";
            case NULL -> "null";
            case NAN -> "NaN";
            case EMPTY -> "\" \"";
        };
        DataReader reader = new DataReader(DataColumns.DEFAULT);
        if (form.taken()) {
            assertEquals(1, reader.labelled("a.jsonl", jsonl(label)).size());
        } else {
            assertTrue(assertThrows(UserException.class, () -> reader.labelled("a.jsonl", jsonl(label))).getMessage().endsWith(form.says() + "."));
        }
    }

    private static final List<String> STARS = List.of("1 star", "2 stars", "3 stars", "4 stars", "5 stars");
    private static final List<String> MOODS = List.of("sad", "happy");

    private static Stream<Arguments> matched() {
        return Stream.of(
                Arguments.of(List.of("happy", "sad"), MOODS, List.of(1, 0), ""),
                Arguments.of(List.of("HAPPY", "Sad"), MOODS, List.of(1, 0),
                        "Labels of f.csv are taken for the model's of another spelling: 'HAPPY' as 'happy', 'Sad' as 'sad'."),
                Arguments.of(List.of("1", "0"), MOODS, List.of(1, 0),
                        "The labels of f.csv are numbers, taken as indices of the model's classes: 0 is sad, 1 is happy."),
                Arguments.of(List.of("1"), MOODS, List.of(1),
                        "The labels of f.csv are numbers, taken as indices of the model's classes: 0 is sad, 1 is happy."),
                Arguments.of(List.of("1", "0"), List.of("LABEL_0", "LABEL_1"), List.of(1, 0), ""),
                Arguments.of(List.of("0", "2"), List.of("class 0", "class 1", "class 2"), List.of(0, 2), ""),
                Arguments.of(List.of("3 Stars", "1 star"), STARS, List.of(2, 0),
                        "Labels of f.csv are taken for the model's of another spelling: '3 Stars' as '3 stars'."),
                Arguments.of(List.of("5", "1"), List.of("1", "3", "5"), List.of(2, 0), ""),
                Arguments.of(List.of("5", "1"), List.of("01", "05"), List.of(1, 0),
                        "Labels of f.csv are taken for the model's of another spelling: '5' as '05', '1' as '01'."),
                Arguments.of(List.of("1"), List.of("covid19", "other"), List.of(1),
                        "The labels of f.csv are numbers, taken as indices of the model's classes: 0 is covid19, 1 is other."));
    }

    private static Map<String, String> places(List<String> labels) {
        Map<String, String> places = new LinkedHashMap<>();
        labels.forEach(label -> places.put(label, "f.csv, line " + (places.size() + 2)));
        return places;
    }

    @ParameterizedTest
    @MethodSource
    void matched(List<String> labels, List<String> model, List<Integer> expected, String note) {
        Map<String, Integer> match = ModelLabels.match(places(labels), model, "f.csv", notes::add);
        assertEquals(expected, labels.stream().map(match::get).toList());
        assertEquals(note.isEmpty() ? List.of() : List.of(note), notes);
    }

    private static Stream<Arguments> refusedByAModel() {
        return Stream.of(
                Arguments.of(List.of("1", "2", "3", "4"), STARS, "f.csv, line 2: the label '1' may mean '1 star', or the class of that index, '2 stars'"),
                Arguments.of(List.of("5", "1"), STARS, "f.csv, line 2: the label '5' is unknown; the labels are 1 star, 2 stars"),
                Arguments.of(List.of("0"), STARS, "f.csv, line 2: the label '0' is unknown"),
                Arguments.of(List.of("1", "2"), List.of("grade 2", "grade 1"),
                        "f.csv, line 3: the label '2' is unknown; the labels are grade 2, grade 1; write these names"),
                Arguments.of(List.of("1", "2"), MOODS, "f.csv, line 3: the label '2' is unknown; the labels are sad, happy, or their indices from 0 to 1."),
                Arguments.of(List.of("-1"), MOODS, "f.csv, line 2: the label '-1' is unknown"),
                Arguments.of(List.of("sad", "1"), MOODS, "f.csv, line 3: the label '1' is a number, but others are names such as 'sad'"),
                Arguments.of(List.of("2"), List.of("1", "3", "5"), "f.csv, line 2: the label '2' is unknown; the labels are 1, 3, 5."),
                Arguments.of(List.of("happy"), List.of("Happy", "HAPPY"), "f.csv, line 2: the label 'happy' is unknown"),
                Arguments.of(List.of("happy", "angry"), MOODS, "f.csv, line 3: the label 'angry' is unknown"));
    }

    @ParameterizedTest
    @MethodSource
    void refusedByAModel(List<String> labels, List<String> model, String sentence) {
        assertRefused(() -> ModelLabels.match(places(labels), model, "f.csv", notes::add), sentence);
    }
}
