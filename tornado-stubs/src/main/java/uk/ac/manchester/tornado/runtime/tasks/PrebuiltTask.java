// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.tasks;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.common.SchedulableTask;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.profiler.TornadoProfiler;
import uk.ac.manchester.tornado.runtime.tasks.meta.ScheduleContext;
import uk.ac.manchester.tornado.runtime.tasks.meta.TaskDataContext;

/** A task whose code is given. */
public class PrebuiltTask implements SchedulableTask {
    public PrebuiltTask(ScheduleContext scheduleMeta, String id, String entryPoint, String filename, Object[] args, Access[] access) {
        throw new UnsupportedOperationException();
    }

    public Object[] getArguments() {
        throw new UnsupportedOperationException();
    }

    public Access[] getArgumentsAccess() {
        throw new UnsupportedOperationException();
    }

    public String getFilename() {
        throw new UnsupportedOperationException();
    }

    @Override
    public TaskDataContext meta() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setDevice(TornadoDevice device) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getTaskName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getId() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void attachProfiler(TornadoProfiler tornadoProfiler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setUseGridScheduler(boolean use) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setGridScheduler(GridScheduler gridScheduler) {
        throw new UnsupportedOperationException();
    }
}
