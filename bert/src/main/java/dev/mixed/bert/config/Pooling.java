// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

/** How the vectors of a text's tokens become one. */
public enum Pooling {
    /** Their mean, padding left out. */
    MEAN,
    /** That of [CLS]. */
    CLS
}
