// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Programs by key: a step that was recorded for a key before is found by one look-up and run again. */
public final class ProgramCache {
    private final Device device;
    private final Map<Object, Program> programs = new HashMap<>();

    public ProgramCache(Device device) {
        this.device = device;
    }

    /**
     * The program of this key, recorded from {@code body} the first time.
     *
     * @param key whatever decides which ops the body records: shapes, dtypes, training or evaluation; needs equals and hashCode
     */
    public Program get(Object key, Supplier<List<Tensor>> body) {
        return get(key, body, List::of);
    }

    /** {@link #get(Object, Supplier)} of a program that tells which groups of tensors are complete, see {@link Program#record(Device, Supplier, Supplier)}. */
    public Program get(Object key, Supplier<List<Tensor>> body, Supplier<List<List<Tensor>>> groups) {
        Program program = programs.get(key);
        if (program == null) {
            program = Program.record(device, body, groups);
            programs.put(key, program);
        }
        return program;
    }

    /** Number of programs recorded. */
    public int size() {
        return programs.size();
    }
}
