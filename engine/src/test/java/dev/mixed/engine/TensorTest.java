// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.Relu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {
    private final Device device = JvmDevice.open(1);

    @AfterEach
    void close() {
        device.close();
    }

    @Test
    void readsBackWhatWasWritten() {
        Tensor x = Tensor.of(device, Shape.of(2, 2), 1f, -2f, 3.5f, 0f);
        assertArrayEquals(new float[] {1f, -2f, 3.5f, 0f}, x.toFloats());
        x.write(4f, 3f, 2f, 1f);
        assertArrayEquals(new float[] {4f, 3f, 2f, 1f}, x.toFloats());
        assertArrayEquals(new int[] {7, -8}, Tensor.ofInts(device, Shape.of(2), 7, -8).toInts());
        assertEquals(2.5f, Tensor.of(device, Shape.of(), 2.5f).item());
        assertArrayEquals(new float[3], Tensor.zeros(device, Shape.of(3), DType.F16).toFloats());
    }

    @Test
    void isWrittenInPlace() {
        Tensor x = Tensor.of(device, Shape.of(2, 2), 1f, 2f, 3f, 4f);
        x.writeInPlace(data -> {
            assertEquals(16, data.byteSize());
            data.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 9f);
        });
        assertArrayEquals(new float[] {1f, 2f, 3f, 9f}, x.toFloats());
        assertArrayEquals(new float[] {1f, 2f, 3f, 9f}, Relu.forward(x).toFloats());
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(device, Shape.of(2), DType.F16).writeInPlace(data -> {}));
        assertThrows(IllegalStateException.class, () -> Relu.forward(x).writeInPlace(data -> {}));
    }

    @Test
    void isWrittenLaterWhileProgramsAreRecorded() {
        Tensor x = Tensor.of(device, Shape.of(2), 1f, 2f);
        Tensor y = Tensor.of(device, Shape.of(2), 5f, 5f);
        CountDownLatch goOn = new CountDownLatch(1);
        x.writeLater(data -> {
            await(goOn);
            data.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 9f);
        });
        Program sum = Program.record(device, () -> List.of(Elementwise.add(x, y)));
        assertArrayEquals(new float[] {5f, 5f}, y.toFloats());
        y.write(10f, 20f);
        goOn.countDown();
        sum.run();
        assertArrayEquals(new float[] {11f, 29f}, sum.output(0).toFloats());
        x.writeLater(data -> data.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 3f)).write(4f, 4f);
        assertArrayEquals(new float[] {4f, 4f}, x.toFloats());
    }

    /** Each of these has to wait, or it would see what was there before. */
    @Test
    void whateverNeedsTheValuesWaitsForAWriteThatGoesOn() {
        List<Function<Tensor, float[]>> uses = List.of(Tensor::toFloats, x -> Relu.forward(x).toFloats(), x -> new float[] {x.hostFloat(0), x.hostFloat(1)},
                x -> {
                    float[] read = new float[2];
                    x.readInPlace(data -> MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, 0, read, 0, 2));
                    return read;
                }, x -> {
                    float[] read = new float[2];
                    Tensor.updateInPlace(List.of(x), data -> MemorySegment.copy(data.getFirst(), ValueLayout.JAVA_FLOAT, 0, read, 0, 2));
                    return read;
                });
        for (Function<Tensor, float[]> use : uses) {
            Tensor x = Tensor.zeros(device, Shape.of(2), DType.F32).writeLater(data -> {
                sleep();
                MemorySegment.copy(new float[] {7f, 8f}, 0, data, ValueLayout.JAVA_FLOAT, 0, 2);
            });
            assertArrayEquals(new float[] {7f, 8f}, use.apply(x));
        }
    }

    @Test
    void whatAWriteThrowsIsThrownWhereItsValuesAreNeeded() {
        Tensor x = Tensor.zeros(device, Shape.of(2), DType.F32).writeLater(data -> {
            throw new IllegalStateException("no values");
        });
        assertEquals("no values", assertThrows(IllegalStateException.class, x::toFloats).getMessage());
        Tensor y = Tensor.zeros(device, Shape.of(2), DType.F32).writeLater(data -> {
            throw new IllegalStateException("none either");
        });
        Program program = Program.record(device, () -> List.of(Relu.forward(y)));
        assertThrows(IllegalStateException.class, program::run);
    }

    private static void sleep() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void isReadInPlace() {
        Tensor x = Tensor.of(device, Shape.of(2, 2), -1f, 2f, 3f, 4f);
        Tensor y = Relu.forward(x);
        List<Float> read = new ArrayList<>();
        y.readInPlace(data -> {
            assertEquals(16, data.byteSize());
            for (int i = 0; i < 4; i++) {
                read.add(data.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
            assertThrows(IllegalArgumentException.class, () -> data.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 9f));
        });
        assertEquals(List.of(0f, 2f, 3f, 4f), read);
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(device, Shape.of(2), DType.F16).readInPlace(data -> {}));
        assertThrows(IllegalArgumentException.class, () -> Tensor.ofInts(device, Shape.of(1), 3).readInPlace(data -> {}));
    }

    @Test
    void halvesAreRoundedToNearestEven() {
        // 2049 and 2051 lie midway between halves; 70000 is beyond the largest; 1e-8 is below half the smallest.
        Tensor x = Tensor.of(device, Shape.of(5), DType.F16, 2049f, 2051f, 70000f, 1e-8f, -0.1f);
        assertArrayEquals(new float[] {2048f, 2052f, Float.POSITIVE_INFINITY, 0f, -0.099975586f}, x.toFloats());
    }

    @Test
    void reshapeSharesStorage() {
        Tensor x = Tensor.of(device, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Tensor y = x.reshape(3, 2);
        x.write(6f, 5f, 4f, 3f, 2f, 1f);
        assertEquals(Shape.of(3, 2), y.shape());
        assertArrayEquals(new float[] {6, 5, 4, 3, 2, 1}, y.toFloats());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> x.reshape(4, 2)).getMessage().contains("[4, 2]"));
    }

    @Test
    void refusesWritesThatDoNotFit() {
        Tensor x = Tensor.of(device, Shape.of(2), 1f, 2f);
        Tensor ids = Tensor.ofInts(device, Shape.of(2), 1, 2);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> x.write(1f)).getMessage().contains("[2] takes 2 values, not 1"));
        assertThrows(IllegalArgumentException.class, () -> x.write(1, 2));
        assertThrows(IllegalArgumentException.class, () -> ids.write(1f, 2f));
        assertThrows(IllegalStateException.class, () -> Relu.forward(x).write(1f, 2f));
        assertArrayEquals(new float[] {1f, 2f}, x.toFloats());
    }

    @Test
    void refusesReadsOfTheWrongKind() {
        Tensor x = Tensor.of(device, Shape.of(2), 1f, 2f);
        Tensor ids = Tensor.ofInts(device, Shape.of(2), 1, 2);
        assertThrows(IllegalArgumentException.class, x::toInts);
        assertThrows(IllegalArgumentException.class, ids::toFloats);
        assertTrue(assertThrows(IllegalArgumentException.class, x::item).getMessage().contains("[2]"));
    }

    @Test
    void refusesWhatNothingWrote() {
        Tensor x = Tensor.empty(device, Shape.of(2), DType.F32);
        assertTrue(assertThrows(IllegalStateException.class, x::toFloats).getMessage().contains("never written"));
        Tensor y = Relu.forward(x);
        assertTrue(assertThrows(IllegalStateException.class, y::toFloats).getMessage().contains("nothing has written"));
        assertThrows(IllegalStateException.class, y::toFloats);
        Tensor z = Tensor.of(device, Shape.of(1), 3f);
        assertEquals(3f, Relu.forward(z).item(), "the device still works");
    }

    @Test
    void opsRunOnlyWhenAValueIsRead() {
        Tensor x = Tensor.of(device, Shape.of(2), -1f, 2f);
        Tensor y = Relu.forward(x);
        Tensor z = Elementwise.add(y, y);
        assertEquals(2, device.stats().launchesRecorded());
        long arrays = device.stats().arraysAllocated();
        assertEquals(1, arrays, "no result has storage before it is needed");
        assertArrayEquals(new float[] {0f, 4f}, z.toFloats());
        assertEquals(arrays + 2, device.stats().arraysAllocated());
        assertArrayEquals(new float[] {0f, 2f}, y.toFloats());
        assertEquals(arrays + 2, device.stats().arraysAllocated());
    }

    @Test
    void pendingOpsSeeTheValuesOfWhenTheyWereCalled() {
        Tensor x = Tensor.of(device, Shape.of(1), 5f);
        Tensor y = Relu.forward(x);
        x.write(-3f);
        assertEquals(5f, y.item());
        assertEquals(0f, Relu.forward(x).item());
    }

    @Test
    void manyPendingOpsRunWithoutARead() {
        Tensor x = Tensor.of(device, Shape.of(1), 0f);
        Tensor one = Tensor.of(device, Shape.of(1), 1f);
        for (int i = 0; i < 5000; i++) {
            Elementwise.addInto(x, one);
        }
        assertEquals(5000f, x.item());
    }

    @Test
    void refusesTensorsOfTwoDevices() {
        try (JvmDevice other = JvmDevice.open(1)) {
            Tensor a = Tensor.of(device, Shape.of(1), 1f);
            Tensor b = Tensor.of(other, Shape.of(1), 1f);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> Elementwise.add(a, b)).getMessage().contains("two devices"));
        }
    }
}
