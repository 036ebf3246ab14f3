// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Arithmetic done, which JMH divides by the time: GFLOP/s. */
@State(Scope.Thread)
@AuxCounters
public class Arithmetic {
    /** Billions of floating-point operations. */
    public double gflop;
}
