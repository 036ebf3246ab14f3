// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.common;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.profiler.TornadoProfiler;
import uk.ac.manchester.tornado.api.runtime.TaskContextInterface;

/** A task of a graph. */
public interface SchedulableTask {
    TaskContextInterface meta();

    void setDevice(TornadoDevice device);

    String getTaskName();

    String getId();

    void attachProfiler(TornadoProfiler tornadoProfiler);

    void setUseGridScheduler(boolean use);

    void setGridScheduler(GridScheduler gridScheduler);
}
