// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes state dicts as {@code torch.save} does, in both forms; a test may spoil any part of them. */
public final class TorchWriter {

    /**
     * Bytes of elements, by key, with PyTorch's class for them.
     *
     * @param numel the number of elements that the pickle claims
     */
    record Stored(String type, int width, byte[] bytes, long numel) {
    }

    /** @param parameter whether wrapped by {@code _rebuild_parameter} */
    record View(String key, long offset, List<Integer> shape, List<Long> strides, boolean parameter) {
    }

    private final Map<String, Stored> storages = new LinkedHashMap<>();
    private final Map<String, View> tensors = new LinkedHashMap<>();
    private ByteArrayOutputStream out;
    private boolean legacy;

    public TorchWriter storage(String key, String type, int width, byte[] bytes) {
        return storage(key, type, width, bytes, bytes.length / width);
    }

    private TorchWriter storage(String key, String type, int width, byte[] bytes, long numel) {
        storages.put(key, new Stored(type, width, bytes, numel));
        return this;
    }

    /** A storage of one float, of which the pickle says that it has {@code numel}. */
    public TorchWriter claimed(String key, long numel) {
        return storage(key, "FloatStorage", 4, new byte[4], numel);
    }

    public TorchWriter floats(String key, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            bytes.putFloat(v);
        }
        return storage(key, "FloatStorage", 4, bytes.array());
    }

    public TorchWriter view(String name, String key, long offset, List<Integer> shape, List<Long> strides) {
        tensors.put(name, new View(key, offset, shape, strides, false));
        return this;
    }

    public TorchWriter parameter(String name, String key, List<Integer> shape) {
        tensors.put(name, new View(key, 0, shape, rowMajor(shape), true));
        return this;
    }

    /** A contiguous tensor with a storage of its own. */
    public TorchWriter tensor(String name, List<Integer> shape, float... values) {
        String key = String.valueOf(storages.size());
        return floats(key, values).view(name, key, 0, shape, rowMajor(shape));
    }

    private static List<Long> rowMajor(List<Integer> shape) {
        List<Long> strides = new ArrayList<>();
        long next = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides.addFirst(next);
            next *= shape.get(i);
        }
        return strides;
    }

    /** The form of PyTorch 1.6 and later. */
    public byte[] zip() {
        return zip(pickle(false), "little");
    }

    public byte[] zip(byte[] pickle, String byteOrder) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("archive/data.pkl", pickle);
        entries.put("archive/byteorder", byteOrder.getBytes(StandardCharsets.UTF_8));
        storages.forEach((key, s) -> entries.put("archive/data/" + key, s.bytes));
        entries.put("archive/version", "3\n".getBytes(StandardCharsets.UTF_8));
        return zip(entries, ZipOutputStream.STORED);
    }

    static byte[] zip(Map<String, byte[]> entries, int method) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(method);
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(e.getKey());
                CRC32 crc = new CRC32();
                crc.update(e.getValue());
                entry.setSize(e.getValue().length);
                if (method == ZipOutputStream.STORED) {
                    entry.setCompressedSize(e.getValue().length);
                }
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(e.getValue());
            }
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    /** The form before PyTorch 1.6. */
    public byte[] legacy() {
        return legacy(pickle(true));
    }

    public byte[] legacy(byte[] pickle) {
        out = new ByteArrayOutputStream();
        legacyHead();
        out.writeBytes(pickle);
        start().op(']').op('(');
        storages.keySet().forEach(this::text);
        op('e').op('.');
        storages.values().forEach(s -> {
            out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(s.bytes.length / s.width).array());
            out.writeBytes(s.bytes);
        });
        return out.toByteArray();
    }

    private void legacyHead() {
        byte[] magic = new BigInteger("1950a86a20f9469cfc6c", 16).toByteArray();
        start().op(0x8a).op(magic.length);
        for (int i = magic.length - 1; i >= 0; i--) {
            op(magic[i]);
        }
        op('.');
        start().number(1001).op('.');
        start().op('}').op('(');
        text("protocol_version").number(1001).text("little_endian").op(0x88).text("type_sizes").op('}').op('u').op('.');
    }

    byte[] pickle(boolean old) {
        ByteArrayOutputStream before = out;
        out = new ByteArrayOutputStream();
        legacy = old;
        start().global("collections", "OrderedDict").op(')').op('R').op('q').op(0).op('(');
        tensors.forEach((name, view) -> {
            text(name);
            if (view.parameter) {
                global("torch._utils", "_rebuild_parameter").op('(');
                rebuild(view);
                op(0x88).global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
            } else {
                rebuild(view);
            }
        });
        // The attribute that every state dict has.
        op('u').op('}').text("_metadata").global("collections", "OrderedDict").op(')').op('R').op('s').op('b').op('.');
        byte[] pickle = out.toByteArray();
        out = before;
        return pickle;
    }

    private void rebuild(View view) {
        Stored stored = storages.get(view.key);
        global("torch._utils", "_rebuild_tensor_v2").op('(').op('(').text("storage").global("torch", stored.type).text(view.key).text("cpu")
                .number(stored.numel);
        if (legacy) {
            op('N');
        }
        op('t').op('Q').number(view.offset).op('(');
        view.shape.forEach(d -> number(d));
        op('t').op('(');
        view.strides.forEach(this::number);
        op('t').op(0x89).global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    }

    private TorchWriter start() {
        return op(0x80).op(2);
    }

    private TorchWriter op(int code) {
        out.write(code);
        return this;
    }

    private TorchWriter global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    private TorchWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(utf8.length).array());
        out.writeBytes(utf8);
        return this;
    }

    private TorchWriter number(long value) {
        if (value >= 0 && value < 256) {
            return op('K').op((int) value);
        }
        byte[] big = BigInteger.valueOf(value).toByteArray();
        op(0x8a).op(big.length);
        for (int i = big.length - 1; i >= 0; i--) {
            op(big[i]);
        }
        return this;
    }
}
