// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import dev.mixed.io.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The model sizes that have a name: those of Google's BERT releases, with an intermediate size of four times the hidden size. */
public enum Preset {
    TINY(2, 128, 2),
    MINI(4, 256, 4),
    SMALL(4, 512, 8),
    MEDIUM(8, 512, 8),
    BASE(12, 768, 12),
    LARGE(24, 1024, 16);

    private final int layers;
    private final int hidden;
    private final int heads;

    Preset(int layers, int hidden, int heads) {
        this.layers = layers;
        this.hidden = hidden;
        this.heads = heads;
    }

    /** The preset of this name in any case; a {@link UsageException} lists all names. */
    public static Preset of(String name) {
        return Arrays.stream(values()).filter(p -> p.label().equals(name.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new UsageException("There is no preset '" + name + "'; choose one of "
                        + Arrays.stream(values()).map(Preset::label).collect(Collectors.joining(", ")) + "."));
    }

    /** The name as typed on the command line, for example {@code tiny}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public int layers() {
        return layers;
    }

    public int hidden() {
        return hidden;
    }

    public int heads() {
        return heads;
    }

    public int intermediate() {
        return 4 * hidden;
    }

    /** A configuration of this size with BERT's defaults (GELU, dropout 0.1, 512 positions) for a vocabulary and the class names. */
    public BertConfig config(int vocabSize, List<String> labels) {
        return BertConfig.of(this, vocabSize, labels);
    }

    @Override
    public String toString() {
        return label();
    }
}
