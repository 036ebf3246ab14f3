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
        Program program = programs.get(key);
        if (program == null) {
            program = Program.record(device, body);
            programs.put(key, program);
        }
        return program;
    }

    /** Number of programs recorded. */
    public int size() {
        return programs.size();
    }
}
