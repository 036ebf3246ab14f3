// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A task graph that copies a few arrays, those of a batch say, to the device memory that they have already. */
final class UploadGraph {
    private final Replay replay;

    UploadGraph(String name, List<Residence> residences, TaskCompiler compiler) {
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
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graphs);
        count.installIn(plan);
        for (Residence r : residences) {
            plan.mapOnDeviceMemoryRegion(r.array, r.array, 0, sources.indexOf(r.storage), sources.size());
        }
        plan.withGraph(sources.size());
        replay = new Replay(compiler, plan::execute, () -> compiler.copies(plan, residences.stream().map(r -> r.array.getSegmentWithHeader()).toList()));
    }

    /** Begins to copy what the arrays hold, after all that was begun before; they may be written again at once. */
    void start() {
        replay.start();
    }
}
