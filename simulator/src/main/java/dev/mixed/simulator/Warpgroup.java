// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** Four neighbouring warps, which multiply together (wgmma) and share their registers (setmaxnreg). */
final class Warpgroup extends Team {
    static final int SIZE = 128;
    private static final int ROWS = 64;
    private static final int DEPTH = 16;
    private static final int WARPS = SIZE / Warp.SIZE;
    private static final int MIN_REGISTERS = 24;
    private static final int MAX_REGISTERS = 256;
    private static final int REGISTERS = 64 * 1024;

    /** A thread's part of a product; {@code a} is empty where it lies in shared memory. */
    record Lane(WgmmaThread thread, float[] sums, int n, long left, int[] a, int aAt, long right, boolean accumulate, boolean transposeA,
            boolean transposeB) {
        boolean inShared() {
            return a.length == 0;
        }

        boolean sameProduct(Lane other) {
            return n == other.n && left == other.left && inShared() == other.inShared() && right == other.right && accumulate == other.accumulate
                    && transposeA == other.transposeA && transposeB == other.transposeB;
        }
    }

    /** Registers a thread; 0 until they are set. */
    private int registers;

    Warpgroup(Block block, List<SimulatedThread> threads) {
        super(block, "warpgroup", SIZE);
        threads.forEach(this::add);
    }

    /** A warp's threads wait for each other; the four warps of a warpgroup do not. */
    @Override
    void order() {
        for (int warp = 0; warp < WARPS; warp++) {
            block().order().meet(members().subList(warp * Warp.SIZE, (warp + 1) * Warp.SIZE));
        }
    }

    // --- registers ---------------------------------------------------------------------------------------------------------------

    void setRegisters(SimulatedThread thread, int count, boolean more) {
        if (count % 8 != 0 || count < MIN_REGISTERS || count > MAX_REGISTERS) {
            throw thread.fault(count + " registers a thread: they are a multiple of 8 from " + MIN_REGISTERS + " to " + MAX_REGISTERS + SourceLines.here(),
                    null);
        }
        collective(thread, "setmaxnreg", count, false, counts -> {
            for (int i = 0; i < SIZE; i++) {
                if (counts.get(i) != count) {
                    throw members().get(i).fault("setmaxnreg of " + counts.get(i) + " registers where thread " + thread.name()
                            + " of its warpgroup has " + count + SourceLines.here(), null);
                }
            }
            change(thread, count, more);
            return Collections.nCopies(SIZE, true);
        });
    }

    private void change(SimulatedThread thread, int count, boolean more) {
        int before = registers == 0 ? block().registersAtStart() : registers;
        if (more ? count < before : count > before) {
            throw thread.fault((more ? "moreRegisters" : "fewerRegisters") + " of " + count + " where the warpgroup has " + before + SourceLines.here(), null);
        }
        registers = count;
        int total = 0;
        for (Warpgroup group : block().warpgroups()) {
            if (group.registers == 0) {
                return;
            }
            total += group.registers;
        }
        int blocks = block().launch().blocksPerProcessor();
        if (total * SIZE * blocks > REGISTERS) {
            throw thread.fault("the warpgroups' registers are " + total * SIZE * blocks + " in all; a multiprocessor has " + REGISTERS
                    + SourceLines.here(), null);
        }
    }

    // --- products ----------------------------------------------------------------------------------------------------------------

    void multiply(SimulatedThread thread, Lane lane) {
        collective(thread, "wgmma", lane, this::multiply);
    }

    private List<Boolean> multiply(List<Lane> lanes) {
        Lane first = lanes.getFirst();
        for (int i = 0; i < SIZE; i++) {
            if (!lanes.get(i).sameProduct(first)) {
                throw members().get(i).fault("wgmma with other operands than thread " + members().getFirst().name()
                        + " of its warpgroup, all of whose threads must give the same" + SourceLines.here(), null);
            }
        }
        int n = first.n;
        float[] a = new float[ROWS * DEPTH];
        float[] b = new float[n * DEPTH];
        for (int warp = 0; warp < WARPS; warp++) {
            Lane lane = lanes.get(warp * Warp.SIZE);
            if (lane.inShared()) {
                operand(lane.thread, lane.left, lane.transposeA, a, warp * 16, 16);
            } else {
                fragments(lanes.subList(warp * Warp.SIZE, (warp + 1) * Warp.SIZE), a, warp * 16);
            }
            // Each warp reads the whole of b, so each must have waited for it.
            operand(lane.thread, lane.right, lane.transposeB, b, 0, n);
        }
        for (int i = 0; i < SIZE; i++) {
            float[] sums = lanes.get(i).thread.start(lanes.get(i));
            int row = i / Warp.SIZE * 16 + i % Warp.SIZE / 4;
            for (int j = 0; j < n / 2; j++) {
                int from = (row + j / 2 % 2 * 8) * DEPTH;
                int column = (j / 4 * 8 + i % 4 * 2 + j % 2) * DEPTH;
                float total = first.accumulate ? sums[j] : 0;
                for (int k = 0; k < DEPTH; k++) {
                    total += a[from + k] * b[column + k];
                }
                sums[j] = total;
            }
        }
        return Collections.nCopies(SIZE, true);
    }

    /** a of a warp's rows from its threads' registers, as in mma.m16n8k16. */
    private static void fragments(List<Lane> lanes, float[] a, int top) {
        for (int lane = 0; lane < Warp.SIZE; lane++) {
            for (int i = 0; i < 4; i++) {
                int word = lanes.get(lane).a[lanes.get(lane).aAt + i];
                int at = (top + lane / 4 + i % 2 * 8) * DEPTH + lane % 4 * 2 + i / 2 * 8;
                a[at] = Float.float16ToFloat((short) word);
                a[at + 1] = Float.float16ToFloat((short) (word >>> 16));
            }
        }
    }

    /** Reads rows (of a) or columns (of b) from {@code from} on, each along k, from where the descriptor says. */
    private static void operand(WgmmaThread reader, long descriptor, boolean transposed, float[] to, int from, int count) {
        Descriptor d = Descriptor.of(reader.thread(), descriptor, transposed);
        for (int line = from; line < from + count; line += transposed ? 2 : 1) {
            for (int k = 0; k < DEPTH; k += transposed ? 1 : 2) {
                int word = reader.read(Swizzle.of(d.address(line, k)));
                float low = Float.float16ToFloat((short) word);
                float high = Float.float16ToFloat((short) (word >>> 16));
                to[line * DEPTH + k] = low;
                to[transposed ? (line + 1) * DEPTH + k : line * DEPTH + k + 1] = high;
            }
        }
    }

    /** What a descriptor says, in bytes. */
    private record Descriptor(int start, int leading, int stride, boolean transposed) {
        static Descriptor of(SimulatedThread thread, long bits, boolean transposed) {
            // Bits 62 and 63: swizzled in rows of 128 bytes. The fields are 14 bits each; the base offset, bits 49 to 51, is 0.
            if (bits >>> 62 != 1 || (bits & ~(3L << 62 | 0x3FFFL << 32 | 0x3FFFL << 16 | 0x3FFFL)) != 0) {
                throw thread.fault("wgmma with " + Long.toHexString(bits) + ", which is no descriptor of a swizzled matrix" + SourceLines.here(), null);
            }
            Descriptor d = new Descriptor((int) (bits & 0x3FFF) << 4, (int) (bits >> 16 & 0x3FFF) << 4, (int) (bits >> 32 & 0x3FFF) << 4, transposed);
            if (d.start % 1024 >= 128 || d.stride % 1024 != 0 || transposed && d.leading % 1024 != 0) {
                throw thread.fault("wgmma with a matrix at address " + d.start + ", leading " + d.leading + " and stride " + d.stride
                        + " bytes: its groups of 8 rows of 128 bytes must begin at multiples of 1024" + SourceLines.here(), null);
            }
            return d;
        }

        int address(int line, int k) {
            return transposed ? start + line % 64 * 2 + line / 64 * leading + k % 8 * 128 + k / 8 * stride
                    : start + line % 8 * 128 + line / 8 * stride + k * 2;
        }
    }

    static Warpgroup of(SimulatedThread thread, String operation) {
        List<Warpgroup> groups = thread.block().warpgroups();
        int number = thread.number() / SIZE;
        if (number >= groups.size()) {
            throw thread.fault(operation + " needs a warpgroup, 128 threads, from thread " + number * SIZE + " of the block on" + SourceLines.here(), null);
        }
        return Objects.requireNonNull(groups.get(number));
    }
}
