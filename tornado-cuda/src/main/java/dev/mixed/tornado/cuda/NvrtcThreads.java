// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import uk.ac.manchester.tornado.drivers.cuda.CUDACodeCache;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;
import uk.ac.manchester.tornado.runtime.tasks.meta.TaskDataContext;

/** A code cache that hands CUDA C to NVRTC on other threads, while TornadoVM goes on to generate that of the next kernel. */
final class NvrtcThreads extends CUDACodeCache implements AutoCloseable {
    private final CUDADeviceContext context;
    private final ExecutorService threads;
    private final Map<String, Future<CUDAInstalledCode>> pending = new ConcurrentHashMap<>();

    NvrtcThreads(CUDADeviceContext context) {
        super(context);
        this.context = context;
        threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), Thread.ofPlatform().daemon().name("nvrtc-", 0).factory());
    }

    /** Returns code without a kernel: {@link #await} gives the real one. */
    @Override
    public CUDAInstalledCode installSource(TaskDataContext meta, String id, String entryPoint, byte[] source) {
        pending.put(id, threads.submit(() -> super.installSource(meta, id, entryPoint, source)));
        return new PendingCode(entryPoint, source, context);
    }

    /** The compiled code of a task, once it is there. */
    CUDAInstalledCode await(String id) {
        try {
            return Objects.requireNonNull(pending.remove(id), id).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a kernel was compiled", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
