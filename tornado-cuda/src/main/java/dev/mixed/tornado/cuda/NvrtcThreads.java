// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import uk.ac.manchester.tornado.drivers.cuda.CUDACodeCache;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;
import uk.ac.manchester.tornado.runtime.tasks.meta.TaskDataContext;

/** A code cache that hands CUDA C to NVRTC on other threads, while TornadoVM goes on to generate that of the next kernel. */
final class NvrtcThreads extends CUDACodeCache {
    private final CUDADeviceContext context;
    private final ExecutorService threads;
    private final Map<String, UnaryOperator<byte[]>> compilers = new ConcurrentHashMap<>();
    private final Set<String> loops = ConcurrentHashMap.newKeySet();
    private final Map<String, Future<CUDAInstalledCode>> pending = new ConcurrentHashMap<>();

    NvrtcThreads(CUDADeviceContext context) {
        super(context);
        this.context = context;
        threads = DaemonThreads.of(Runtime.getRuntime().availableProcessors(), "nvrtc-");
    }

    /** Lets the code of a task come from {@code compiler}, which makes machine code of a source, and not from TornadoVM. */
    void compileWith(String id, UnaryOperator<byte[]> compiler) {
        compilers.put(id, compiler);
    }

    /** Says that a task is a plain loop, over which TornadoVM makes a grid of its own. */
    void loop(String id) {
        loops.add(id);
    }

    /** Returns code without a kernel: {@link #pending} is where the real one comes from. */
    @Override
    public CUDAInstalledCode installSource(TaskDataContext meta, String id, String entryPoint, byte[] source) {
        UnaryOperator<byte[]> compiler = compilers.get(id);
        byte[] own = loops.contains(id) ? IntrinsicSource.bounded(new String(source, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8) : source;
        pending.put(id, threads.submit(() -> compiler == null ? super.installSource(meta, id, entryPoint, own) : load(entryPoint, compiler.apply(source))));
        return new PendingCode(entryPoint, source, context);
    }

    private CUDAInstalledCode load(String entryPoint, byte[] binary) {
        CUDAProgram module = context.createProgramWithBinary(binary, new long[] {binary.length});
        module.build("");
        return new CUDAInstalledCode(entryPoint, binary, context, module, module.clCreateKernel(entryPoint), false);
    }

    /** The code of a task that was just generated, once it is compiled. */
    Future<CUDAInstalledCode> pending(String id) {
        return Objects.requireNonNull(pending.remove(id), id);
    }

    /** What a stage of compilation has made, once it is there; a {@link RuntimeException} that it has thrown. */
    static <T> T await(Future<T> stage) {
        try {
            return stage.get();
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
}
