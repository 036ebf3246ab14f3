// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import dev.mixed.io.Brief;
import dev.mixed.io.MappedFile;
import dev.mixed.io.UserException;
import dev.mixed.weights.torch.LegacyArchive;
import dev.mixed.weights.torch.PickledDict;
import dev.mixed.weights.torch.TorchArchive;
import dev.mixed.weights.torch.TorchFormatException;
import dev.mixed.weights.torch.TorchTensor;
import dev.mixed.weights.torch.ZipArchive;
import dev.mixed.weights.torch.ZipIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * An open {@code pytorch_model.bin}, that is a state dict that {@code torch.save} wrote, in its zip form (PyTorch 1.6 and later) or the
 * older one, read through a memory map. Nothing in the file is run; see {@link dev.mixed.weights.torch.Unpickler}.
 */
public final class TorchFile implements WeightFile {
    private static final Map<String, StoredType> TYPES = Map.of("FloatStorage", StoredType.F32, "HalfStorage", StoredType.F16,
            "BFloat16Storage", StoredType.BF16, "DoubleStorage", StoredType.F64, "LongStorage", StoredType.I64, "IntStorage", StoredType.I32,
            "ShortStorage", StoredType.I16, "CharStorage", StoredType.I8, "ByteStorage", StoredType.U8, "BoolStorage", StoredType.BOOL);

    private static final int NESTED = 100;

    private final String file;
    private final @Nullable Arena arena;
    private final SequencedMap<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    private final Map<String, MemorySegment> elements = new LinkedHashMap<>();

    private TorchFile(String file, @Nullable Arena arena, MemorySegment bytes) {
        this.file = file;
        this.arena = arena;
        try {
            TorchArchive archive = ZipIndex.isZip(bytes) ? ZipArchive.read(bytes) : LegacyArchive.read(bytes);
            if (!(archive.root() instanceof PickledDict state)) {
                throw damaged("holds no dictionary of tensors");
            }
            state.entries().forEach((name, value) -> {
                if (name instanceof String key && value instanceof TorchTensor tensor) {
                    add(archive, key, tensor);
                }
            });
            if (infos.isEmpty()) {
                nested(state).ifPresent(key -> {
                    throw new UserException("'" + file + "' keeps its tensors under '" + Brief.of(key)
                            + "', as checkpoints of a training do; save that dictionary alone, with torch.save or as model.safetensors.");
                });
            }
        } catch (TorchFormatException e) {
            throw damaged(e.getMessage());
        }
        if (infos.isEmpty()) {
            throw damaged("holds no tensors");
        }
    }

    /** The key of a dictionary of tensors within {@code state}. A file may name one dictionary under a million keys, so only the first are looked at. */
    private static Optional<String> nested(PickledDict state) {
        return state.entries().entrySet().stream().limit(NESTED).filter(e -> e.getKey() instanceof String && e.getValue() instanceof PickledDict inner
                && inner.entries().values().stream().limit(NESTED).anyMatch(TorchTensor.class::isInstance)).map(e -> (String) e.getKey()).findFirst();
    }

    private void add(TorchArchive archive, String name, TorchTensor tensor) {
        StoredType type = Objects.requireNonNull(TYPES.get(tensor.storage().type()), "the unpickler makes storages of these types alone");
        // First what the file really holds: the sizes may be lies.
        elements.put(name, archive.elements(tensor.storage(), type.bytes()));
        try {
            infos.put(name, TensorInfo.of(name, type, tensor.shape()));
        } catch (ArithmeticException e) {
            // Of no elements at all, as one of the sizes is 0; but the others are no model's.
            throw damaged("has a tensor '" + Brief.of(name) + "' of shape " + tensor.shape() + ", whose size overflows");
        }
        tensors.put(name, tensor);
    }

    /** Maps and checks {@code path}; a {@link UserException} says in one sentence what is wrong with it. */
    public static TorchFile open(Path path) {
        return MappedFile.open(path, "a pytorch_model.bin", (arena, bytes) -> new TorchFile(path.toString(), arena, bytes));
    }

    /** The same reader over bytes in memory; {@code name} stands for the file in messages. */
    static TorchFile of(String name, MemorySegment bytes) {
        return new TorchFile(name, null, bytes);
    }

    @Override
    public String file() {
        return file;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return Collections.unmodifiableSequencedMap(infos);
    }

    @Override
    public void readFloats(String name, MemorySegment target) {
        TensorInfo info = info(name);
        if (!info.type().isFloat()) {
            throw Elements.wrongType(file, info, "floats");
        }
        TorchTensor tensor = Objects.requireNonNull(tensors.get(name), "what has an info has a tensor");
        MemorySegment source = Objects.requireNonNull(elements.get(name), "what has an info has elements");
        long n = info.elements();
        if (tensor.isContiguous()) {
            Elements.copy(info.type(), source, n == 0 ? 0 : tensor.offset(), 1, target, 0, n);
        } else {
            copyRows(tensor, info.type(), source, target);
        }
    }

    /** A view: rows of the last dimension, one by one. */
    private static void copyRows(TorchTensor tensor, StoredType type, MemorySegment source, MemorySegment target) {
        int last = tensor.shape().size() - 1;
        int width = tensor.shape().get(last);
        long[] index = new long[last];
        long first = tensor.offset();
        for (long row = 0, rows = tensor.elements() / width; row < rows; row++) {
            Elements.copy(type, source, first, tensor.strides().get(last), target, row * width, width);
            for (int d = last - 1; d >= 0; d--) {
                first += tensor.strides().get(d);
                if (++index[d] < tensor.shape().get(d)) {
                    break;
                }
                first -= index[d] * tensor.strides().get(d);
                index[d] = 0;
            }
        }
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }

    private UserException damaged(String what) {
        return new UserException("'" + file + "' is not a valid file of PyTorch weights: it " + what + "; copy or save it again.");
    }
}
