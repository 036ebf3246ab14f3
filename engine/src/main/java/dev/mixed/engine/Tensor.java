// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * A row-major array of numbers on a device. It knows nothing of gradients.
 *
 * <p>Ops return transient tensors, whose values exist once their launches have run; reading one runs what is pending. Persistent tensors
 * hold state that outlives programs: parameters, optimizer moments, inputs.
 */
public final class Tensor {
    private final Device device;
    private final Shape shape;
    private final Buffer buffer;

    private Tensor(Device device, Shape shape, Buffer buffer) {
        this.device = device;
        this.shape = shape;
        this.buffer = buffer;
    }

    /** A transient tensor for the result of an op; its elements are undefined until a launch writes them. */
    public static Tensor empty(Device device, Shape shape, DType dtype) {
        return new Tensor(device, shape, new Buffer(dtype, shape.elements(), false));
    }

    /** A persistent tensor of zeros. */
    public static Tensor zeros(Device device, Shape shape, DType dtype) {
        Buffer buffer = new Buffer(dtype, shape.elements(), true);
        try (Device.Use _ = device.use()) {
            Buffers.bindOwn(buffer, device);
            device.hostWrote(buffer);
        }
        return new Tensor(device, shape, buffer);
    }

    /**
     * Persistent tensors of zeros. Systems may be slow to give memory, but give it to several threads at once: this takes less time than one after the
     * other.
     */
    public static List<Tensor> zeros(Device device, List<Shape> shapes, DType dtype) {
        List<TornadoNativeArray> arrays = shapes.parallelStream().map(shape -> device.allocate(dtype, shape.elements())).toList();
        List<Tensor> tensors = new ArrayList<>();
        try (Device.Use _ = device.use()) {
            for (int i = 0; i < arrays.size(); i++) {
                Buffer buffer = new Buffer(dtype, shapes.get(i).elements(), true);
                Buffers.bindOwn(buffer, arrays.get(i), device.stats());
                device.hostWrote(buffer);
                tensors.add(new Tensor(device, shapes.get(i), buffer));
            }
        }
        return tensors;
    }

    /** A persistent F32 tensor with these elements, row-major. */
    public static Tensor of(Device device, Shape shape, float... values) {
        return of(device, shape, DType.F32, values);
    }

    /** A persistent tensor of a floating type with these elements, rounded to nearest even where the type is F16. */
    public static Tensor of(Device device, Shape shape, DType dtype, float... values) {
        return zeros(device, shape, dtype).put(values);
    }

    /** A persistent I32 tensor with these elements, row-major. */
    public static Tensor ofInts(Device device, Shape shape, int... values) {
        return zeros(device, shape, DType.I32).put(values);
    }

    public Device device() {
        return device;
    }

    public Shape shape() {
        return shape;
    }

    public DType dtype() {
        return buffer.dtype();
    }

    public Buffer buffer() {
        return buffer;
    }

    /** A transient tensor of the same device, shape and type. */
    public Tensor emptyLike() {
        return empty(device, shape, dtype());
    }

    /** The same storage under another shape of as many elements. */
    public Tensor reshape(int... dims) {
        return reshape(Shape.of(dims));
    }

    /** The same storage under another shape of as many elements. */
    public Tensor reshape(Shape other) {
        if (other.elements() != shape.elements()) {
            throw new IllegalArgumentException("a tensor of shape " + shape + " has " + shape.elements() + " elements and can't take the shape " + other);
        }
        return new Tensor(device, other, buffer);
    }

    /** Replaces all elements of a persistent F32 or F16 tensor; takes effect before any later launch or program run. */
    public Tensor write(float... values) {
        checkWrite(values.length, dtype().isFloating(), "float");
        return rewritten(() -> put(values));
    }

    private Tensor put(float... values) {
        checkWrite(values.length, dtype().isFloating(), "float");
        return changed(data -> {
            if (dtype() == DType.F32) {
                MemorySegment.copy(values, 0, data, ValueLayout.JAVA_FLOAT, 0, values.length);
            } else {
                for (int i = 0; i < values.length; i++) {
                    data.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(values[i]));
                }
            }
        });
    }

    /** Replaces all elements of a persistent I32 tensor; takes effect before any later launch or program run. */
    public Tensor write(int... values) {
        checkWrite(values.length, dtype() == DType.I32, "int");
        return rewritten(() -> put(values));
    }

    private Tensor put(int... values) {
        checkWrite(values.length, dtype() == DType.I32, "int");
        return changed(data -> MemorySegment.copy(values, 0, data, ValueLayout.JAVA_INT, 0, values.length));
    }

    /**
     * Lets {@code writer} replace all elements of a persistent F32 tensor where they lie, without a copy in between: row-major floats in the byte order
     * of this machine. Takes effect before any later launch or program run.
     */
    public Tensor writeInPlace(Consumer<MemorySegment> writer) {
        checkWrite(shape.elements(), dtype() == DType.F32, "in-place float");
        return rewritten(() -> changed(data -> writer.accept(data.asSlice(0, (long) Float.BYTES * shape.elements()))));
    }

    /**
     * {@link #writeInPlace} on another thread, one tensor after the other: whatever needs these values waits for them, and what throws there is thrown by
     * that. Meanwhile programs that use the tensor may be recorded.
     */
    public Tensor writeLater(Consumer<MemorySegment> writer) {
        checkWrite(shape.elements(), dtype() == DType.F32, "in-place float");
        return rewritten(() -> {
            device.settle();
            buffer.awaitFill();
            MemorySegment data = buffer.array().getSegment().asSlice(0, buffer.bytes());
            buffer.filledBy(device.fills().begin(() -> writer.accept(data)));
            device.hostWrote(buffer);
        });
    }

    /**
     * Lets {@code updater} change elements of persistent tensors of one device where they lie, without a copy in between: it is given the bytes of each,
     * row-major in the byte order of this machine, as the device left them. Runs what is pending; takes effect before any later launch or program run.
     */
    @SuppressWarnings("ReferenceEquality") // each device is one object
    public static void updateInPlace(List<Tensor> tensors, Consumer<List<MemorySegment>> updater) {
        if (tensors.isEmpty()) {
            return;
        }
        Device device = tensors.getFirst().device;
        try (Device.Use _ = device.use()) {
            device.synchronize();
            List<MemorySegment> bytes = new ArrayList<>();
            for (Tensor tensor : tensors) {
                tensor.checkWrite(tensor.shape.elements(), tensor.device.equals(device), "another device's");
                device.users().requireOwn(tensor.buffer);
                TornadoNativeArray array = tensor.buffer.readable();
                tensor.buffer.read();
                device.hostReads(tensor.buffer);
                bytes.add(array.getSegment().asSlice(0, tensor.buffer.bytes()));
            }
            tensors.forEach(tensor -> tensor.buffer.hostWrote());
            updater.accept(bytes);
            for (Tensor tensor : tensors) {
                device.hostWrote(tensor.buffer);
                device.users().wrote(tensor.buffer);
            }
        }
    }

    private Tensor rewritten(Runnable write) {
        try (Device.Use _ = device.use()) {
            write.run();
            device.users().wrote(buffer);
            return this;
        }
    }

    private Tensor changed(Consumer<MemorySegment> write) {
        try (Device.Use _ = device.use()) {
            device.settle();
            buffer.awaitFill();
            // A writer that throws in between has written part of it.
            buffer.hostWrote();
            write.accept(buffer.array().getSegment());
            device.hostWrote(buffer);
            return this;
        }
    }

    private void checkWrite(int length, boolean typeFits, String type) {
        if (!typeFits) {
            throw new IllegalArgumentException("a tensor of type " + dtype() + " can't be written from " + type + " values");
        }
        if (length != shape.elements()) {
            throw new IllegalArgumentException("a tensor of shape " + shape + " takes " + shape.elements() + " values, not " + length);
        }
        if (!buffer.persistent()) {
            throw new IllegalStateException("only persistent tensors can be written from the host; this one is the result of an op");
        }
    }

    /** All elements, row-major, of an F32 or F16 tensor; runs what is pending. */
    public float[] toFloats() {
        if (!dtype().isFloating()) {
            throw new IllegalArgumentException("a tensor of type " + dtype() + " is read by toInts");
        }
        float[] values = new float[shape.elements()];
        read(data -> {
            if (dtype() == DType.F32) {
                MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
            } else {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT, i));
                }
            }
        });
        return values;
    }

    /**
     * Lets {@code reader} look at all elements of an F32 tensor where the host has them, without a copy in between: row-major floats in the byte order of
     * this machine, not to be changed. They stay what they are for as long as the caller holds the device ({@link Device#use}) and neither runs nor writes
     * anything on it, so other threads may read them meanwhile. Runs what is pending.
     */
    public void readInPlace(Consumer<MemorySegment> reader) {
        require("readInPlace", DType.F32);
        read(data -> reader.accept(data.asSlice(0, (long) Float.BYTES * shape.elements()).asReadOnly()));
    }

    /** All elements, row-major, of an I32 tensor; runs what is pending. */
    public int[] toInts() {
        if (dtype() != DType.I32) {
            throw new IllegalArgumentException("a tensor of type " + dtype() + " is read by toFloats");
        }
        int[] values = new int[shape.elements()];
        read(data -> MemorySegment.copy(data, ValueLayout.JAVA_INT, 0, values, 0, values.length));
        return values;
    }

    /** The value of a floating tensor of one element; runs what is pending. */
    public float item() {
        if (shape.elements() != 1) {
            throw new IllegalArgumentException("item() needs a tensor of one element, not one of shape " + shape);
        }
        return toFloats()[0];
    }

    private void read(Consumer<MemorySegment> reader) {
        try (Device.Use _ = device.use()) {
            device.settle();
            buffer.awaitFill();
            TornadoNativeArray array = buffer.readable();
            device.users().requireOwn(buffer);
            buffer.read();
            device.hostReads(buffer);
            reader.accept(array.getSegment());
        }
    }

    /**
     * Lets an op look at the numbers in inputs that the host writes: now or, where a program is being recorded, before each run of it. Tensors that launches
     * write are left out: the host does not know what they hold.
     *
     * @param inputs those that the check reads, on one device
     */
    public static void check(List<Tensor> inputs, InputCheck check) {
        inputs.getFirst().device.recorder().check(List.copyOf(inputs), check);
    }

    /** Whether {@link #check} can look at it: a persistent tensor that no launch writes. */
    public boolean hostKnown() {
        return buffer.hostKnown();
    }

    /** Element {@code index} of an I32 tensor as the host wrote it last, for an {@link InputCheck}. */
    public int hostInt(int index) {
        buffer.awaitFill();
        return buffer.array().getSegment().getAtIndex(ValueLayout.JAVA_INT, index);
    }

    /** Element {@code index} of an F32 tensor as the host wrote it last, for an {@link InputCheck}. */
    public float hostFloat(int index) {
        buffer.awaitFill();
        return buffer.array().getSegment().getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    /** Refuses tensors of another type, naming the op. */
    public Tensor require(String op, DType dtype) {
        if (dtype() != dtype) {
            throw new IllegalArgumentException(op + " takes a tensor of type " + dtype + ", not " + dtype());
        }
        return this;
    }

    /** Refuses tensors of another shape, naming the op. */
    public Tensor require(String op, Shape expected) {
        if (!shape.equals(Objects.requireNonNull(expected))) {
            throw new IllegalArgumentException(op + " takes a tensor of shape " + expected + " here, not " + shape);
        }
        return this;
    }

    @Override
    public String toString() {
        return dtype() + shape.toString() + "@" + device.name();
    }
}
