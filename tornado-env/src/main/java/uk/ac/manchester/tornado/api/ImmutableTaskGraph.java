// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** A task graph that can no longer change, with its memory on the device. */
public class ImmutableTaskGraph {
    private final TaskGraph taskGraph;

    ImmutableTaskGraph(TaskGraph taskGraph) {
        this.taskGraph = taskGraph;
    }

    TornadoTaskGraphInterface graph() {
        return taskGraph.graph();
    }
}
