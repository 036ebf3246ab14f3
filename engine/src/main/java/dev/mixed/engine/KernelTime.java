// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/**
 * The time of all launches of one kernel in a program.
 *
 * @param kernel   its name
 * @param launches number of them
 * @param millis   ms that they take, run one after the other without the rest of the program
 */
public record KernelTime(String kernel, int launches, double millis) {
}
