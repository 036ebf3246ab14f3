// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Recorded launches that run again and again: a training step, say, or a forward pass.
 *
 * <p>{@link #record} calls a body once. The ops in it run not at once but when {@link #run} is called, any number of times, with no
 * allocation and without the body. What changes from run to run must therefore live in persistent tensors that are written between runs
 * (batch, learning rate, random state); plain Java numbers that the body passed to ops are constants of the program.
 */
public final class Program {
    private final Device device;
    private final List<Launch> launches;
    private final List<Tensor> outputs;
    private final MemoryPlan plan;
    private final ProgramParts parts;
    private final @Nullable CopyRefresh copies;
    private final InputCheck.OfProgram[] checks;
    /** The persistent buffers that it reads. */
    private final Set<Buffer> inputs = Collections.newSetFromMap(new IdentityHashMap<>());
    private final ProgramResults results;
    private boolean ran;

    private Program(Device device, Recording recording, @Nullable CopyRefresh copies, ProgramParts parts) {
        this.device = device;
        this.launches = recording.launches;
        this.outputs = recording.outputs;
        this.plan = recording.plan;
        this.copies = copies;
        this.parts = parts;
        this.checks = recording.checks.toArray(InputCheck.OfProgram[]::new);
        for (Buffer buffer : Buffers.all(launches)) {
            if (buffer.persistent()) {
                inputs.add(buffer);
            }
        }
        if (copies != null) {
            inputs.addAll(copies.weights());
        }
        this.results = new ProgramResults(device);
        outputs.forEach(output -> output.buffer().resultOf(results));
    }

    /**
     * Records the ops of {@code body}; nothing runs yet.
     *
     * @param body returns the tensors to keep; all others share storage once their last use is past, and can't be read afterwards
     */
    public static Program record(Device device, Supplier<List<Tensor>> body) {
        return record(device, body, List::of);
    }

    /**
     * {@link #record(Device, Supplier)} of a program that tells, as it runs, which tensors it has written for the last time: see
     * {@link #start(IntConsumer)}.
     *
     * @param groups asked once the body has run: persistent tensors, in the order in which they are told of; a group is complete no earlier than those before
     */
    public static Program record(Device device, Supplier<List<Tensor>> body, Supplier<List<List<Tensor>>> groups) {
        try (Device.Use _ = device.use()) {
            return recorded(device, body, groups);
        }
    }

    private static Program recorded(Device device, Supplier<List<Tensor>> body, Supplier<List<List<Tensor>>> groups) {
        long start = System.nanoTime();
        Recording recording = Recording.of(device, body, true);
        device.pool().bind(recording.plan);
        // What is left without storage are the outputs, which outlive the run.
        recording.kept.removeIf(Buffer::bound);
        recording.kept.forEach(b -> b.awaitsRun(true));
        Buffers.bindUnbound(recording.launches, device);
        for (Tensor output : recording.outputs) {
            if (!output.buffer().bound()) {
                throw new IllegalStateException("an output of the recorded body was never written");
            }
        }
        CopyRefresh copies = recording.copies.copies().isEmpty() ? null : device.refresh(recording.copies);
        Program program = new Program(device, recording, copies, new ProgramParts(device, recording.launches, groups.get()));
        device.stats().programRecorded();
        device.recorded();
        device.stats().startUp(System.nanoTime() - start);
        return program;
    }

    /**
     * How the transient buffers of {@code body} would share storage, without taking any: it tells what a program needs on a device too small to
     * run it. The tensors that the body makes can't be used afterwards.
     */
    public static MemoryPlan plan(Device device, Supplier<List<Tensor>> body) {
        try (Device.Use _ = device.use()) {
            return Recording.of(device, body, false).plan;
        }
    }

    /** What a body does, before anything has storage. */
    private record Recording(List<Launch> launches, List<Tensor> outputs, Set<Buffer> kept, MemoryPlan plan, KeptCopies copies,
            List<InputCheck.OfProgram> checks) {
        /** @param runs whether the program will run: a plan takes no memory */
        static Recording of(Device device, Supplier<List<Tensor>> body, boolean runs) {
            device.settle();
            Recorder outer = device.recorder();
            Recorder inner = new Recorder(device, true);
            device.recorder(inner);
            List<Tensor> outputs;
            try {
                outputs = List.copyOf(body.get());
            } finally {
                device.recorder(outer);
            }
            Set<Buffer> kept = Collections.newSetFromMap(new IdentityHashMap<>());
            outputs.forEach(t -> kept.add(t.buffer()));
            KeptCopies copies = KeptCopies.of(List.copyOf(inner.take()), kept, runs ? device : null);
            List<Launch> launches = device.lower(copies.launches(), kept);
            return new Recording(launches, outputs, kept, MemoryPlan.of(Buffers.lifetimes(launches, kept), copies.bytes()), copies, inner.checks());
        }
    }

    /**
     * Runs the program. Its outputs hold this run's values until the next run.
     *
     * @throws IllegalArgumentException if an op does not take a number in its inputs, such as a token id outside of its table; nothing has run then
     * @throws IllegalStateException if another thread uses the device, or has overwritten an input that this one had written
     */
    public void run() {
        try (Device.Use _ = device.use()) {
            startAlone(_ -> {});
            device.awaitRuns();
        }
    }

    /**
     * {@link #run}, but it may return before the device is done, so that the host can make the next run's inputs meanwhile. Reading an output waits, and
     * so does writing what the device uses: nothing else is different, except that a failure of the device may be thrown there.
     */
    public void start() {
        start(_ -> {});
    }

    /**
     * {@link #start()} that tells of each group of tensors that the program was recorded with, in order, once all launches that write them have begun: what
     * is begun on the device then finds them complete, and goes on beside the launches after them if it can.
     *
     * @param written given a group's index
     */
    public void start(IntConsumer written) {
        try (Device.Use _ = device.use()) {
            startAlone(written);
        }
    }

    private void startAlone(IntConsumer written) {
        long start = System.nanoTime();
        device.synchronize();
        device.users().runs(inputs);
        for (InputCheck.OfProgram check : checks) {
            check.runIfWritten();
        }
        results.replaced();
        device.stats().programRun();
        if (copies != null) {
            copies.run();
        }
        parts.run(written);
        outputs.forEach(t -> t.buffer().awaitsRun(false));
        if (!ran) {
            ran = true;
            device.awaitRuns();
            device.ranFirst();
            if (device.compilesInFirstRun()) {
                device.stats().startUp(System.nanoTime() - start);
            }
        }
    }

    /** The tensors that the body returned. */
    public List<Tensor> outputs() {
        return outputs;
    }

    /** The single or the {@code index}-th tensor that the body returned. */
    public Tensor output(int index) {
        return outputs.get(index);
    }

    /** How transient buffers share storage. */
    public MemoryPlan plan() {
        return plan;
    }

    /** The recorded launches, in order. */
    public List<Launch> launches() {
        return launches;
    }
}
