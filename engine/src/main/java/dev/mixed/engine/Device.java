// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Where tensors live and programs run.
 *
 * <p>Ops record launches on their tensors' device; the device runs them when a value is read, when {@link #synchronize} is called, or when
 * the recorded {@link Program} they belong to is run.
 *
 * <p>A device serves one thread at a time: uses one after the other may come from any threads, but where two of them use it, its tensors or its
 * programs at once, an {@link IllegalStateException} names both. {@link #use()} holds the device for calls that belong together.
 */
public abstract class Device implements AutoCloseable {
    private final DeviceStats stats = new DeviceStats();
    @SuppressWarnings("this-escape") // it keeps the device for later
    private final StoragePool pool = new StoragePool(stats, this::scratch);
    @SuppressWarnings("this-escape")
    private final ConstantBuffers constants = new ConstantBuffers(this);
    @SuppressWarnings("this-escape")
    private final DeviceUse use = new DeviceUse(this);
    private final Use ending = use::end;
    private final HostFills fills = new HostFills();
    /** Of weights that programs read as halves; each is kept by the programs that need it. */
    private final List<WeakReference<CopyRefresh>> refreshes = new ArrayList<>();
    @SuppressWarnings("this-escape")
    private Recorder recorder = new Recorder(this, false);

    /** The calling thread's use of a device, until it is closed. */
    @FunctionalInterface
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Holds the device for the calling thread until the result is closed: calls that belong together, such as writing inputs, running a program and
     * reading its outputs. Uses may nest.
     *
     * @throws IllegalStateException if another thread uses the device now; both are named
     */
    public final Use use() {
        use.begin();
        return ending;
    }

    /** What is known of its users. */
    final DeviceUse users() {
        return use;
    }

    /** The name that users choose it by, for example {@code jvm}. */
    public abstract String name();

    /** The name of what it computes on, for example {@code NVIDIA H200}; its own name where that is all it knows. */
    public String hardware() {
        return name();
    }

    /** Whether its matrix products of floats round their operands to tf32, 10 bits behind the point, as tensor cores take them. */
    public boolean roundsToTf32() {
        return false;
    }

    /**
     * Whether attention of heads of this size within texts that stand one after the other, without padding, takes this device no longer for a token than that
     * of padded texts; on a device that says so, it is the fastest way.
     */
    public final boolean packsWell(DType dtype, int headSize) {
        return lowerings().stream().anyMatch(lowering -> lowering.packsWell(dtype, headSize));
    }

    /** Bytes that tensors may still take of the memory that the device has for itself; empty for a device that takes the host's. */
    public OptionalLong freeMemory() {
        return OptionalLong.empty();
    }

    /** A new array of zeros in the host's memory, for what the host writes or reads. */
    protected TornadoNativeArray allocate(DType dtype, int elements) {
        return dtype.allocate(elements);
    }

    /** A new array for what programs compute, which the host neither writes nor reads: one in the host's memory, unless a device needs none there. */
    protected TornadoNativeArray scratch(DType dtype, int elements) {
        return dtype.allocate(elements);
    }

    /**
     * Makes launches whose buffers all have storage ready to run again and again. A run may go on after {@link Executable#run} has returned; the device
     * waits for it where it touches what that uses, and in {@link #awaitRuns}.
     */
    protected abstract Executable prepare(List<Launch> launches);

    /** {@link #prepare}; runs note what they change. */
    final Executable ready(List<Launch> launches) {
        ChangedBuffers changed = new ChangedBuffers(launches);
        Executable prepared = prepare(launches);
        return () -> {
            changed.note();
            prepared.run();
        };
    }

    /** What keeps the half copies up to date that a program reads: the same for all programs that read those of the same weights. */
    final CopyRefresh refresh(KeptCopies copies) {
        refreshes.removeIf(kept -> kept.get() == null);
        for (WeakReference<CopyRefresh> kept : refreshes) {
            CopyRefresh refresh = kept.get();
            if (refresh != null && refresh.isOf(copies.weights())) {
                return refresh;
            }
        }
        List<Launch> launches = lower(copies.copies().stream().map(KeptCopies.Copy::launch).toList(), Set.of());
        Buffers.bindUnbound(launches, this);
        CopyRefresh made = new CopyRefresh(copies.weights(), prepare(launches));
        refreshes.add(new WeakReference<>(made));
        return made;
    }

    /** Notes that a tensor is about to be written on the device by something else than launches. */
    protected static void changed(Tensor tensor) {
        tensor.buffer().changed();
    }

    /** Waits until all runs have ended; by default they have when they return. */
    protected void awaitRuns() {
    }

    /** The lowerings of this device, in the order in which they are tried at each launch; none by default. */
    protected List<Lowering> lowerings() {
        return List.of();
    }

    /** What programs on this device compute again rather than keep; nothing by default. */
    protected Recomputing recomputing() {
        return Recomputing.NOTHING;
    }

    /** What stands for recorded launches on this device; buffers in {@code kept} are read after the program ran. */
    final List<Launch> lower(List<Launch> launches, Set<Buffer> kept) {
        List<Launch> recorded = recomputing().applied(launches, kept, constants);
        List<Launch> lowered = lower(recorded, kept, lowerings().stream().filter(l -> !l.afterOthers()).toList());
        return lower(lowered, kept, lowerings().stream().filter(Lowering::afterOthers).toList());
    }

    private List<Launch> lower(List<Launch> launches, Set<Buffer> kept, List<Lowering> lowerings) {
        if (lowerings.isEmpty()) {
            return launches;
        }
        RecordedLaunches program = new RecordedLaunches(launches, kept);
        LoweredLaunches out = new LoweredLaunches(constants);
        int at = 0;
        while (at < program.size()) {
            int taken = 0;
            for (int i = 0; taken == 0 && i < lowerings.size(); i++) {
                taken = lowerings.get(i).lower(program, at, out);
            }
            if (taken == 0) {
                out.keep(program.get(at));
                taken = 1;
            }
            at += taken;
        }
        return List.copyOf(out.launches());
    }

    /** Called after the host wrote a buffer's array. */
    protected abstract void hostWrote(Buffer buffer);

    /** Called before the host reads a buffer's array. */
    protected abstract void hostReads(Buffer buffer);

    /** Runs all launches recorded so far, unless they are being recorded into a program, and waits for tensors that are being written on another thread. */
    public final void synchronize() {
        try (Use _ = use()) {
            runPending();
            fills.awaitAll();
        }
    }

    final HostFills fills() {
        return fills;
    }

    /** {@link #synchronize} that does not wait for tensors that are being written: for what needs no values, or those of one tensor. */
    final void settle() {
        try (Use _ = use()) {
            runPending();
        }
    }

    private void runPending() {
        if (recorder.capturing()) {
            throw new IllegalStateException("a value can't be read or written while a program is being recorded; "
                    + "return it from the recorded body, or write it before the program runs");
        }
        List<Launch> launches = recorder.take();
        if (!launches.isEmpty()) {
            // Whoever holds a tensor may still read it, so every result is kept.
            launches = lower(launches, Buffers.all(launches));
            Buffers.bindUnbound(launches, this);
            fills.awaitAll();
            ready(launches).run();
            awaitRuns();
        }
    }

    /** Runs launches that a device needs for itself, after all recorded so far. */
    protected final void runNow(Consumer<LoweredLaunches> emitted) {
        synchronize();
        LoweredLaunches out = new LoweredLaunches(constants);
        emitted.accept(out);
        Buffers.bindUnbound(out.launches(), this);
        ready(out.launches()).run();
        awaitRuns();
    }

    /**
     * Stands for the program that is being recorded, or for all launches outside of programs: a tensor that an op made can be used by launches of
     * the same recording only, which matters to whoever keeps such tensors for later use.
     */
    public final Object recording() {
        return recorder();
    }

    /**
     * Whether a program's first run takes far longer than later ones, since its kernels are compiled in it, and those of all programs that were recorded
     * before: several programs are best recorded before one of them runs.
     */
    public boolean compilesInFirstRun() {
        return false;
    }

    /** Called after a program was recorded. */
    protected void recorded() {
    }

    /** Called after a program ran for the first time. */
    protected void ranFirst() {
    }

    /**
     * Times a program kernel by kernel, slowest first: the launches of each are run by themselves, some rounds, of which the median counts. What the
     * program reads and writes holds no meaningful values afterwards.
     */
    public final List<KernelTime> profile(Program program, int rounds) {
        try (Use _ = use()) {
            return timed(program, rounds);
        }
    }

    private List<KernelTime> timed(Program program, int rounds) {
        fills.awaitAll();
        // A weight and its half copy may be written by launches that are run here apart from each other.
        Buffers.all(program.launches()).forEach(Buffer::changed);
        // What runs in a program's first run alone is no part of its others.
        List<Launch> once = program.launches().stream().filter(Launch::once).toList();
        if (!once.isEmpty()) {
            ready(once).run();
            awaitRuns();
        }
        Map<String, List<Launch>> groups = new LinkedHashMap<>();
        program.launches().stream().filter(launch -> !launch.once()).forEach(l -> groups.computeIfAbsent(l.kernel().name(), _ -> new ArrayList<>()).add(l));
        List<KernelTime> times = new ArrayList<>();
        groups.forEach((kernel, launches) -> {
            Executable group = ready(launches);
            group.run();
            awaitRuns();
            double[] millis = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                group.run();
                awaitRuns();
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
            Arrays.sort(millis);
            times.add(new KernelTime(kernel, launches.size(), millis[rounds / 2]));
        });
        times.sort(Comparator.comparingDouble(KernelTime::millis).reversed());
        return times;
    }

    /** Counters of what this device allocated, recorded and ran. */
    public final DeviceStats stats() {
        return stats;
    }

    final StoragePool pool() {
        return pool;
    }

    final Recorder recorder() {
        return recorder;
    }

    final void recorder(Recorder next) {
        recorder = next;
    }

    @Override
    public void close() {
    }

    /** Launches made ready to run. */
    @FunctionalInterface
    protected interface Executable {
        void run();
    }
}
