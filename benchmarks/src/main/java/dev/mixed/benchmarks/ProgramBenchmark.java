// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Times one op, recorded as a program, on one thread. */
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 30, time = 50, timeUnit = TimeUnit.MILLISECONDS)
public abstract class ProgramBenchmark {
    /** Which kernels run. */
    public enum Kernels {
        /** Reference kernels only. */
        REFERENCE,
        /** Tuned kernels where there are some. */
        TUNED
    }

    /** Makes an op's inputs, and returns what runs it. */
    interface Body {
        Supplier<List<Tensor>> on(JvmDevice device, Shape shape);
    }

    /** Which kernels run. */
    @Param
    public Kernels kernels;

    private JvmDevice device;
    private Program program;
    private double gigabytes;
    private double gigaelements;

    abstract Shape shape();

    abstract Body body();

    abstract int bytesPerElement();

    /** Records the program. */
    @Setup
    public void record() {
        device = kernels == Kernels.REFERENCE ? JvmDevice.reference() : JvmDevice.open(1);
        program = Program.record(device, body().on(device, shape()));
        gigaelements = 1e-9 * shape().elements();
        gigabytes = bytesPerElement() * gigaelements;
    }

    /** Closes the device. */
    @TearDown
    public void close() {
        device.close();
    }

    /** One run of the program. */
    @Benchmark
    public void run(Traffic done) {
        program.run();
        done.gigabyte += gigabytes;
        done.gigaelement += gigaelements;
    }
}
