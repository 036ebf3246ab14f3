// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ResultTableTest {

    @Test
    void linesPrintedOneByOneAreThoseOfTheWholeTable() {
        ResultTable table = new ResultTable("epoch", "train loss", "macro-F1");
        StringBuilder printed = new StringBuilder(table.header());
        printed.append('\n').append(table.add(1, 0.69315f, 0.5).lastLine());
        printed.append('\n').append(table.add(10, Double.NaN, null).lastLine());
        assertEquals("""
                   epoch  train loss  macro-F1
                --------  ----------  --------
                       1      0.6931    0.5000
                      10         NaN         -""", printed.toString());
        assertEquals(printed.toString(), table.toString());
    }

    @Test
    void textIsAlignedLeftByItsCharacters() {
        ResultTable table = new ResultTable("label", "n").add("😀 joy of many", 1).add("x", 2);
        assertEquals("""
                label                 n
                -------------  --------
                😀 joy of many         1
                x                     2""", table.toString());
    }

    @Test
    void aRowMustFit() {
        assertThrows(IllegalArgumentException.class, () -> new ResultTable("a", "b").add(1));
    }
}
