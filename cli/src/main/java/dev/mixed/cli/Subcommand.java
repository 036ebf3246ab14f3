// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.util.concurrent.Callable;

/** A command of {@code mixed} that another module brings: a class with picocli's {@code @Command}, found by {@link java.util.ServiceLoader}. */
public interface Subcommand extends Callable<Integer> {
}
