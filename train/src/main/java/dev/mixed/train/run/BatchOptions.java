// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

// @formatter:off: each option and the component under it read as a row of a table.
/** How texts form the batches of a step. One row is one option, see {@link RunOptions}. */
public record BatchOptions(
        @Option(name = "batch", also = {
            "batch_size", "train_batch_size", "per_device_train_batch_size"}, value = "32", min = 1, max = BatchOptions.MOST, orAuto = true,
                help = "texts per batch; auto: as many as a GPU's memory can hold")
        int size,
        @Option(name = "accumulate", also = "gradient_accumulation_steps", value = "1", min = 1, max = 65536,
                help = "batches per update: it is the mean over all their texts, as if they were one large batch")
        int accumulate,
        @Option(name = "length", also = {"max_length", "max_seq_length"}, value = "128", min = 3, max = 8192,
                help = "longest input in tokens, [CLS] and [SEP] included; what is longer is cut")
        int length,
        @Option(name = "pad", value = "auto",
                help = "bucket: batches of similar length; coarse: alike, with few lengths, for a GPU, which compiles each once; "
                        + "max: every text padded to the longest input; packed: no padding, the texts of a batch one after the other; auto: what is fast")
        RunOptions.Pad pad) {
    // @formatter:on

    /** A size that is to be found, as the word {@code auto} is stored. */
    public static final int AUTO = -1;
    /** The most texts of a batch. */
    public static final int MOST = 65536;

    /** Whether the number of texts is to be found. */
    public boolean isAuto() {
        return size == AUTO;
    }
}
