// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import dev.mixed.tornado.cuda.DriverException;
import dev.mixed.tornado.cuda.ProgramStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small sums over all ranks, on memory of the programs' context: directly and on a copy. All ranks take both, whatever they find, so that none waits for
 * another one; the first way that gave the right sum is used.
 */
final class SharingCheck {
    private static final Logger LOG = LoggerFactory.getLogger(SharingCheck.class);
    /** More than NCCL's shortest messages take, so that several blocks work. */
    private static final int ELEMENTS = 1 << 16;

    private final NcclCommunicator communicator;
    private final GpuCalls gpu;
    private final ProgramStream programs;

    SharingCheck(NcclCommunicator communicator, GpuCalls gpu, ProgramStream programs) {
        this.communicator = communicator;
        this.gpu = gpu;
        this.programs = programs;
    }

    /** The way to use. */
    ContextSharing usable(ContextSharing wished) {
        gpu.use(programs.context());
        long address = gpu.allocate((long) Float.BYTES * ELEMENTS);
        String wrong = fault(address, wished);
        String wrongCopy = fault(address, ContextSharing.COPY);
        if (wrong.isEmpty()) {
            return wished;
        }
        if (!wrongCopy.isEmpty()) {
            throw new NcclException("NCCL gives wrong sums here (" + wrong + "; on copies: " + wrongCopy + "); set NCCL_DEBUG=INFO to see what it does");
        }
        LOG.warn("NCCL can't work {} here ({}): gradients are copied for it, which takes longer.", wished, wrong);
        return ContextSharing.COPY;
    }

    /** What is wrong with the sum; empty for nothing. */
    private String fault(long address, ContextSharing how) {
        int rank = communicator.rank();
        int size = communicator.size();
        float[] values = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            values[i] = value(i, rank);
        }
        float[] sums;
        try {
            gpu.use(programs.context());
            gpu.write(address, values);
            communicator.begin(List.of(new DeviceMemory(address, ELEMENTS, ElementType.FLOAT)), how);
            communicator.join();
            gpu.await(programs.handle());
            sums = gpu.read(address, ELEMENTS);
        } catch (DriverException | NcclException e) {
            return String.valueOf(e.getMessage());
        }
        for (int i = 0; i < ELEMENTS; i++) {
            float expected = 0;
            for (int r = 0; r < size; r++) {
                expected += value(i, r);
            }
            if (sums[i] != expected) {
                return "element " + i + " of a sum is " + sums[i] + " and should be " + expected;
            }
        }
        return "";
    }

    /** A whole number, so that sums are exact in any order. */
    private static float value(int i, int rank) {
        return (i % 251 + 1) * (rank % 8 + 1);
    }
}
