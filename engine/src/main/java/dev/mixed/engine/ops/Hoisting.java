// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lowers small launches of one kind that are strewn over a program but depend on nothing between: all that may run where the first of them stands are
 * hoisted to its place, where few launches do the work of many.
 */
public abstract class Hoisting implements Lowering {
    /**
     * What the launches have in common that are hoisted to one place; null for a launch that this lowering leaves alone. Where it is a buffer, they may
     * all use it, one after the other in the order in which they stand.
     */
    protected abstract @Nullable Object group(Launch launch);

    /** Emits what stands for these launches of one group. */
    protected abstract void emit(List<Launch> launches, LoweredLaunches out);

    @Override
    @SuppressWarnings("ReferenceEquality") // a group is one object
    public final int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        Object group = group(program.get(at));
        if (group == null) {
            return 0;
        }
        int first = 0;
        while (group(program.get(first)) != group) {
            first++;
        }
        if (at > first) {
            // If it could move, it was emitted with the first.
            return canMove(program, first, at) ? 1 : 0;
        }
        List<Launch> launches = new ArrayList<>();
        for (int i = first; i < program.size(); i++) {
            if (group(program.get(i)) == group && canMove(program, first, i)) {
                launches.add(program.get(i));
            }
        }
        emit(launches, out);
        return 1;
    }

    /** Whether launch {@code at} may run at {@code first} instead. */
    @SuppressWarnings("ReferenceEquality") // a group is one object
    private boolean canMove(RecordedLaunches program, int first, int at) {
        Launch launch = program.get(at);
        List<Buffer> buffers = launch.buffers();
        Object group = group(launch);
        for (int i = first; i < at; i++) {
            Launch before = program.get(i);
            boolean ordered = group(before) == group;
            for (Buffer buffer : buffers) {
                boolean conflict = launch.writes(buffer) ? before.uses(buffer) : before.writes(buffer);
                if (conflict && !(ordered && buffer == group)) {
                    return false;
                }
            }
        }
        return true;
    }
}
