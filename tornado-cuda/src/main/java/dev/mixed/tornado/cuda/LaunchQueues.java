// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.drivers.cuda.CUDACommandQueue;
import uk.ac.manchester.tornado.drivers.cuda.CUDACommandQueueTable;
import uk.ac.manchester.tornado.drivers.cuda.CUDAContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;
import uk.ac.manchester.tornado.drivers.cuda.CUDATargetDevice;

/**
 * The queues of an execution plan, which launch a {@link LaunchedKernel} its own way and all others as TornadoVM does. They copy arrays themselves, too:
 * where the driver refuses a copy, TornadoVM prints a line and goes on.
 */
final class LaunchQueues extends CUDACommandQueueTable {
    private final CUDACommandQueueTable inner;
    private final Map<CUDACommandQueue, LaunchQueue> queues = new ConcurrentHashMap<>();

    private final Driver driver;
    private final ZeroArrays zeros;

    private LaunchQueues(CUDACommandQueueTable inner, Driver driver, ZeroArrays zeros) {
        this.inner = inner;
        this.driver = driver;
        this.zeros = zeros;
    }

    /** A map of plans' queues in which all are such ones. */
    static Map<Long, CUDACommandQueueTable> byPlan(Map<Long, CUDACommandQueueTable> present, Driver driver, ZeroArrays zeros) {
        Map<Long, CUDACommandQueueTable> plans = new ConcurrentHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            public CUDACommandQueueTable put(Long plan, CUDACommandQueueTable queues) {
                return super.put(plan, queues instanceof LaunchQueues ? queues : new LaunchQueues(queues, driver, zeros));
            }
        };
        present.forEach(plans::put);
        return plans;
    }

    @Override
    public CUDACommandQueue get(CUDATargetDevice device, CUDAContext context) {
        return queues.computeIfAbsent(inner.get(device, context), queue -> new LaunchQueue(queue, driver, zeros));
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

    /** The copies to the device that a plan has made, of each address of the host the last. */
    static List<DeviceCopy> copies(Map<Long, CUDACommandQueueTable> plans, long plan) {
        return plans.get(plan) instanceof LaunchQueues ours ? ours.queues.values().stream().flatMap(queue -> queue.copies.values().stream()).toList()
                : List.of();
    }

    private static final class LaunchQueue extends CUDACommandQueue {
        private final Driver driver;
        private final ZeroArrays zeros;
        private final long stream;
        private final Map<Long, DeviceCopy> copies = new ConcurrentHashMap<>();
        private volatile long graph;
        private volatile boolean capturing;

        LaunchQueue(CUDACommandQueue queue, Driver driver, ZeroArrays zeros) {
            super(queue.getCommandQueuePtr(), queue.getProperties(), queue.getOpenclVersion());
            this.driver = driver;
            this.zeros = zeros;
            stream = getNativeStream();
        }

        @Override
        public long enqueueWrite(long devicePtr, boolean blocking, long offset, long bytes, long hostPointer, long hostOffset, long[] waitEvents) {
            DeviceCopy copy = new DeviceCopy(devicePtr + offset, hostPointer + hostOffset, bytes);
            copies.put(copy.host(), copy);
            driver.use(getNativeContext());
            if (!capturing && zeros.has(copy.host()) && bytes > TornadoNativeArray.ARRAY_HEADER) {
                driver.copyToDevice(copy.device(), copy.host(), TornadoNativeArray.ARRAY_HEADER, stream);
                driver.zero(copy.device() + TornadoNativeArray.ARRAY_HEADER, bytes - TornadoNativeArray.ARRAY_HEADER, stream);
            } else {
                driver.copyToDevice(copy.device(), copy.host(), bytes, stream);
            }
            return copied(blocking);
        }

        @Override
        public long enqueueRead(long devicePtr, boolean blocking, long offset, long bytes, long hostPointer, long hostOffset, long[] waitEvents) {
            driver.use(getNativeContext());
            driver.copyToHost(hostPointer + hostOffset, devicePtr + offset, bytes, stream);
            return copied(blocking);
        }

        /** A stream keeps its order, so that no event needs to be waited for. One that is captured can't be waited for either. */
        private long copied(boolean blocking) {
            if (blocking && !capturing) {
                driver.await(stream);
            }
            return enqueueMarker();
        }

        @Override
        public void beginGraphCapture() {
            super.beginGraphCapture();
            capturing = true;
        }

        @Override
        public long endGraphCaptureAndInstantiate() {
            capturing = false;
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
