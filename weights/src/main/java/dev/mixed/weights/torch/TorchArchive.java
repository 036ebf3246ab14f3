// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.lang.foreign.MemorySegment;

/** What {@code torch.save} wrote: one object, and the storages of the tensors in it. */
public sealed interface TorchArchive permits ZipArchive, LegacyArchive {

    /** The saved object; see {@link Unpickler}. */
    Object root();

    /**
     * The little-endian elements of a storage, a slice of the file.
     *
     * @param width bytes of one element
     * @throws TorchFormatException if the file does not hold all of them
     */
    MemorySegment elements(Storage storage, int width);

    /** {@code numel} elements from element {@code offset} of {@code bytes} on. */
    static MemorySegment part(MemorySegment bytes, Storage storage, int width) {
        long held = bytes.byteSize() / width;
        if (storage.offset() < 0 || storage.numel() < 0 || storage.offset() > held || storage.numel() > held - storage.offset()) {
            throw new TorchFormatException("has a storage of " + storage.numel() + " elements but only " + bytes.byteSize() + " bytes for them");
        }
        return bytes.asSlice(storage.offset() * width, storage.numel() * width);
    }
}
