// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

/**
 * A text with the class it belongs to.
 *
 * @param text the text as the file holds it, HTML entities included
 * @param label index into the data set's label names
 */
public record LabeledText(String text, int label) {}
