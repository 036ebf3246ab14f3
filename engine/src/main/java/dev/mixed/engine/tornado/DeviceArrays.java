// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.DeviceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** All arrays that have memory on the device, and what has to be copied before either side reads. */
final class DeviceArrays {
    /** Above so many bytes, an upload repeats the storage graph's own rather than take device memory for a graph of its own. */
    static final long OWN_UPLOAD = 64L << 20;
    /** Arrays that a task graph of nothing else can hold. */
    private static final int MAX_ARRAYS = GraphSplitter.MAX_NODES / GraphSplitter.NODES_PER_ARRAY - 5;

    private final long capacity;
    private final long ownUpload;
    private final TaskCompiler compiler;
    private final IdentityHashMap<TornadoNativeArray, Residence> residents = new IdentityHashMap<>();
    private final Map<Set<TornadoNativeArray>, UploadGraph> uploads = new HashMap<>();
    private long bytes;
    private int graphs;

    /**
     * @param capacity  bytes of the device's memory
     * @param ownUpload most bytes of an upload that has a graph of its own, {@link #OWN_UPLOAD} but in tests
     * @param compiler  of the graphs' tasks
     */
    DeviceArrays(long capacity, long ownUpload, TaskCompiler compiler) {
        this.compiler = compiler;
        this.capacity = capacity;
        this.ownUpload = ownUpload;
    }

    /** The memory of an array that {@link #admit} has given one. */
    Residence admitted(TornadoNativeArray array) {
        return Objects.requireNonNull(residents.get(array), "the arrays of a program are admitted before it is made");
    }

    /** Bytes of the device's memory that arrays have not been given yet. */
    long left() {
        return capacity - bytes;
    }

    /**
     * Gives arrays that have none device memory, and copies them there.
     *
     * @param blank whether one holds nothing but zeros on the host, or nothing that anybody reads
     */
    void admit(Collection<TornadoNativeArray> arrays, Predicate<TornadoNativeArray> blank) {
        List<TornadoNativeArray> fresh = arrays.stream().filter(a -> !residents.containsKey(a)).distinct().toList();
        if (fresh.isEmpty()) {
            return;
        }
        long wanted = fresh.stream().mapToLong(TornadoNativeArray::getNumBytesOfSegmentWithHeader).sum();
        if (bytes + wanted > capacity) {
            throw new DeviceException("this program needs " + mebibytes(bytes + wanted) + " MiB of GPU memory and the GPU has " + mebibytes(capacity)
                    + " MiB; lower --batch or --length, choose a smaller model, or train with --amp or --gradient-checkpointing.");
        }
        compiler.awaitGraphs();
        for (List<TornadoNativeArray> part : GraphParts.of(fresh, MAX_ARRAYS)) {
            StorageGraph storage = new StorageGraph("storage" + graphs++, part, compiler);
            compiler.upload(part.stream().filter(blank).map(TornadoNativeArray::getSegmentWithHeader).toList(), storage::upload);
            part.forEach(array -> residents.put(array, new Residence(array, storage)));
            bytes += part.stream().mapToLong(TornadoNativeArray::getNumBytesOfSegmentWithHeader).sum();
        }
    }

    private static long mebibytes(long count) {
        return (count + (1 << 20) - 1) >> 20;
    }

    /** The host wrote an array. */
    void hostWrote(TornadoNativeArray array) {
        Residence residence = residents.get(array);
        if (residence != null) {
            residence.hostNewer = true;
            residence.deviceNewer = false;
        }
    }

    /** Copies from the device what a kernel has written. */
    void download(TornadoNativeArray array) {
        Residence residence = residents.get(array);
        if (residence != null && residence.deviceNewer) {
            compiler.awaitGraphs();
            residence.storage.download(array);
            residence.deviceNewer = false;
        }
    }

    /** Copies to the device what the host has written. */
    void upload(Residence[] used) {
        List<Residence> stale = null;
        for (Residence residence : used) {
            if (residence.hostNewer) {
                stale = stale == null ? new ArrayList<>() : stale;
                stale.add(residence);
            }
        }
        if (stale == null) {
            return;
        }
        if (stale.stream().mapToLong(Residence::bytes).sum() > ownUpload) {
            compiler.awaitGraphs();
            uploadStorage(stale);
        } else {
            for (List<TornadoNativeArray> part : GraphParts.of(stale.stream().map(r -> r.array).toList(), MAX_ARRAYS)) {
                uploads.computeIfAbsent(new LinkedHashSet<>(part),
                        _ -> new UploadGraph("upload" + graphs++, part.stream().map(this::admitted).toList(), compiler))
                        .start();
            }
        }
        stale.forEach(r -> r.hostNewer = false);
    }

    /** A storage graph copies all its arrays: what is newer on the device has to come back first. */
    private void uploadStorage(List<Residence> stale) {
        Set<StorageGraph> storages = new LinkedHashSet<>();
        stale.forEach(r -> storages.add(r.storage));
        for (StorageGraph storage : storages) {
            storage.arrays().forEach(this::download);
            storage.upload();
            storage.arrays().forEach(a -> admitted(a).hostNewer = false);
        }
    }
}
