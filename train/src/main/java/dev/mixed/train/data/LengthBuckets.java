// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.run.RunOptions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The few sequence lengths that batches are padded to: each is the shape of one recorded program, so fewer lengths record less and more lengths pad less.
 */
public final class LengthBuckets {
    /**
     * Rows of different budgets for packed batches of texts that are known, where each is compiled: a third of the tokens of TweetEval's offensive are dead
     * with 4, a fifth with 6, half with 2, and a program more costs as much time as it saves in two epochs.
     */
    private static final int COMPILED_ROWS = 4;
    /** The same on the JVM, where a program costs little and dead tokens as much as others: 7 % of offensive's are dead, where buckets pad by 17 %. */
    private static final int JVM_ROWS = 16;

    private final int[] lengths;
    /** Budgets of packed rows; 0 where batches are padded. */
    private final int rows;

    private LengthBuckets(int[] lengths) {
        this(lengths, 0);
    }

    private LengthBuckets(int[] lengths, int rows) {
        this.lengths = lengths;
        this.rows = rows;
    }

    /** As {@code --pad} says, up to {@code maxLength}, for a device. */
    public static LengthBuckets of(RunOptions.Pad pad, int maxLength, Device device) {
        return pad == RunOptions.Pad.PACKED && device instanceof JvmDevice ? new LengthBuckets(new int[] {maxLength}, JVM_ROWS) : of(pad, maxLength);
    }

    /** As {@code --pad} says, up to {@code maxLength}. */
    public static LengthBuckets of(RunOptions.Pad pad, int maxLength) {
        return switch (pad) {
            case BUCKET -> upTo(maxLength);
            case COARSE -> coarse(maxLength);
            case MAX -> fixed(maxLength);
            case PACKED -> packed(maxLength);
            case AUTO -> throw new IllegalArgumentException("how texts form a batch is not decided yet");
        };
    }

    /** No padding: the texts of a batch stand one after the other in one row of tokens, of one of a few budgets. */
    public static LengthBuckets packed(int maxLength) {
        return new LengthBuckets(new int[] {maxLength}, COMPILED_ROWS);
    }

    /** {@link #packed} for texts of which only some are known at a time: budgets do not depend on them. */
    public static LengthBuckets packedAnyTexts(int maxLength) {
        return new LengthBuckets(new int[] {maxLength}, Integer.MAX_VALUE);
    }

    /** The budgets of the rows of packed batches; null where batches are padded. */
    @Nullable
    RowBudgets rowBudgets(TokenizedDataset data, BatchSampler sampler) {
        if (rows == 0) {
            return null;
        }
        return rows < Integer.MAX_VALUE ? RowBudgets.best(data, sampler, rows)
                : RowBudgets.anyTexts(Math.multiplyExact(sampler.batchSize(), lengths[lengths.length - 1]));
    }

    /** The most tokens of a text in packed batches: on a GPU, room is made for so many. */
    int packedLength(TokenizedDataset data) {
        int most = lengths[lengths.length - 1];
        return rows < Integer.MAX_VALUE ? Math.min(most, RowBudgets.rounded(Arrays.stream(data.lengths()).max().orElse(1))) : most;
    }

    /** Steps of 8 up to 64, of 16 up to 128, of 32 up to 256, of 64 beyond (tensor cores want multiples of 8), and {@code maxLength} last. */
    public static LengthBuckets upTo(int maxLength) {
        int[] lengths = new int[maxLength / 8 + 1];
        int count = 0;
        int length = 8;
        while (length < maxLength) {
            lengths[count++] = length;
            length += length < 64 ? 8 : length < 128 ? 16 : length < 256 ? 32 : 64;
        }
        lengths[count++] = maxLength;
        return new LengthBuckets(Arrays.copyOf(lengths, count));
    }

    /** 32, 64, 128, ... and {@code maxLength} last: few shapes, for a device on which the first batch of each shape takes seconds. */
    public static LengthBuckets coarse(int maxLength) {
        int[] lengths = new int[Integer.SIZE];
        int count = 0;
        for (int length = 32; length < maxLength; length *= 2) {
            lengths[count++] = length;
        }
        lengths[count++] = maxLength;
        return new LengthBuckets(Arrays.copyOf(lengths, count));
    }

    /** Everything padded to one length. */
    public static LengthBuckets fixed(int length) {
        return new LengthBuckets(new int[] {length});
    }

    /** The smallest bucket that holds a sequence of this length. */
    public int paddedLength(int length) {
        int place = Arrays.binarySearch(lengths, length);
        int index = place >= 0 ? place : -place - 1;
        if (index == lengths.length) {
            throw new IllegalArgumentException("bucket: length %d is above the longest bucket %d".formatted(length, lengths[lengths.length - 1]));
        }
        return lengths[index];
    }

    /** All lengths, ascending. */
    public int[] lengths() {
        return lengths.clone();
    }
}
