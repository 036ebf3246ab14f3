// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DemoCommandTest {
    @Test
    void precisionIsShownOnTheChosenDevice() {
        String out = Cli.run("demo", "precision", "--device", "jvm").done().out();
        assertTrue(out.startsWith("computed on jvm") && out.contains("65504"), out);
    }

    @Test
    void aTopicIsNeeded() {
        Cli.run("demo").misused("precision");
        Cli.run("demo", "cooking").misused("'cooking' is no topic of mixed demo; choose from: precision.");
    }
}
