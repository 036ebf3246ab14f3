// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.bert.tokenizer.Truncation;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** How a task learns what it learns, where it leaves a choice. One row is one option, see {@link RunOptions}. */
public record TaskOptions(
        @Option(name = "loss", value = "auto", help = "of --task embeddings: cosine (of each pair's vectors, to be its score) or contrastive (the second text of"
                + " each pair is to be told from those of the other pairs of its batch); auto: cosine where pairs have scores")
        Loss loss,
        @Option(name = "pooling", also = "pooling_mode", value = "auto", help = "of --task embeddings: mean of the tokens' vectors, or cls for that of [CLS];"
                + " auto: as --model has it, else mean")
        PoolingChoice pooling,
        @Option(name = "normalize", also = "normalize_embeddings", value = "false", help = "of --task embeddings: the model's vectors have a length of 1 when"
                + " 'mixed embed' writes them; of no effect on training, which looks at cosines")
        boolean normalize,
        @Option(name = "score-range", help = "of --loss cosine: lowest and highest score, such as 1,5, which are learned as the cosines 0 and 1; without it,"
                + " scores are cosines from -1 to 1")
        @Nullable String scoreRange,
        @Option(name = "truncate", also = "truncation", value = "longest_first", help = "which text of a pair is cut where both are too long: longest_first,"
                + " only_first or only_second")
        Truncation truncate,
        @Option(name = "stride", also = "doc_stride", min = 0, max = 8191, help = "read long texts whole, in windows of --length tokens that share so many with the"
                + " one before: each window is learned as a text, and the means of their outputs count in scoring and prediction; of pairs, the text"
                + " that --truncate names")
        @Nullable Integer stride,
        @Option(name = "blocks", value = "false", help = "of --task mlm: texts are joined, with [CLS] and [SEP] between them, and cut into blocks of --length"
                + " tokens, which pads nothing, rather than read one by one")
        boolean blocks,
        @Option(name = "threshold", value = "0.5", min = 0, aboveMin = true, max = 1, belowMax = true, help = "of --task multilabel: probability above which a"
                + " label is given; saved with the model, for eval and predict")
        double threshold,
        @Option(name = "tune-threshold", value = "false", help = "of --task multilabel: after each epoch, the threshold is set to that with the best micro-F1 on"
                + " the validation texts")
        boolean tuneThreshold,
        @Option(name = "tune-label-thresholds", value = "false", help = "of --task multilabel: as --tune-threshold, but one for each label, that with the best F1 of"
                + " the label")
        boolean tuneLabelThresholds) {
    // @formatter:on

    /** By what vectors are learned. */
    public enum Loss { AUTO, COSINE, CONTRASTIVE }

    /** The thresholds that are found on the validation texts of a run, after each epoch. */
    public enum Tuning {
        /** None. */
        NONE,
        /** That of all labels with the best micro-F1. */
        TOGETHER,
        /** Of each label the one with its best F1. */
        EACH_LABEL
    }

    /** What of {@code --tune-threshold} and {@code --tune-label-thresholds} was given. */
    public Tuning tuning() {
        return tuneLabelThresholds ? Tuning.EACH_LABEL : tuneThreshold ? Tuning.TOGETHER : Tuning.NONE;
    }

    /** How the vectors of a text's tokens become one. */
    public enum PoolingChoice { AUTO, MEAN, CLS }
}
