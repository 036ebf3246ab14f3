// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.tornado.cuda.Extension;
import dev.mixed.tornado.cuda.KernelLibrary;
import dev.mixed.tornado.cuda.KernelStore;
import dev.mixed.tornado.cuda.KernelTask;
import dev.mixed.tornado.cuda.NotExtensibleException;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/** Tasks that share the compiled kernels of this process and of the user's store. */
final class SharedKernels implements TaskCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(SharedKernels.class);
    private static @Nullable TaskCompiler ofProcess;

    private final KernelLibrary library;

    private SharedKernels(KernelLibrary library) {
        this.library = library;
    }

    /** One for all devices of this process, or {@link TaskCompiler#EACH_TASK} where TornadoVM can't be extended; then a line says why that is slow. */
    static synchronized TaskCompiler ofProcess() {
        if (ofProcess == null) {
            try {
                ofProcess = new SharedKernels(Extension.kernels(KernelStore.ofUser()));
            } catch (NotExtensibleException e) {
                LOG.warn("Each task is compiled anew, which takes a minute or so at the start of each run: {}.", e.getMessage());
                ofProcess = EACH_TASK;
            }
        }
        return ofProcess;
    }

    @Override
    public void begin(Collection<KernelTask> tasks) {
        library.begin(tasks);
    }

    @Override
    public void settle() {
        library.settle();
    }

    @Override
    public void prepare(Collection<KernelTask> tasks) {
        library.prepare(tasks);
    }

    @Override
    public void add(TaskGraph graph, String name, KernelTask task) {
        library.addTo(graph, name, task);
    }

    @Override
    public void install(TornadoExecutionPlan plan, String id, KernelTask task) {
        library.install(plan.getId(), id, task);
    }

    @Override
    public Optional<Runnable> captured(List<TornadoExecutionPlan> plans) {
        return library.captured(plans.stream().map(TornadoExecutionPlan::getId).toList());
    }

    @Override
    public Optional<Runnable> copies(TornadoExecutionPlan plan, List<MemorySegment> arrays) {
        return library.copies(plan.getId(), arrays);
    }

    @Override
    public void awaitGraphs() {
        library.awaitGraphs();
    }

    @Override
    public void upload(Collection<MemorySegment> zeros, Runnable uploads) {
        library.upload(zeros, uploads);
    }

    @Override
    public int computeCapability() {
        return library.computeCapability();
    }

    @Override
    public Optional<KernelLibrary> library() {
        return Optional.of(library);
    }
}
