// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The form of {@code torch.save} before PyTorch 1.6: pickles of a magic number, the protocol's version, facts on the machine, the object, and
 * the keys of its storages; then for each key, in this order, the number of elements (8 bytes, little-endian) and the elements.
 */
public final class LegacyArchive implements TorchArchive {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long VERSION = 1001;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Map<String, Integer> WIDTHS = Map.of("FloatStorage", 4, "HalfStorage", 2, "BFloat16Storage", 2, "DoubleStorage", 8,
            "LongStorage", 8, "IntStorage", 4, "ShortStorage", 2, "CharStorage", 1, "ByteStorage", 1, "BoolStorage", 1);

    private final MemorySegment bytes;
    private final Map<String, String> types = new HashMap<>();
    private final Map<String, MemorySegment> contents = new HashMap<>();
    private long at;
    private Object root = Unpickler.NONE;

    private LegacyArchive(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads the pickles and finds where each storage lies.
     *
     * @param bytes all of the file, whose elements stay where they are
     * @throws TorchFormatException if it is no such file, is damaged, or names what weights have no use for
     */
    public static LegacyArchive read(MemorySegment bytes) {
        if (bytes.byteSize() < 2 || bytes.get(ValueLayout.JAVA_BYTE, 0) != (byte) 0x80) {
            throw new TorchFormatException("begins neither as a zip file nor as a pickle");
        }
        LegacyArchive archive = new LegacyArchive(bytes);
        archive.read();
        return archive;
    }

    private void read() {
        if (!MAGIC.equals(next())) {
            throw new TorchFormatException("does not begin with PyTorch's magic number");
        }
        if (!Long.valueOf(VERSION).equals(next())) {
            throw new TorchFormatException("was written with another protocol than " + VERSION);
        }
        if (!(next() instanceof PickledDict machine) || !Boolean.TRUE.equals(machine.get("little_endian"))) {
            throw new TorchFormatException("was written with another byte order than little-endian");
        }
        root = next();
        List<Object> keys = Unpickler.items(next());
        if (keys == null) {
            throw new TorchFormatException("has no list of its storages");
        }
        for (Object key : keys) {
            String type = key instanceof String name ? types.get(name) : null;
            if (type == null) {
                throw new TorchFormatException("lists a storage that no tensor refers to");
            }
            long left = bytes.byteSize() - at - 8;
            long numel = left < 0 ? -1 : bytes.get(LONG, at);
            int width = Objects.requireNonNull(WIDTHS.get(type), "the unpickler makes storages of these types alone");
            if (numel < 0 || numel > left / width) {
                throw new TorchFormatException("is cut short: it ends within a storage");
            }
            contents.put((String) key, bytes.asSlice(at + 8, numel * width));
            at += 8 + numel * width;
        }
    }

    private Object next() {
        Unpickler pickle = new Unpickler(bytes, at, this::storage);
        Object value = pickle.load();
        at = pickle.position();
        return value;
    }

    /** ('storage', class, key, device, numel, None or (key of the view, first element, number of elements)). */
    @SuppressWarnings("ReferenceEquality") // None is one object
    private Storage storage(List<Object> id) {
        if (id.size() < 5 || id.size() > 6 || !"storage".equals(id.get(0)) || !(id.get(1) instanceof PickledGlobal type) || !type.isStorage()
                || !(id.get(2) instanceof String key) || !(id.get(4) instanceof Long numel)) {
            throw new TorchFormatException("refers to a storage in an unknown way");
        }
        String other = types.putIfAbsent(key, type.name());
        if (other != null && !other.equals(type.name())) {
            throw new TorchFormatException("has a storage of two types");
        }
        if (id.size() == 5 || id.get(5) == Unpickler.NONE) {
            return new Storage(type.name(), key, 0, numel);
        }
        List<Object> view = Unpickler.items(id.get(5));
        if (view == null || view.size() != 3 || !(view.get(1) instanceof Long offset) || !(view.get(2) instanceof Long size)) {
            throw new TorchFormatException("refers to a part of a storage in an unknown way");
        }
        return new Storage(type.name(), key, offset, size);
    }

    @Override
    public Object root() {
        return root;
    }

    @Override
    public MemorySegment elements(Storage storage, int width) {
        MemorySegment content = contents.get(storage.key());
        if (content == null) {
            throw new TorchFormatException("lacks the elements of a storage");
        }
        return TorchArchive.part(content, storage, width);
    }
}
