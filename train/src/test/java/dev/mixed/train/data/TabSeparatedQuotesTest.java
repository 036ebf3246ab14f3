// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.train.run.DataColumns;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Quotes in .tsv files: syntax where pandas wrote them, part of the text where nobody quotes, and refused or told where that is open to doubt. */
class TabSeparatedQuotesTest {
    private final List<String> notes = new ArrayList<>();

    private List<String> read(String rows) {
        DataReader reader = new DataReader(DataColumns.DEFAULT);
        List<String> texts = reader.labelled("a.tsv", "text\tlabel\n" + rows).stream().map(row -> row.text() + "|" + row.label()).toList();
        reader.tell("a.tsv", notes::add);
        return texts;
    }

    /** Written by pandas' {@code to_csv(sep="\t", index=False)} of rows with quotes, tabs and line ends. */
    @Test
    void asPandasWritesThem() {
        assertEquals(List.of("he said \"great\" movie|1", "get lost|0", "\"all of it\"|1", "a\ttab|0", "two\nlines|1", "\"|0", "6\" tall, 'x'|1"),
                read("\"he said \"\"great\"\" movie\"\t1\nget lost\t0\n\"\"\"all of it\"\"\"\t1\n\"a\ttab\"\t0\n\"two\nlines\"\t1\n\"\"\"\"\t0\n\"6\"\" tall, 'x'\"\t1\n"));
        assertEquals(List.of(), notes);
    }

    @Test
    void everyTextInQuotes() {
        assertEquals(List.of("x|0", "y|1"), read("\"x\"\t\"0\"\n\"y\"\t\"1\"\n"));
    }

    @Test
    void textsOfAuthorsWhoQuote() {
        assertEquals(List.of("life is short|0", "plain|1"), read("\"life is short\"\t0\nplain\t1\n"));
        assertEquals(List.of("a.tsv, line 2: the quotes around a whole text are not part of it, as pandas reads and writes a .tsv."), notes);
    }

    @Test
    void aLoneQuoteIsPartOfItsText() {
        assertEquals(List.of("\"unclosed, and fine|0", "6\" tall|1", "\"closed\" early|0", "\"whole\"|1"),
                read("\"unclosed, and fine\t0\n6\" tall\t1\n\"closed\" early\t0\n\"whole\"\t1\n"));
        assertEquals(List.of("a.tsv, line 2: a text begins with a quote and does not end with one, so the quotes in this file are read as part of its texts."),
                notes);
    }

    /** Two lone quotes must not make one text of the rows between them. */
    @Test
    void rowsAreNotLostBetweenTwoQuotes() {
        assertEquals(List.of("\"so it begins|0", "inside|1", "so it ends\"|0", "x|1"), read("\"so it begins\t0\ninside\t1\nso it ends\"\t0\nx\t1\n"));
        assertRefused(() -> read("\"so it begins\t0\ninside\t1\nso it ends\"\t0\n\"a\nb\"\t1\n"),
                "a.tsv, line 2: the quote that begins a text there ends lines later");
    }

    @Test
    void whatCanNotBeReadEitherWay() {
        assertRefused(() -> read("\"he said \"\"x\"\"\"\t0\n\"lone\t1\n"), "a.tsv, line 3: a text begins with a quote and does not end with one",
                "line 2 is quoted as pandas does");
        assertRefused(() -> read("\"open\nend\t0\n"), "a.tsv, line 2: malformed row");
        assertRefused(() -> read("x\t0\nopen\nend\t0\n"),
                "a.tsv, line 3: 1 columns where the first line has 2; quote texts that hold a separator or a line end");
    }
}
