// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UserException;
import dev.mixed.weights.StoredType;
import dev.mixed.weights.TensorSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class HostCopiesTest {
    @AutoClose
    private final Device device = JvmDevice.open(2);

    private static float first(TensorSource source) {
        return source.data().get().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
    }

    @Test
    void keepTheNumbersWhileTheTensorsChange() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 40; i++) {
            tensors.put("t" + i, Tensor.of(device, Shape.of(1, 2), i, -i));
        }
        tensors.put("half", Tensor.of(device, Shape.of(2), DType.F16, 0.5f, 2f));
        HostCopies copies = new HostCopies();
        List<TensorSource> taken = copies.of(tensors);
        tensors.values().forEach(t -> t.write(77f, 77f));
        assertEquals(List.copyOf(tensors.keySet()), taken.stream().map(TensorSource::name).toList());
        for (int i = 0; i < 40; i++) {
            assertEquals(List.of(1, 2), taken.get(i).shape());
            assertEquals(8, taken.get(i).data().get().byteSize());
            assertEquals(i, first(taken.get(i)));
        }
        assertEquals(StoredType.F32, taken.getLast().type());
        assertEquals(0.5f, first(taken.getLast()));
        MemorySegment room = taken.get(3).data().get();
        List<TensorSource> next = copies.of(tensors);
        assertEquals(room.address(), next.get(3).data().get().address(), "the room is used again");
        assertEquals(77f, first(next.get(3)));
        assertEquals(List.of(), copies.of(Map.of()));
    }

    @Test
    void roomThatWasReservedIsUsed() {
        Map<String, Tensor> tensors = Map.of("x", Tensor.of(device, Shape.of(3), 1f, 2f, 3f));
        HostCopies copies = new HostCopies();
        copies.reserve(List.of(tensors, Map.of()));
        MemorySegment room = copies.reserved("x");
        assertEquals(12, room.byteSize());
        assertSame(room, copies.of(tensors).getFirst().data().get());
        assertEquals(1f, first(copies.of(tensors).getFirst()));
    }

    @Test
    void aModelWithAParameterThatIsNoNumberIsRefusedAndItsFirstOneNamed() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("good", Tensor.of(device, Shape.of(2), 1f, 2f));
        tensors.put("bad", Tensor.of(device, Shape.of(2), 1f, Float.NaN));
        tensors.put("worse", Tensor.of(device, Shape.of(2), Float.POSITIVE_INFINITY, 1f));
        HostCopies copies = new HostCopies();
        UserException e = assertThrows(UserException.class, () -> copies.of(tensors, FiniteWeights::problem));
        assertEquals("The model is not saved, for its parameter 'bad' has become NaN; train it anew with a lower learning rate.", e.getMessage());
        // The device is free again, and moments may hold anything.
        assertEquals(3, copies.of(tensors).size());
    }

    @Test
    void whatFailsInACopyIsThrownAsItIs() {
        OutOfMemoryError full = new OutOfMemoryError("Cannot reserve");
        assertSame(full, assertThrows(OutOfMemoryError.class, () -> new HostCopies().of(Map.of("x", Tensor.of(device, Shape.of(1), 1f)), (_, _) -> {
            throw full;
        })));
    }
}
