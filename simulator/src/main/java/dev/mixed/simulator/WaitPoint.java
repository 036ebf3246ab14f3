// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

/**
 * The operation at which a thread waits for others.
 *
 * @param line its line in the source, 0 where that is not known
 */
record WaitPoint(String operation, int line) {
    @Override
    public String toString() {
        return line > 0 ? operation + " (line " + line + ")" : operation;
    }
}
