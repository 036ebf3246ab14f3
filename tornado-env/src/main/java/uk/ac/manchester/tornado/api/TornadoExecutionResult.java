// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import java.util.List;

/** The outcome of an execution: its times, and copies to the host on demand. */
public class TornadoExecutionResult {
    private final List<ImmutableTaskGraph> graphs;

    TornadoExecutionResult(List<ImmutableTaskGraph> graphs) {
        this.graphs = graphs;
    }

    public TornadoProfilerResult getProfilerResult() {
        return new TornadoProfilerResult(graphs);
    }

    /** Copies arrays that were named with {@code UNDER_DEMAND} from the device to the host. */
    public TornadoExecutionResult transferToHost(Object... objects) {
        graphs.forEach(graph -> graph.graph().syncRuntimeTransferToHost(objects));
        return this;
    }

    public boolean isReady() {
        return graphs.stream().allMatch(graph -> graph.graph().isFinished());
    }
}
