// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A task graph that copies a few arrays, those of a batch say, to the device memory that they have already. */
final class UploadGraph {
    private final TornadoExecutionPlan plan;
    private final TaskCompiler compiler;
    private final List<Residence> residences;
    private Optional<Runnable> again = Optional.empty();
    private boolean ran;

    UploadGraph(String name, List<Residence> residences, TaskCompiler compiler) {
        this.compiler = compiler;
        this.residences = residences;
        TornadoNativeArray[] arrays = residences.stream().map(r -> r.array).toArray(TornadoNativeArray[]::new);
        CountTask count = new CountTask(compiler, name);
        TaskGraph tasks = new TaskGraph(name).transferToDevice(DataTransferMode.EVERY_EXECUTION, (Object[]) arrays);
        count.addTo(tasks);
        Set<StorageGraph> storages = new LinkedHashSet<>();
        residences.forEach(r -> storages.add(r.storage));
        List<StorageGraph> sources = new ArrayList<>(storages);
        ImmutableTaskGraph[] graphs = new ImmutableTaskGraph[sources.size() + 1];
        for (int i = 0; i < sources.size(); i++) {
            graphs[i] = sources.get(i).graph();
        }
        graphs[sources.size()] = tasks.snapshot();
        plan = new TornadoExecutionPlan(graphs);
        count.installIn(plan);
        for (Residence r : residences) {
            plan.mapOnDeviceMemoryRegion(r.array, r.array, 0, sources.indexOf(r.storage), sources.size());
        }
        plan.withGraph(sources.size());
    }

    /** Begins to copy what the arrays hold, after all that was begun before; they may be written again at once. */
    void start() {
        if (again.isPresent()) {
            again.get().run();
            return;
        }
        compiler.awaitGraphs();
        plan.execute();
        if (!ran) {
            ran = true;
            again = compiler.copies(plan, residences.stream().map(r -> r.array.getSegmentWithHeader()).toList());
        }
    }
}
