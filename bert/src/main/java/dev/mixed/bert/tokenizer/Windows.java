// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Long texts as overlapping windows, which {@code return_overflowing_tokens} of Hugging Face's tokenizers gives. */
final class Windows {
    private Windows() {
    }

    /**
     * The tokens of each window: one window where all fit, else so many that each but the last is full. From the end where texts lose their beginning, the
     * first window then being the end.
     *
     * @param room    tokens of a window, 1 or more
     * @param stride  tokens that a window shares with the one before, less than {@code room}
     * @param fromEnd whether texts lose their beginning
     */
    static List<int[]> of(int[] tokens, int room, int stride, boolean fromEnd) {
        if (stride < 0 || stride >= room) {
            throw new IllegalArgumentException("windows of " + room + " tokens can't share " + stride);
        }
        if (tokens.length <= room) {
            return List.of(tokens);
        }
        List<int[]> windows = new ArrayList<>();
        for (int at = 0;; at += room - stride) {
            int start = fromEnd ? Math.max(0, tokens.length - at - room) : at;
            int stop = fromEnd ? tokens.length - at : Math.min(tokens.length, at + room);
            windows.add(Arrays.copyOfRange(tokens, start, stop));
            if (fromEnd ? start == 0 : stop == tokens.length) {
                return windows;
            }
        }
    }
}
