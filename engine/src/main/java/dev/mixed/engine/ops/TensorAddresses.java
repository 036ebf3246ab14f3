// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch.Access;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.intrinsics.Addresses;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Where buffers lie on a GPU, for libraries that work on them beside kernels. */
public final class TensorAddresses {
    private static final Kernel OF_INTS = Kernel.grid("wide.address_of_ints", TensorAddresses::keepInts);

    private TensorAddresses() {
    }

    /**
     * Emits launches that leave the addresses of buffers of one type in a table, two ints each, low bits first. They count as writing the buffers: others
     * do later.
     */
    public static Buffer emit(List<Buffer> buffers, LoweredLaunches out) {
        if (buffers.getFirst().dtype() != DType.I32) {
            return TensorTable.addresses(buffers, _ -> Access.READ_WRITE, out);
        }
        Buffer table = out.table(2 * buffers.size());
        for (int i = 0; i < buffers.size(); i++) {
            Buffer buffer = buffers.get(i);
            out.launch(OF_INTS).update(table).read(out.ints(i)).update(buffer).once().over(Grid.of(1, 1));
        }
        return table;
    }

    /** Leaves the address of ints in a table, as entry first[0]. */
    public static void keepInts(KernelContext context, IntArray table, IntArray first, IntArray array) {
        if (context.globalIdx == 0) {
            Addresses.keep(table, first.get(0), array);
        }
    }
}
