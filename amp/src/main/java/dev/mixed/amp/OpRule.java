// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

/** In which type an op computes inside an autocast scope. */
public enum OpRule {
    /** Floating inputs are rounded to half; sums inside are float. */
    HALF("half"),
    /** The first input, the data, is rounded to half, and so is the result; parameters and all arithmetic inside are float. */
    HALF_DATA("half data, float inside"),
    /** Inputs stay float, and the result is stored as half. */
    HALF_RESULT("float in, half out"),
    /** Floating inputs are taken to float. */
    FLOAT("float"),
    /** All floating inputs are taken to the widest type among them; also what any op with several inputs does that is on no list. */
    WIDEST("widest input"),
    /** Inputs stay as they are; where they differ, as {@link #WIDEST}. */
    FOLLOWS("follows its inputs"),
    /** The op is refused. */
    REFUSED("refused");

    private final String words;

    OpRule(String words) {
        this.words = words;
    }

    /** The rule in a few words, for tables. */
    public String words() {
        return words;
    }
}
