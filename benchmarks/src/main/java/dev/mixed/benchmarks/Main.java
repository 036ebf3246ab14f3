// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;

/** JMH's command line, which measures the time on the processor besides. */
public final class Main {
    private Main() {
    }

    /** @param args as JMH takes them: a regular expression for names, {@code -p parameter=value}, {@code -h} for the others */
    public static void main(String[] args) throws IOException {
        org.openjdk.jmh.Main.main(Stream.concat(Arrays.stream(args), Stream.of("-prof", CpuTime.class.getName())).toArray(String[]::new));
    }
}
