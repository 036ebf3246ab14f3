// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

/** A stream. */
public class CUDACommandQueue {
    public CUDACommandQueue(long commandQueuePtr, long properties, int version) {
    }

    public long getCommandQueuePtr() {
        throw new UnsupportedOperationException();
    }

    public long getProperties() {
        throw new UnsupportedOperationException();
    }

    public int getOpenclVersion() {
        throw new UnsupportedOperationException();
    }

    public long getNativeStream() {
        throw new UnsupportedOperationException();
    }

    public long getNativeContext() {
        throw new UnsupportedOperationException();
    }

    public long enqueueWrite(long devicePtr, boolean blocking, long offset, long bytes, long hostPointer, long hostOffset, long[] waitEvents) {
        throw new UnsupportedOperationException();
    }

    public long enqueueRead(long devicePtr, boolean blocking, long offset, long bytes, long hostPointer, long hostOffset, long[] waitEvents) {
        throw new UnsupportedOperationException();
    }

    public void beginGraphCapture() {
        throw new UnsupportedOperationException();
    }

    public long endGraphCaptureAndInstantiate() {
        throw new UnsupportedOperationException();
    }

    public long enqueueMarker() {
        throw new UnsupportedOperationException();
    }

    public long enqueueNDRangeKernel(CUDAKernel kernel, int dim, long[] globalWorkOffset, long[] globalWorkSize, long[] localWorkSize, long[] waitEvents) {
        throw new UnsupportedOperationException();
    }
}
