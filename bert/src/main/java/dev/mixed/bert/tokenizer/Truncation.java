// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.tokenizer;

/** Which text of a pair loses tokens where both together are too long: Hugging Face's {@code truncation}. */
public enum Truncation {
    /** The longer one, until both are equally long, and then both. */
    LONGEST_FIRST,
    /** The first one alone. */
    ONLY_FIRST,
    /** The second one alone. */
    ONLY_SECOND
}
