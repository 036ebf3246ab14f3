// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Bytes moved and elements made, which JMH divides by the time. */
@State(Scope.Thread)
@AuxCounters
public class Traffic {
    /** Billions of bytes. */
    public double gigabyte;
    /** Billions of elements. */
    public double gigaelement;
}
