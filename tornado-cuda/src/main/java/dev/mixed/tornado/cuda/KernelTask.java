// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.KernelGrid;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * A kernel and what it is called with.
 *
 * @param code      the method reference, one of TornadoVM's {@code TaskN} interfaces
 * @param arguments all arguments, in order: arrays, numbers, a {@link KernelContext} first in a grid kernel. Of an array only type and size count
 * @param grid      the grid of a grid kernel; null where TornadoVM derives it from parallel loops
 */
public record KernelTask(Object code, List<Object> arguments, @Nullable WorkerGrid grid) {
    /**
     * What the compiled code depends on besides the kernel's class files: each number, bit by bit, each array's type and size, and whether a grid is
     * a single thread, for which TornadoVM compiles sequential code. Other grids share their code.
     *
     * @throws IllegalArgumentException for an argument that is neither array, number nor context
     */
    String signature() {
        StringBuilder text = new StringBuilder();
        for (Object argument : arguments) {
            text.append(' ').append(switch (argument) {
                case TornadoNativeArray array -> array.getClass().getSimpleName() + "[" + array.getSize() + "]";
                case KernelContext _ -> "context";
                case Integer value -> "int " + value;
                case Long value -> "long " + value;
                case Float value -> "float " + Integer.toHexString(Float.floatToRawIntBits(value));
                case Double value -> "double " + Long.toHexString(Double.doubleToRawLongBits(value));
                case Boolean value -> "boolean " + value;
                case Byte value -> "byte " + value;
                case Short value -> "short " + value;
                case Character value -> "char " + (int) value;
                default -> throw new IllegalArgumentException("a kernel takes no " + argument.getClass().getName());
            }).append(';');
        }
        if (grid != null && isOne(grid.getGlobalWork())) {
            text.append(" alone");
        }
        return text.toString();
    }

    /** What the code of a kernel on intrinsics depends on of its grid. */
    String bounds() {
        return grid instanceof KernelGrid kernel
                ? kernel.threads() + " threads " + kernel.blocksPerProcessor() + " blocks " + kernel.maps().size() + " maps"
                : "";
    }

    private static boolean isOne(long @Nullable [] work) {
        long threads = 1;
        for (long size : work == null ? new long[0] : work) {
            threads *= size;
        }
        return threads == 1;
    }
}
