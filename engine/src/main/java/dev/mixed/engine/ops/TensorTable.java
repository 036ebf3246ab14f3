// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Launch.Access;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.halfforms.AlsoHalf;
import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Blocks;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Any number of tensors for one launch, where {@link MultiTensor} takes as many as a kernel has arguments: launches that run once leave the tensors'
 * addresses in a table.
 *
 * <p>A block takes a chunk of {@link MultiTensor#CHUNK} elements of one entry. The layout has for each block its entry, and then for each entry
 * {@link #NUMBERS} numbers: its first block, its elements, an offset and a number that mean what the kernel says.
 */
public final class TensorTable {
    /** Arrays to a launch that keeps addresses. */
    static final int KEPT = 16;
    /** Places of an entry's numbers. */
    private static final int FIRST_BLOCK = 0, ELEMENTS = 1, OFFSET = 2, NUMBER = 3;
    private static final int NUMBERS = 4;
    private static final Kernel ADDRESSES = Kernel.grid("wide.addresses", TensorTable::keepAddresses);
    private static final Kernel ADDRESSES_OF_HALVES = Kernel.grid("wide.addresses_of_halves", TensorTableHalf::keepAddresses);

    private final int arrays;
    private final Access[] accesses;
    private final List<Entry> entries = new ArrayList<>();

    /** @param elements of each of an entry's arrays, all F32 */
    private record Entry(List<Buffer> arrays, int elements, int offset, float number) {
    }

    /** The ints that a kernel takes: the arrays' addresses, entry by entry, and the layout. */
    public record Tables(Buffer addresses, Buffer layout, Grid grid) {
    }

    /** For entries of some arrays each, which the kernel will use so. */
    public TensorTable(Access... accesses) {
        this.accesses = accesses.clone();
        arrays = accesses.length;
        if (KEPT % arrays != 0) {
            throw new IllegalArgumentException(arrays + " arrays do not divide " + KEPT);
        }
    }

    /** Adds an entry. */
    public void add(List<Buffer> buffers, int elements, int offset, float number) {
        entries.add(new Entry(buffers, elements, offset, number));
    }

    /** Emits the launches that keep the addresses. */
    public Tables emit(LoweredLaunches out) {
        Buffer table = addresses(entries.stream().flatMap(entry -> entry.arrays.stream()).toList(), i -> accesses[i % arrays], out);
        int blocks = entries.stream().mapToInt(entry -> chunks(entry.elements)).sum();
        return new Tables(table, out.ints(layout(blocks)), Grid.of(blocks, MultiTensor.THREADS));
    }

    /** Emits the launches that keep the addresses of buffers in a table, all F32 or all F16. */
    public static Buffer addresses(List<Buffer> all, IntFunction<Access> access, LoweredLaunches out) {
        Buffer table = out.table(2 * Math.ceilDiv(all.size(), KEPT) * KEPT);
        Kernel kernel = all.getFirst().dtype() == DType.F32 ? ADDRESSES : ADDRESSES_OF_HALVES;
        for (int first = 0; first < all.size(); first += KEPT) {
            Launch.Builder launch = out.launch(kernel).update(table).read(out.ints(first));
            for (int i = 0; i < KEPT; i++) {
                boolean there = first + i < all.size();
                launch.pass(all.get(there ? first + i : first), there ? access.apply(first + i) : Access.READ);
            }
            launch.once().over(Grid.of(1, 1));
        }
        return table;
    }

    private int[] layout(int blocks) {
        int[] layout = new int[blocks + NUMBERS * entries.size()];
        int block = 0;
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            int at = blocks + NUMBERS * i;
            layout[at + FIRST_BLOCK] = block;
            layout[at + ELEMENTS] = entry.elements;
            layout[at + OFFSET] = entry.offset;
            layout[at + NUMBER] = Float.floatToRawIntBits(entry.number);
            for (int end = block + chunks(entry.elements); block < end; block++) {
                layout[block] = i;
            }
        }
        return layout;
    }

    private static int chunks(int elements) {
        return Math.ceilDiv(elements, MultiTensor.CHUNK);
    }

    /** Leaves the addresses of 16 arrays in a table, from entry first[0] on. */
    public static void keepAddresses(KernelContext context, IntArray table, IntArray first, @AlsoHalf FloatArray a0, @AlsoHalf FloatArray a1,
            @AlsoHalf FloatArray a2, @AlsoHalf FloatArray a3,
            @AlsoHalf FloatArray a4, @AlsoHalf FloatArray a5, @AlsoHalf FloatArray a6, @AlsoHalf FloatArray a7, @AlsoHalf FloatArray a8,
            @AlsoHalf FloatArray a9, @AlsoHalf FloatArray a10, @AlsoHalf FloatArray a11, @AlsoHalf FloatArray a12,
            @AlsoHalf FloatArray a13, @AlsoHalf FloatArray a14, @AlsoHalf FloatArray a15) {
        if (context.globalIdx == 0) {
            int at = first.get(0);
            Addresses.keep(table, at, a0);
            Addresses.keep(table, at + 1, a1);
            Addresses.keep(table, at + 2, a2);
            Addresses.keep(table, at + 3, a3);
            Addresses.keep(table, at + 4, a4);
            Addresses.keep(table, at + 5, a5);
            Addresses.keep(table, at + 6, a6);
            Addresses.keep(table, at + 7, a7);
            Addresses.keep(table, at + 8, a8);
            Addresses.keep(table, at + 9, a9);
            Addresses.keep(table, at + 10, a10);
            Addresses.keep(table, at + 11, a11);
            Addresses.keep(table, at + 12, a12);
            Addresses.keep(table, at + 13, a13);
            Addresses.keep(table, at + 14, a14);
            Addresses.keep(table, at + 15, a15);
        }
    }

    /** The entry that a block works on. */
    public static int entry(IntArray layout, int block) {
        return layout.get(block);
    }

    /** The block's chunk of its entry. */
    public static int chunk(IntArray layout, int entry, int block) {
        return block - layout.get(Blocks.gridX() + NUMBERS * entry + FIRST_BLOCK);
    }

    /** The end of a chunk of an entry. */
    public static int end(IntArray layout, int entry, int chunk) {
        int elements = layout.get(Blocks.gridX() + NUMBERS * entry + ELEMENTS);
        int end = (chunk + 1) * MultiTensor.CHUNK;
        return end < elements ? end : elements;
    }

    /** The offset of an entry. */
    public static int offset(IntArray layout, int entry) {
        return layout.get(Blocks.gridX() + NUMBERS * entry + OFFSET);
    }

    /** The bits of an entry's number. */
    public static int numberBits(IntArray layout, int entry) {
        return layout.get(Blocks.gridX() + NUMBERS * entry + NUMBER);
    }
}
