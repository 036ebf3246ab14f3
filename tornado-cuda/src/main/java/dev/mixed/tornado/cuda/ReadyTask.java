// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;
import uk.ac.manchester.tornado.runtime.domain.DomainTree;
import uk.ac.manchester.tornado.runtime.domain.IntDomain;
import uk.ac.manchester.tornado.runtime.tasks.PrebuiltTask;
import uk.ac.manchester.tornado.runtime.tasks.meta.ScheduleContext;

/**
 * A task whose code is there, with the ranges of its parallel loops, from which TornadoVM derives the grid. It equals itself alone: TornadoVM's own
 * prebuilt tasks equal nothing, so that a graph would run its first kernel in the place of all others.
 */
final class ReadyTask extends PrebuiltTask {
    ReadyTask(ScheduleContext context, String id, PrebuiltTask task, List<Integer> domain) {
        super(context, id, task.getTaskName(), task.getFilename(), task.getArguments(), task.getArgumentsAccess());
        if (!domain.isEmpty()) {
            DomainTree tree = new DomainTree(domain.size());
            for (int i = 0; i < domain.size(); i++) {
                tree.set(i, new IntDomain(0, 1, domain.get(i)));
            }
            meta().setDomain(tree);
        }
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
