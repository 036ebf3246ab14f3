package dev.mixed.bert.cli;

/** How a command prints its results. */
enum OutputFormat {
    /** For people. */
    TEXT,
    /** For programs. */
    JSON
}
