// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Which arrays a graph copies from and to the host, and which it takes from other graphs. Two arrays are the same only if they are one object. */
final class Transfers {
    private final String graph;
    private final IdentityHashMap<TornadoNativeArray, Integer> in = new IdentityHashMap<>();
    private final IdentityHashMap<TornadoNativeArray, Integer> out = new IdentityHashMap<>();
    /** The graph that an array is taken from, or an empty name for whichever ran before. */
    private final IdentityHashMap<TornadoNativeArray, String> consumed = new IdentityHashMap<>();
    private final List<TornadoNativeArray> order = new ArrayList<>();

    Transfers(String graph) {
        this.graph = graph;
    }

    Transfers(Transfers other) {
        this.graph = other.graph;
        in.putAll(other.in);
        out.putAll(other.out);
        consumed.putAll(other.consumed);
        order.addAll(other.order);
    }

    private TornadoNativeArray array(String method, @Nullable Object object) {
        if (!(object instanceof TornadoNativeArray array)) {
            throw new TornadoRuntimeException("task graph " + graph + ": " + method + " was given "
                    + (object == null ? "null" : "a " + object.getClass().getName()) + "; only TornadoVM arrays can be on the device");
        }
        if (!contains(array)) {
            order.add(array);
        }
        return array;
    }

    void toDevice(int mode, Object... objects) {
        checkMode(mode);
        for (Object object : objects) {
            // Numbers are part of the kernel's code.
            if (!(object instanceof Number)) {
                in.put(array("transferToDevice", object), mode);
            }
        }
    }

    void toHost(int mode, Object... objects) {
        checkMode(mode);
        for (Object object : objects) {
            out.merge(array("transferToHost or persistOnDevice", object), mode, Math::min);
        }
    }

    void consume(String source, Object... objects) {
        for (Object object : objects) {
            consumed.put(array("consumeFromDevice", object), source);
        }
    }

    private void checkMode(int mode) {
        if (mode < DataTransferMode.FIRST_EXECUTION || mode > DataTransferMode.UNDER_DEMAND) {
            throw new TornadoRuntimeException("task graph " + graph + ": " + mode + " is not a DataTransferMode");
        }
    }

    boolean contains(TornadoNativeArray array) {
        return in.containsKey(array) || out.containsKey(array) || consumed.containsKey(array);
    }

    /** All arrays, in the order in which they were first named. */
    List<TornadoNativeArray> arrays() {
        return Collections.unmodifiableList(order);
    }

    Set<Object> asSet() {
        Set<Object> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(order);
        return set;
    }

    boolean copiedIn(TornadoNativeArray array) {
        return in.containsKey(array);
    }

    boolean copiedInAlways(TornadoNativeArray array) {
        return in.getOrDefault(array, -1) == DataTransferMode.EVERY_EXECUTION;
    }

    /** Whether it is copied to the host after each run; {@code FIRST_EXECUTION} means each run, too, in this direction. */
    boolean copiedOut(TornadoNativeArray array) {
        return out.getOrDefault(array, DataTransferMode.UNDER_DEMAND) != DataTransferMode.UNDER_DEMAND;
    }

    /** The graph that it is taken from, empty for whichever ran before, or null if it is not. */
    @Nullable
    String source(TornadoNativeArray array) {
        return consumed.get(array);
    }

    /** Whether the next graph may take it from this one. */
    boolean leftOnDevice(TornadoNativeArray array) {
        return out.containsKey(array) && out.get(array) == DataTransferMode.UNDER_DEMAND || consumed.containsKey(array);
    }

    int copies() {
        return in.size() + consumed.size() + (int) order.stream().filter(this::copiedOut).count();
    }
}
