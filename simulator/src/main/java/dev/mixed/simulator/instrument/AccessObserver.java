// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.instrument;

/** What an instrumented kernel tells the thread that runs it; each method throws where the access is a mistake. */
public interface AccessObserver {
    /** The thread reads an element of an array of that size. */
    void read(Object array, int index, int size);

    /** The thread replaces an element; {@code same} where its value stays the same. */
    void write(Object array, int index, int size, boolean same);

    /** The thread accesses two halves at once, from element {@code index} on. */
    void pair(int index, String operation);

    /** The thread reads an element of an array in registers. */
    void readRegister(Object array);

    /** The thread replaces an element of an array in registers. */
    void writeRegister(Object array);

    /** The thread's next operation on its context, or its next intrinsic, stands in this line of the source. */
    void atLine(int line);

    /** The same of one whose results may come later: when the thread next accesses an array, or at the next other line. */
    void atLastingLine(int line);
}
