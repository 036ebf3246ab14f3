// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which grid each task runs with; a task is named {@code graph.task}. */
public class GridScheduler {
    private final ConcurrentHashMap<String, WorkerGrid> grids = new ConcurrentHashMap<>();

    /** No grids yet. */
    public GridScheduler() {
    }

    /** The grid of one task. */
    public GridScheduler(String taskName, WorkerGrid workerGrid) {
        grids.put(taskName, workerGrid);
    }

    /** Sets the grid of one more task. */
    public void addWorkerGrid(String taskName, WorkerGrid workerGrid) {
        grids.put(taskName, workerGrid);
    }

    /** The grid of a task, or null. */
    public WorkerGrid get(String taskName) {
        return grids.get(taskName);
    }

    /** Whether a task of a graph has a grid. */
    public boolean contains(String taskScheduleName, String taskName) {
        return grids.containsKey(taskScheduleName + "." + taskName);
    }

    /** The names of all tasks that have a grid. */
    public Set<String> keySet() {
        return grids.keySet();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        grids.forEach((task, grid) -> text.append(task)
                .append(" global ").append(Arrays.toString(grid.getGlobalWork()))
                .append(" local ").append(Arrays.toString(grid.getLocalWork())).append('\n'));
        return text.toString();
    }
}
