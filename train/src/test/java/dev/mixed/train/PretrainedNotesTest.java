// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.bert.pretrained.ModelState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PretrainedNotesTest {
    @Test
    void namesOfSkippedPartsAreBriefAndPlain() {
        List<String> notes = new ArrayList<>();
        PretrainedNotes.add(notes, "m", new ModelState.Pretrained(List.of(), List.of("\u001b[2J.a.bias", "\u001b[2J.b.bias", "x".repeat(1000))));
        assertEquals(List.of("Skipped of 'm', since this classifier has no such parts: ?[2J.* (2), " + "x".repeat(100) + "... (1)."), notes);
    }
}
