// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

/** How a command prints its results. */
public enum OutputFormat {
    /** For people. */
    TEXT,
    /** For programs. */
    JSON
}
