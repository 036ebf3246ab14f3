// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.drivers.cuda.CUDACommandQueue;
import uk.ac.manchester.tornado.drivers.cuda.CUDACommandQueueTable;
import uk.ac.manchester.tornado.drivers.cuda.CUDAContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;
import uk.ac.manchester.tornado.drivers.cuda.CUDATargetDevice;

/** The queues of an execution plan, which launch a {@link LaunchedKernel} its own way and all others as TornadoVM does. */
final class LaunchQueues extends CUDACommandQueueTable {
    private final CUDACommandQueueTable inner;
    private final Map<CUDACommandQueue, LaunchQueue> queues = new ConcurrentHashMap<>();

    private LaunchQueues(CUDACommandQueueTable inner) {
        this.inner = inner;
    }

    /** A map of plans' queues in which all are such ones. */
    static Map<Long, CUDACommandQueueTable> byPlan(Map<Long, CUDACommandQueueTable> present) {
        Map<Long, CUDACommandQueueTable> plans = new ConcurrentHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            public CUDACommandQueueTable put(Long plan, CUDACommandQueueTable queues) {
                return super.put(plan, queues instanceof LaunchQueues ? queues : new LaunchQueues(queues));
            }
        };
        present.forEach(plans::put);
        return plans;
    }

    @Override
    public CUDACommandQueue get(CUDATargetDevice device, CUDAContext context) {
        return queues.computeIfAbsent(inner.get(device, context), LaunchQueue::new);
    }

    @Override
    public void cleanup(CUDATargetDevice device) {
        inner.cleanup(device);
    }

    @Override
    public int size() {
        return inner.size();
    }

    /** The CUDA graph that was captured last on a plan's queue; empty where none was, or several queues have some. */
    static Optional<CapturedGraph> captured(Map<Long, CUDACommandQueueTable> plans, long plan) {
        if (!(plans.get(plan) instanceof LaunchQueues ours)) {
            return Optional.empty();
        }
        List<LaunchQueue> capturing = ours.queues.values().stream().filter(queue -> queue.graph != 0).toList();
        return capturing.size() == 1 ? Optional.of(new CapturedGraph(capturing.getFirst().graph, capturing.getFirst().getNativeContext())) : Optional.empty();
    }

    private static final class LaunchQueue extends CUDACommandQueue {
        private final long stream;
        private volatile long graph;

        LaunchQueue(CUDACommandQueue queue) {
            super(queue.getCommandQueuePtr(), queue.getProperties(), queue.getOpenclVersion());
            stream = getNativeStream();
        }

        @Override
        public long endGraphCaptureAndInstantiate() {
            graph = super.endGraphCaptureAndInstantiate();
            return graph;
        }

        @Override
        public long enqueueNDRangeKernel(CUDAKernel kernel, int dim, long[] globalWorkOffset, long[] globalWorkSize, long[] localWorkSize, long[] waitEvents) {
            if (kernel instanceof LaunchedKernel launched) {
                launched.launch(stream);
                return enqueueMarker();
            }
            return super.enqueueNDRangeKernel(kernel, dim, globalWorkOffset, globalWorkSize, localWorkSize, waitEvents);
        }
    }
}
