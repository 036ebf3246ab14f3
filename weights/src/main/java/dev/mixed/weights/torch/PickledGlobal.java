// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import dev.mixed.io.Brief;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * One of the few Python names that a file of weights may mention. A name is no more than a label here: what PyTorch would call is done by
 * {@link #call}, which builds containers and descriptions of tensors and can do nothing else.
 */
record PickledGlobal(String module, String name) {

    private static final Map<String, Set<String>> ALLOWED = Map.of(
            "collections", Set.of("OrderedDict"),
            "torch._utils", Set.of("_rebuild_tensor_v2", "_rebuild_parameter"),
            "torch", Set.of("FloatStorage", "HalfStorage", "BFloat16Storage", "DoubleStorage", "LongStorage", "IntStorage", "ShortStorage", "CharStorage",
                    "ByteStorage", "BoolStorage", "float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"));

    PickledGlobal {
        if (!ALLOWED.getOrDefault(module, Set.of()).contains(name)) {
            throw new TorchFormatException("names the Python object '" + Brief.of(module + "." + name)
                    + "', which a file of weights has no use for and which is not run");
        }
    }

    boolean isStorage() {
        return name.endsWith("Storage");
    }

    /**
     * What PyTorch would get from calling this function.
     *
     * @param copies told how many entries a copy will have, before it is made; it may refuse
     * @throws TorchFormatException for wrong arguments, and where this is no function
     */
    Object call(PickledTuple arguments, IntConsumer copies) {
        return switch (name) {
            case "OrderedDict" -> dict(arguments, copies);
            case "_rebuild_tensor_v2" -> tensor(arguments, copies);
            case "_rebuild_parameter" -> parameter(arguments);
            default -> throw new TorchFormatException("calls '" + module + "." + name + "', which is no function");
        };
    }

    private static PickledDict dict(PickledTuple arguments, IntConsumer copies) {
        PickledDict dict = new PickledDict();
        if (arguments.size() == 0) {
            return dict;
        }
        // As Python 2 wrote it: one list of pairs.
        if (arguments.size() > 1 || !(arguments.get(0) instanceof PickledTuple pairs)) {
            throw new TorchFormatException("has an OrderedDict that is not made of pairs");
        }
        copies.accept(pairs.size());
        for (int i = 0; i < pairs.size(); i++) {
            if (!(pairs.get(i) instanceof PickledTuple pair) || pair.size() != 2) {
                throw new TorchFormatException("has an OrderedDict that is not made of pairs");
            }
            dict.put(pair.get(0), pair.get(1));
        }
        return dict;
    }

    /** storage, offset, size, strides, requires_grad, backward hooks, and nothing or metadata. */
    private static TorchTensor tensor(PickledTuple a, IntConsumer copies) {
        if (a.size() < 4 || a.size() > 7 || !(a.get(0) instanceof Storage storage) || !(a.get(1) instanceof Long offset)
                || !(a.get(2) instanceof PickledTuple size) || !(a.get(3) instanceof PickledTuple stride)) {
            throw new TorchFormatException("has a tensor that is not made of a storage, an offset, sizes and strides");
        }
        copies.accept(size.size());
        copies.accept(stride.size());
        List<Integer> shape = new ArrayList<>();
        for (long d : longs(size)) {
            if (d > Integer.MAX_VALUE) {
                throw new TorchFormatException("has a tensor with a dimension of " + d);
            }
            shape.add((int) Math.max(-1, d));
        }
        return new TorchTensor(storage, offset, List.copyOf(shape), longs(stride));
    }

    private static List<Long> longs(PickledTuple tuple) {
        List<Long> values = new ArrayList<>();
        for (int i = 0; i < tuple.size(); i++) {
            if (!(tuple.get(i) instanceof Long value)) {
                throw new TorchFormatException("has a tensor whose sizes or strides are not whole numbers");
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    /** A parameter is its tensor; whether it needs a gradient, the model decides. */
    private static TorchTensor parameter(PickledTuple a) {
        if (a.size() == 0 || !(a.get(0) instanceof TorchTensor tensor)) {
            throw new TorchFormatException("has a parameter without a tensor");
        }
        return tensor;
    }
}
