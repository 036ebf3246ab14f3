// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Benchmarks still run: times of so short a run mean nothing. */
class BenchmarksRunTest {
    @Test
    void softmaxOnTheJvm() throws RunnerException {
        Collection<RunResult> results = run(options("SoftmaxBenchmark.forward").param("shape", "2048x64"));
        assertEquals(1, results.size());
        RunResult result = results.iterator().next();
        assertTrue(result.getPrimaryResult().getScore() > 0);
        assertTrue(result.getSecondaryResults().get("cpu").getScore() > 0);
        assertTrue(result.getSecondaryResults().get("gigabyte").getScore() > 0);
    }

    /** On the JVM, with the benchmark's own check of results. */
    @Test
    void smallProductsOfAGpu() throws RunnerException {
        assertEquals(2, run(options("GpuMatmulBenchmark").param("device", "jvm").param("product", "TN 1x64x64x32").param("arithmetic", "F16", "F32")).size());
    }

    private static ChainedOptionsBuilder options(String name) {
        return new OptionsBuilder().include(name).forks(0).warmupIterations(0).measurementIterations(1).measurementTime(TimeValue.milliseconds(1))
                .addProfiler(CpuTime.class).shouldFailOnError(true).verbosity(VerboseMode.SILENT);
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }
}
