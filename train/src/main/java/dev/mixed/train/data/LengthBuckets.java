// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.train.run.RunOptions;
import java.util.Arrays;

/**
 * The few sequence lengths that batches are padded to: each is the shape of one recorded program, so fewer lengths record less and more lengths pad less.
 */
public final class LengthBuckets {
    private final int[] lengths;

    private LengthBuckets(int[] lengths) {
        this.lengths = lengths;
    }

    /** As {@code --pad} says, up to {@code maxLength}. */
    public static LengthBuckets of(RunOptions.Pad pad, int maxLength) {
        return switch (pad) {
            case BUCKET -> upTo(maxLength);
            case COARSE -> coarse(maxLength);
            case MAX -> fixed(maxLength);
        };
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
