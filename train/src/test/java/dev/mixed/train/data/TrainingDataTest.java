// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.SafetensorsWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainingDataTest {
    private static final long FINGERPRINT = 4748696985555683518L;
    private static final Dataset DATA = new Dataset("mine", List.of("a", "b"), texts(0, "one", "two", "three"), texts(1, "four"), texts(1, "five", "two"));

    private static List<LabeledText> texts(int label, String... texts) {
        List<LabeledText> all = new ArrayList<>();
        for (String text : texts) {
            all.add(new LabeledText(text, label));
        }
        return all;
    }

    private static byte[] bytes(TrainingData data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SafetensorsWriter.write(Channels.newChannel(out), data.tensors(), data.metadata());
        return out.toByteArray();
    }

    private static TrainingData read(byte[] bytes) {
        return TrainingData.read(SafetensorsFile.of("record", MemorySegment.ofArray(bytes)));
    }

    @Test
    void aFingerprintIsWhatTheDocumentationSays() {
        // python3: int.from_bytes(hashlib.sha256("what a day".encode()).digest()[:8], "big", signed=True)
        assertEquals(FINGERPRINT, TextFingerprint.of("what a day"));
        for (String same : List.of("What a DAY", "  what\ta \u00a0day\n", "\uff37hat a day")) {
            assertEquals(FINGERPRINT, TextFingerprint.of(same), same);
        }
        for (String other : List.of("what a day!", "whata day", "what a d\u00e1y", "")) {
            assertNotEquals(FINGERPRINT, TextFingerprint.of(other), other);
        }
    }

    @Test
    void itSaysWhatBecameOfEachText() throws IOException {
        TrainingData data = read(bytes(TrainingData.of(DATA, TextFingerprint.of("old"))));
        Map<String, TrainingData.Origin> expected = Map.of("ONE", TrainingData.Origin.TRAIN, "four", TrainingData.Origin.VALIDATION, "five",
                TrainingData.Origin.TEST, "two", TrainingData.Origin.TEST, "old", TrainingData.Origin.TRAIN, "six", TrainingData.Origin.NEW);
        expected.forEach((text, origin) -> assertEquals(origin, data.origin(text), text));
        assertTrue(data.learned("two") && data.learned("old"));
        assertFalse(data.learned("five") || data.learned("four") || data.learned("six"));
        assertEquals(5, data.everLearned().length, "one, two, three, four, old");
        assertArrayEquals(new long[] {TextFingerprint.of("old")}, data.earlier());
        data.requireSame(TrainingData.of(DATA), "mine", "run");
        String message = assertThrows(UserException.class, () -> data.requireSame(TrainingData.of(new Dataset("mine", DATA.labelNames(), DATA.train(),
                DATA.validation(), texts(0, "five", "two"))), "mine", "run")).getMessage();
        assertTrue(message.contains("2 labels have changed"), message);
    }

    @Test
    void duplicatesAreLeftOutOfSplitsThatAreMadeAndSpokenOfInThoseThatAreGiven() {
        List<String> notes = new ArrayList<>();
        assertEquals(texts(1, "five"), HeldOutTexts.of(DATA, false, new long[0], notes).test());
        assertTrue(notes.size() == 1 && notes.getFirst().startsWith("1 of the 2 test texts"), notes.toString());
        notes.clear();
        assertEquals(DATA.test(), HeldOutTexts.of(DATA, true, new long[0], notes).test());
        assertTrue(notes.size() == 1 && notes.getFirst().contains("scored all the same"), notes.toString());
        notes.clear();
        long[] all = {TextFingerprint.of("five"), TextFingerprint.of("four")};
        assertEquals(DATA.test(), HeldOutTexts.of(DATA, false, all, notes).test(), "nothing would be left");
        assertTrue(notes.size() == 2 && notes.getLast().contains("nothing is held out"), notes.toString());
        notes.clear();
        Dataset clean = new Dataset("mine", DATA.labelNames(), DATA.train(), DATA.validation(), texts(1, "five"));
        assertEquals(clean, HeldOutTexts.of(clean, false, new long[0], notes));
        assertEquals(List.of(), notes);
    }

    @Test
    void damagedRecordsAreNamedOrRead() throws IOException {
        byte[] good = bytes(TrainingData.of(DATA));
        Random random = new Random(3);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] bad = good.clone();
            for (int flips = 0; flips <= i % 3; flips++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            if (i % 5 == 0) {
                bad = Arrays.copyOf(bad, random.nextInt(bad.length + 1));
            }
            try {
                read(bad).origin("one");
                read++;
            } catch (UserException e) {
                assertTrue(e.getMessage().endsWith(".") && e.getMessage().contains("record"), e.getMessage());
                refused++;
            }
        }
        assertTrue(read > 100 && refused > 100, read + " read, " + refused + " refused");
    }
}
