// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import dev.mixed.tornado.cuda.DriverException;
import dev.mixed.tornado.cuda.ProgramStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A driver that writes down what orders streams, checks contexts as CUDA does, and holds floats. */
final class FakeGpu implements GpuCalls {
    static final long OWN = 1;
    static final long PRIMARY = 2;
    static final long PROGRAMS = 100;

    private final List<String> calls;
    private final boolean shared;
    private final Map<Long, Long> owners = new HashMap<>();
    private final Map<Long, float[]> memory = new HashMap<>();
    private final ThreadLocal<Long> context;
    private final List<Runnable> guards = new ArrayList<>();
    private long next = 1000;

    /** @param shared whether programs run in the primary context */
    FakeGpu(List<String> calls, boolean shared) {
        this.calls = calls;
        this.shared = shared;
        context = ThreadLocal.withInitial(() -> 0L);
        owners.put(PROGRAMS, programsContext());
    }

    private long programsContext() {
        return shared ? PRIMARY : OWN;
    }

    static String name(long handle) {
        return handle == PROGRAMS ? "programs" : String.valueOf(handle);
    }

    boolean isPrimary(long address) {
        return owners.get(address) == PRIMARY;
    }

    /** As if all ranks had what {@link SharingCheck} gives them: rank 0's, times the sum of all factors. */
    void sum(long address, int ranks) {
        float[] values = memory.get(address);
        for (int i = 0; values != null && i < values.length; i++) {
            values[i] *= ranks * (ranks + 1) / 2f;
        }
    }

    ProgramStream programs() {
        return new ProgramStream() {
            @Override
            public long context() {
                return programsContext();
            }

            @Override
            public long handle() {
                return PROGRAMS;
            }

            @Override
            public void begun() {
                calls.add("begun");
            }

            @Override
            public void guard(Runnable check) {
                guards.add(check);
            }
        };
    }

    /** What a wait for the programs does in the end. */
    void runGuards() {
        guards.forEach(Runnable::run);
    }

    private synchronized long made() {
        owners.put(next, context.get());
        return next++;
    }

    private void require(long handle) {
        if (!owners.get(handle).equals(context.get())) {
            throw new DriverException("the context of " + name(handle) + " is not current");
        }
    }

    @Override
    public long context() {
        return context.get();
    }

    @Override
    public void use(long context) {
        this.context.set(context);
    }

    @Override
    public int device() {
        return 0;
    }

    @Override
    public long primary(int device) {
        return PRIMARY;
    }

    @Override
    public long stream() {
        return made();
    }

    @Override
    public long event() {
        return made();
    }

    @Override
    public void record(long event, long stream) {
        require(event);
        require(stream);
        calls.add("record " + name(event) + " on " + name(stream));
    }

    @Override
    public void await(long stream, long event) {
        require(stream);
        calls.add(name(stream) + " waits for " + name(event));
    }

    @Override
    public void await(long stream) {
        require(stream);
    }

    @Override
    public long allocate(long bytes) {
        long address = made();
        memory.put(address, new float[(int) (bytes / Float.BYTES)]);
        return address;
    }

    @Override
    public void copy(long to, long from, long bytes, long stream) {
        calls.add("copy " + name(from) + " to " + name(to));
        if (memory.containsKey(from) && memory.containsKey(to)) {
            System.arraycopy(memory.get(from), 0, memory.get(to), 0, (int) (bytes / Float.BYTES));
        }
    }

    @Override
    public void zero(long address, long bytes, long stream) {
        require(stream);
        calls.add("zero " + name(address) + " on " + name(stream));
    }

    @Override
    public void write(long to, float[] values) {
        memory.put(to, values.clone());
    }

    @Override
    public float[] read(long from, int count) {
        return memory.get(from).clone();
    }
}
