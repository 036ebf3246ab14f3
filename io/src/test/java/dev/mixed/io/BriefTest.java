// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BriefTest {
    @Test
    void printableTextStaysAsItIs() {
        assertEquals("bert.encoder 1/é 漢 😀", Brief.of("bert.encoder 1/é 漢 😀"));
        assertEquals("", Brief.of(""));
        assertEquals("x".repeat(100), Brief.of("x".repeat(100)));
    }

    @Test
    void whatATerminalWouldObeyIsMasked() {
        assertEquals("?[31m?a?b??c?d?e", Brief.of("\u001b[31m\na\rb\0\u007fc\u0085d\u202ee"));
        assertEquals("????", Brief.of("\u2028\u2029\ud800\ue000"));
    }

    @Test
    void longTextIsCutBetweenCharacters() {
        assertEquals("x".repeat(100) + "...", Brief.of("x".repeat(70_000)));
        assertEquals("x".repeat(99) + "😀...", Brief.of("x".repeat(99) + "😀😀"));
    }
}
