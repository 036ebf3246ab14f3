// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A tuple or list of a pickle. It has no equality by content, so that nothing can walk into a structure that contains itself. */
final class PickledTuple {
    private final List<Object> items;
    private final boolean list;

    private PickledTuple(List<Object> items, boolean list) {
        this.items = items;
        this.list = list;
    }

    static PickledTuple of(Object... items) {
        return new PickledTuple(Arrays.asList(items), false);
    }

    static PickledTuple of(List<Object> items) {
        return new PickledTuple(items, false);
    }

    static PickledTuple emptyList() {
        return new PickledTuple(new ArrayList<>(0), true);
    }

    int size() {
        return items.size();
    }

    Object get(int i) {
        return items.get(i);
    }

    boolean isList() {
        return list;
    }

    /** To a list only. */
    void add(Object item) {
        items.add(item);
    }
}
