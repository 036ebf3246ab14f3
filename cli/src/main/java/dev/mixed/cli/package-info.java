/** The commands of {@code mixed}. */
@NullMarked
package dev.mixed.cli;

import org.jspecify.annotations.NullMarked;
