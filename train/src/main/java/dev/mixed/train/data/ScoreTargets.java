// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.List;
import java.util.regex.Pattern;

/** Labels that are numbers, of which one is learned for each text. */
final class ScoreTargets implements TargetReader {
    /** The name of a model's only output, as {@code transformers} has it. */
    static final List<String> NAMES = List.of("LABEL_0");
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?");

    @Override
    public List<String> names() {
        return NAMES;
    }

    @Override
    public Target target(RawRow row) {
        String label = row.label().strip();
        if (row.form() == LabelForm.EMPTY || row.form() == LabelForm.NULL || row.form() == LabelForm.NAN) {
            row.form().name(row.place(), label);
        }
        double value = NUMBER.matcher(label).matches() ? Double.parseDouble(label) : Double.NaN;
        if (!Float.isFinite((float) value)) {
            throw new UserException("%s: the label '%s' is no number that a model can learn; write a score such as 3.5, or choose another --task."
                    .formatted(row.place(), Brief.of(label)));
        }
        return new Target.Score(value);
    }
}
