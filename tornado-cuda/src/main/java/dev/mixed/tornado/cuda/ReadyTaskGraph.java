// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.api.common.SchedulableTask;
import uk.ac.manchester.tornado.runtime.tasks.PrebuiltTask;
import uk.ac.manchester.tornado.runtime.tasks.TornadoTaskGraph;

/** TornadoVM's task graph with {@link ReadyTask}s in the place of its prebuilt tasks. TornadoVM makes one for each graph, by the name of this class. */
public final class ReadyTaskGraph extends TornadoTaskGraph {
    /** The property in which TornadoVM finds the name of the class. */
    static final String PROPERTY = "tornado.load.api.implementation";

    private static final Map<String, List<Integer>> DOMAINS = new ConcurrentHashMap<>();

    /** @param name of the graph */
    public ReadyTaskGraph(String name) {
        super(name);
    }

    /** A prebuilt task names a file: here, the kernel. */
    static void know(ReadyKernel kernel) {
        DOMAINS.put(kernel.name(), kernel.kernel().domain());
    }

    @Override
    public void addInner(SchedulableTask task) {
        List<Integer> domain = task instanceof PrebuiltTask prebuilt ? DOMAINS.get(prebuilt.getFilename()) : null;
        if (domain != null && task instanceof PrebuiltTask prebuilt) {
            String id = prebuilt.getId();
            super.addInner(new ReadyTask(meta(), id.substring(id.lastIndexOf('.') + 1), prebuilt, domain));
        } else {
            super.addInner(task);
        }
    }
}
