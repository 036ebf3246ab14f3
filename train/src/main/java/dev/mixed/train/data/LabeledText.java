// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

/**
 * A text with the class it belongs to.
 *
 * @param text the text as the file holds it, HTML entities included
 * @param label index into the data set's label names
 */
public record LabeledText(String text, int label) {
    /** Refuses null and labels below 0. */
    public LabeledText {
        if (text == null) {
            throw new IllegalArgumentException("the text is null");
        }
        if (label < 0) {
            throw new IllegalArgumentException("the label " + label + " is no index of a class; it must be 0 or more");
        }
    }
}
