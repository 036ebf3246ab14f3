package dev.mixed.engine.tornado;

import dev.mixed.engine.Launch;
import java.util.ArrayList;
import java.util.List;

/** Cuts the launches of a program into parts that one TornadoVM task graph can hold each. */
final class GraphSplitter {
    /** Tasks of a task graph: TornadoVM's tables have 256 places. */
    static final int MAX_TASKS = 250;
    /** Bytes of TornadoVM's fixed buffer of 8192 that describes a graph's tasks; a few are kept free. */
    static final int MAX_DESCRIPTION = 8000;
    private static final int TASK_BYTES = 15;
    private static final int ARGUMENT_BYTES = 5;

    private GraphSplitter() {
    }

    static List<List<Launch>> split(List<Launch> launches) {
        List<List<Launch>> parts = new ArrayList<>();
        List<Launch> part = new ArrayList<>();
        int description = 0;
        for (Launch launch : launches) {
            int bytes = TASK_BYTES + ARGUMENT_BYTES * launch.kernel().arity();
            if (part.size() == MAX_TASKS || description + bytes > MAX_DESCRIPTION) {
                parts.add(part);
                part = new ArrayList<>();
                description = 0;
            }
            part.add(launch);
            description += bytes;
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }
}
