// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.Device;
import dev.mixed.engine.KernelTime;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Steps that are timed are steps that are taken. */
class TrainingBenchmarkTest {
    /** A first run and five rounds. */
    private static final int RUNS = 6;

    private static TrainingBenchmark benchmark(Device device, Precision precision) {
        BertConfig config = Toy.config(List.of("0", "1"));
        return new TrainingBenchmark(config, device, TrainingBenchmark.randomBatch(config, 2, 8, 1), 1, precision, false, DataParallel.single());
    }

    /** With a scale at which the first gradients overflow. */
    @Test
    void theUpdateThatIsProfiledIsTaken() {
        try (Device device = JvmDevice.open(1)) {
            TrainingBenchmark benchmark = benchmark(device, Precision.AMP);
            List<KernelTime> times = benchmark.profile(new GradScaler(device, 0x1p40, 2, 0.5, 2000, true));
            assertTrue(times.stream().map(KernelTime::kernel).collect(Collectors.toSet()).contains("adamw.f32"), times.toString());
            assertEquals(1 + RUNS, benchmark.stepsTaken(), "a step before the profile, and each time that its update is run");
        }
    }

    @Test
    void aProfileInFloatTakesItsSteps() {
        try (Device device = JvmDevice.open(1)) {
            TrainingBenchmark benchmark = benchmark(device, Precision.FP32);
            benchmark.profile();
            assertEquals(1 + RUNS, benchmark.stepsTaken());
        }
    }
}
