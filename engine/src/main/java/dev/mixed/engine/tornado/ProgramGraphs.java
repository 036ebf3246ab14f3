// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.List;
import java.util.Optional;

/** The graphs of a program: run through TornadoVM the first time, which captures them, and from then on begun all together, where that can be done. */
final class ProgramGraphs {
    private final List<ProgramGraph> graphs;
    private final TaskCompiler compiler;
    private Optional<Runnable> captured = Optional.empty();
    private boolean ran;

    ProgramGraphs(List<ProgramGraph> graphs, TaskCompiler compiler) {
        this.graphs = graphs;
        this.compiler = compiler;
    }

    /** Begins them, after all that was begun before. They may not have ended when this returns: {@link TaskCompiler#awaitGraphs} waits for them. */
    void start() {
        if (captured.isPresent()) {
            captured.get().run();
            return;
        }
        compiler.awaitGraphs();
        graphs.forEach(ProgramGraph::run);
        if (!ran) {
            ran = true;
            captured = compiler.captured(graphs.stream().map(ProgramGraph::plan).toList());
        }
    }
}
