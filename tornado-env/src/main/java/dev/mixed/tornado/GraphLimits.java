// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.List;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;

/**
 * The largest task graph that TornadoVM 5.2 runs. It truncates larger ones, or falls back to slow Java, and reports neither; so they are refused
 * here.
 */
final class GraphLimits {
    static final int TASKS = 256;
    /** Of a graph's description, which has 15 bytes a task and 5 an argument. */
    static final int DESCRIPTION_BYTES = 8192;
    private static final String CODE_PROPERTY = "tornado.tvm.maxbytecodesize";
    private static final int DEFAULT_CODE_BYTES = 4096;

    private GraphLimits() {
    }

    /** Checks that one more task fits. */
    static void checkTasks(String graph, List<RecordedTask> tasks) {
        if (tasks.size() > TASKS) {
            throw new TornadoRuntimeException("task graph " + graph + " has more than " + TASKS + " tasks; split it");
        }
        int description = tasks.stream().mapToInt(task -> 15 + 5 * task.arguments().size()).sum();
        if (description > DESCRIPTION_BYTES) {
            throw new TornadoRuntimeException("task graph " + graph + ": " + tasks.size() + " tasks with their arguments need "
                    + description + " bytes of TornadoVM's " + DESCRIPTION_BYTES + "; split the graph");
        }
    }

    /** Checks that the code of a whole graph fits: launches, and transfers of {@code arrays} distinct arrays. */
    static void checkCode(String graph, List<RecordedTask> tasks, int arrays, int transfers) {
        int launches = tasks.stream().mapToInt(task -> 33 + 5 * task.arguments().size()).sum();
        int code = 19 + launches + 13 + 4 * arrays + 25 * transfers + 5 * arrays + 6;
        int limit = Integer.getInteger(CODE_PROPERTY, DEFAULT_CODE_BYTES);
        if (code > limit) {
            throw new TornadoRuntimeException("task graph " + graph + ": its tasks and transfers need about " + code
                    + " bytes of TornadoVM code, " + limit + " are set; start Java with -D" + CODE_PROPERTY + "=131072");
        }
    }
}
