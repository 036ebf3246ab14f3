// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Truncation;
import dev.mixed.io.UsageException;
import dev.mixed.train.run.TaskKind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How texts become sequences of tokens.
 *
 * @param maxLength  longest sequence in tokens, special ones included; what is longer is cut
 * @param apart      whether each text of a pair is a sequence of its own
 * @param truncation which text of a pair is cut
 * @param stride     tokens that neighbouring windows of a text share that is too long for one; null where it is cut
 * @param blocks     whether texts are joined, and cut into blocks of {@code maxLength} tokens
 */
public record Tokenization(int maxLength, boolean apart, Truncation truncation, @Nullable Integer stride, boolean blocks) {
    private static final Set<TaskKind> WHOLE_TEXTS = Set.of(TaskKind.CLASSIFICATION, TaskKind.REGRESSION, TaskKind.MULTILABEL);
    /** [CLS] and [SEP]; of pairs one more. */
    private static final int SPECIAL = 2;

    /** One sequence for each text or pair of texts. */
    public Tokenization(int maxLength) {
        this(maxLength, Truncation.LONGEST_FIRST, null);
    }

    /** One sequence for each text or pair of texts, or for each window of one. */
    public Tokenization(int maxLength, Truncation truncation, @Nullable Integer stride) {
        this(maxLength, false, truncation, stride, false);
    }

    /** Whether each text, or pair of texts, makes one item, whatever the others are. */
    public boolean isPlain() {
        return truncation == Truncation.LONGEST_FIRST && stride == null && !blocks;
    }

    /** The same, with texts joined into blocks or not; a {@link UsageException} where a task has no use for such. */
    public Tokenization inBlocks(boolean joined, TaskKind kind) {
        if (joined && kind != TaskKind.MLM) {
            throw new UsageException("--blocks is for --task mlm: leave it out.");
        }
        return new Tokenization(maxLength, apart, truncation, stride, joined);
    }

    /**
     * That of a task, as the options of a user have it.
     *
     * @throws UsageException where the task has no use for them
     */
    public static Tokenization of(TaskKind kind, int maxLength, Truncation truncation, @Nullable Integer stride) {
        if ((truncation != Truncation.LONGEST_FIRST || stride != null) && !WHOLE_TEXTS.contains(kind)) {
            throw new UsageException("--truncate and --stride are for --task classification, regression and multilabel: leave them out.");
        }
        return new Tokenization(maxLength, kind == TaskKind.EMBEDDINGS, truncation, stride, false);
    }

    /** A {@link UsageException} where single texts, or pairs, can't be read so. */
    public void require(boolean pairs) {
        if (!pairs && truncation == Truncation.ONLY_SECOND) {
            throw new UsageException("--truncate only_second is for pairs of texts: leave it out.");
        }
        if (stride == null) {
            return;
        }
        if (pairs && truncation == Truncation.LONGEST_FIRST) {
            throw new UsageException("--stride reads one text of a pair in windows: say which with --truncate only_first or only_second.");
        }
        int most = maxLength - SPECIAL - (pairs ? 2 : 0) - 1;
        if (stride > most) {
            throw new UsageException("--stride " + stride + " leaves no room for other tokens in windows of --length " + maxLength + "; give "
                    + Math.max(0, most) + " or less.");
        }
    }

    /** Tokenizes texts that are to be learned, or scored, or only looked at. */
    public TokenizedDataset of(List<LabeledText> texts, BertTokenizer tokenizer) {
        TextEncoding encoding = new TextEncoding(tokenizer, maxLength);
        if (apart) {
            return encoding.apart(texts);
        }
        if (blocks) {
            return encoding.blocks(texts);
        }
        require(!texts.isEmpty() && texts.getFirst().pair() != null);
        return encoding.of(texts, this);
    }
}
