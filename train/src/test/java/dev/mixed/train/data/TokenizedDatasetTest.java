// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Vocabulary;
import dev.mixed.io.UsageException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokenizedDatasetTest {
    private static BertTokenizer tokenizer() {
        return BertTokenizer.of(Vocabulary.of("test", List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b")));
    }

    @Test
    void cutsAndCountsLongTexts() {
        try (BertTokenizer tokenizer = tokenizer()) {
            TokenizedDataset data = TokenizedDataset.of(
                    List.of(new LabeledText("a b a", 1), new LabeledText("a b", 0), new LabeledText("b b b b b", 1)), tokenizer, 4);
            assertArrayEquals(new int[] {2, 4, 5, 3}, data.ids(0));
            assertArrayEquals(new int[] {2, 4, 5, 3}, data.ids(1));
            assertArrayEquals(new int[] {2, 5, 5, 3}, data.ids(2));
            assertEquals(List.of(1, 0, 1), List.of(data.label(0), data.label(1), data.label(2)));
            assertEquals(2, data.truncatedCount());
            assertEquals(Optional.of("2 of 3 texts are longer than 4 tokens and were cut; a larger --length keeps more of them."), data.truncationNotice(5));
            assertEquals(Optional.of("2 of 3 texts are longer than 4 tokens and were cut; the model has positions for no more."), data.truncationNotice(4));
            assertEquals(12, data.tokenCount());
        }
    }

    @Test
    void noNoticeWhereNothingIsCut() {
        try (BertTokenizer tokenizer = tokenizer()) {
            TokenizedDataset data = TokenizedDataset.unlabeled(List.of("a", ""), tokenizer, 8);
            assertEquals(Optional.empty(), data.truncationNotice(512));
            assertEquals(List.of(3, 2, 2), List.of(data.length(0), data.length(1), data.size()));
        }
    }

    @Test
    void lengthOutsideTheModelIsAUsageError() {
        TokenizedDataset.requireLength(3, 512);
        TokenizedDataset.requireLength(512, 512);
        for (int length : new int[] {-1, 0, 2, 513}) {
            assertInstanceOf(UsageException.class,
                    assertRefused(() -> TokenizedDataset.requireLength(length, 512), "--length " + length + " is out of range; give 3 to 512"));
        }
    }
}
