// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.Map;
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

    private static final class LaunchQueue extends CUDACommandQueue {
        private final long stream;

        LaunchQueue(CUDACommandQueue queue) {
            super(queue.getCommandQueuePtr(), queue.getProperties(), queue.getOpenclVersion());
            stream = getNativeStream();
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
