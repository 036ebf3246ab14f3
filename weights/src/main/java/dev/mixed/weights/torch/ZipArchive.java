// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The zip form of {@code torch.save}, of PyTorch 1.6 and later: entries {@code data.pkl} with the pickled object, {@code data/KEY} with the
 * elements of each storage, and {@code byteorder}, all in one folder of any name.
 */
public final class ZipArchive implements TorchArchive {
    private static final String PICKLE = "/data.pkl";

    private final ZipIndex zip;
    private final String folder;
    private final Object root;

    private ZipArchive(ZipIndex zip, String folder) {
        this.zip = zip;
        this.folder = folder;
        this.root = new Unpickler(zip.content(folder + PICKLE), 0, ZipArchive::storage).load();
    }

    /**
     * Reads the directory and the pickle; elements are looked for when they are asked for.
     *
     * @param bytes all of the file, which begins as a zip file does
     * @throws TorchFormatException if it is no such file, is damaged, or names what weights have no use for
     */
    public static ZipArchive read(MemorySegment bytes) {
        ZipIndex zip = ZipIndex.read(bytes);
        for (String name : zip.names()) {
            if (name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length()) {
                String folder = name.substring(0, name.length() - PICKLE.length());
                requireLittleEndian(zip, folder + "/byteorder");
                return new ZipArchive(zip, folder);
            }
        }
        throw new TorchFormatException("is a zip file without the entry data.pkl");
    }

    private static void requireLittleEndian(ZipIndex zip, String name) {
        if (zip.has(name)) {
            MemorySegment order = zip.content(name);
            if (order.byteSize() > 16 || !new String(order.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8).strip().equals("little")) {
                throw new TorchFormatException("was written with another byte order than little-endian");
            }
        }
    }

    /** ('storage', class, key, device, numel). */
    private static Storage storage(List<Object> id) {
        if (id.size() != 5 || !"storage".equals(id.get(0)) || !(id.get(1) instanceof PickledGlobal type) || !type.isStorage()
                || !(id.get(2) instanceof String key) || !(id.get(4) instanceof Long numel)) {
            throw new TorchFormatException("refers to a storage in an unknown way");
        }
        return new Storage(type.name(), key, 0, numel);
    }

    @Override
    public Object root() {
        return root;
    }

    @Override
    public MemorySegment elements(Storage storage, int width) {
        return TorchArchive.part(zip.content(folder + "/data/" + storage.key()), storage, width);
    }
}
