// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.tasks;

import uk.ac.manchester.tornado.api.common.SchedulableTask;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.runtime.tasks.meta.ScheduleContext;

/** A task graph of the runtime. */
public class TornadoTaskGraph {
    public TornadoTaskGraph(String taskScheduleName) {
        throw new UnsupportedOperationException();
    }

    public void addTask(TaskPackage taskPackage) {
        throw new UnsupportedOperationException();
    }

    public void addInner(SchedulableTask task) {
        throw new UnsupportedOperationException();
    }

    public SchedulableTask getTask(String id) {
        throw new UnsupportedOperationException();
    }

    public ScheduleContext meta() {
        throw new UnsupportedOperationException();
    }
}
