// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.runtime;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/** What a plan tells its graphs about an execution. */
public class ExecutorFrame {
    private final long executionPlanId;
    private GridScheduler gridScheduler;
    private ProfilerMode profilerMode;

    public ExecutorFrame(long id) {
        this.executionPlanId = id;
    }

    public ExecutorFrame setGridScheduler(GridScheduler gridScheduler) {
        this.gridScheduler = gridScheduler;
        return this;
    }

    public GridScheduler getGridScheduler() {
        return gridScheduler;
    }

    public long getExecutionPlanId() {
        return executionPlanId;
    }

    public void setProfilerMode(ProfilerMode profilerMode) {
        this.profilerMode = profilerMode;
    }

    public void setProfilerOff() {
        this.profilerMode = null;
    }

    /** The mode, or null when nothing is to be reported. */
    public ProfilerMode getProfilerMode() {
        return profilerMode;
    }
}
