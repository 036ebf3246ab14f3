// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import static dev.mixed.engine.ops.MultiTensor.CHUNK;
import static dev.mixed.engine.ops.MultiTensor.THREADS;
import static dev.mixed.engine.ops.optimizer.OptimGrid.BETA2;
import static dev.mixed.engine.ops.optimizer.OptimGrid.EPS;
import static dev.mixed.engine.ops.optimizer.OptimGrid.RATE;
import static dev.mixed.engine.ops.optimizer.OptimGrid.REST1;
import static dev.mixed.engine.ops.optimizer.OptimGrid.REST2;
import static dev.mixed.engine.ops.optimizer.OptimGrid.ROOT;
import static dev.mixed.engine.ops.optimizer.OptimGrid.SCALE;
import static dev.mixed.engine.ops.optimizer.OptimGrid.STEP_SIZE;
import static dev.mixed.engine.ops.optimizer.OptimGrid.TAKEN;

import dev.mixed.engine.ops.TensorTable;
import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Kernels over all parameters, or all gradients, at once, with the formulas of {@link Optim}; see {@link TensorTable} for the tables. */
final class OptimWide {
    private static final int WARP = 32;
    private static final int WARPS = THREADS / WARP;
    /** Elements that a block takes at once, four to a thread. */
    private static final int STEP = 4 * THREADS;
    /** A thread's elements of a whole chunk. */
    private static final int OWN = CHUNK / THREADS;

    private OptimWide() {
    }

    /**
     * For each chunk of a gradient g whether it holds NaN or a magnitude above its limit, 1 or 0, and the sum of squares of its elements times factor[0].
     * An entry's offset is its first chunk's place, its number the limit.
     */
    static void check(KernelContext context, IntArray addresses, IntArray layout, FloatArray factor, FloatArray flags, FloatArray sums) {
        int shared = SharedMemory.allocate(2 * 4 * WARPS);
        int block = context.groupIdx;
        int entry = TensorTable.entry(layout, block);
        int chunk = TensorTable.chunk(layout, entry, block);
        int end = TensorTable.end(layout, entry, chunk);
        long g = Addresses.at(addresses, entry);
        int limit = TensorTable.numberBits(layout, entry);
        float f = factor.get(0);
        int thread = context.localIdx;
        int first = chunk * CHUNK + 4 * thread;
        float[] v = Registers.floats(OWN);
        // All loads come before the first sum, and no branch between them: a thread that waits for some before the next leaves memory idle.
        if (end == (chunk + 1) * CHUNK) {
            loadOwn(v, g, first);
        } else {
            load(v, 0, g, first, end);
            load(v, 4, g, first + STEP, end);
            load(v, 8, g, first + 2 * STEP, end);
            load(v, 12, g, first + 3 * STEP, end);
        }
        float bad = 0f;
        float sum = 0f;
        for (int k = 0; k < OWN; k++) {
            float value = Registers.get(v, k);
            // Bits of floats above 0 are in their order, and NaN's are above all: TornadoVM turns comparisons of floats round, and NaN then passes.
            bad += (FastMath.bits(value) & 0x7FFFFFFF) > limit ? 1f : 0f;
            float unscaled = value * f;
            sum += unscaled * unscaled;
        }
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            bad += Warps.shuffleXor(bad, distance);
            sum += Warps.shuffleXor(sum, distance);
        }
        if (thread % WARP == 0) {
            SharedMemory.storeFloat(shared + thread / WARP * 8, bad);
            SharedMemory.storeFloat(shared + thread / WARP * 8 + 4, sum);
        }
        Blocks.barrier();
        if (thread == 0) {
            float allBad = 0f;
            float all = 0f;
            for (int w = 0; w < WARPS; w++) {
                allBad += SharedMemory.loadFloat(shared + 8 * w);
                all += SharedMemory.loadFloat(shared + 8 * w + 4);
            }
            int place = TensorTable.offset(layout, entry) + chunk;
            GlobalMemory.store(flags, place, allBad > 0f ? 1f : 0f);
            GlobalMemory.store(sums, place, all);
        }
    }

    /**
     * An AdamW step of parameters p with gradients g and moments m and v, which are an entry's arrays in this order; its number is the weight decay. An
     * offset of n above 0 says that entry n - 1 of {@code halves} is the address of p's half copy. See {@link OptimGrid#prepareAdamw} for numbers.
     */
    static void adamw(KernelContext context, IntArray addresses, IntArray layout, IntArray halves, FloatArray numbers) {
        if (numbers.get(TAKEN) != 0f) {
            int block = context.groupIdx;
            int entry = TensorTable.entry(layout, block);
            int chunk = TensorTable.chunk(layout, entry, block);
            int end = TensorTable.end(layout, entry, chunk);
            long p = Addresses.at(addresses, 4 * entry);
            long g = Addresses.at(addresses, 4 * entry + 1);
            long m = Addresses.at(addresses, 4 * entry + 2);
            long v = Addresses.at(addresses, 4 * entry + 3);
            int copied = TensorTable.offset(layout, entry);
            long half = copied > 0 ? Addresses.at(halves, copied - 1) : 0L;
            float scale = numbers.get(SCALE);
            float stepSize = numbers.get(STEP_SIZE);
            float root = numbers.get(ROOT);
            float rest1 = numbers.get(REST1);
            float beta2 = numbers.get(BETA2);
            float rest2 = numbers.get(REST2);
            float eps = numbers.get(EPS);
            float keep = 1f - numbers.get(RATE) * FastMath.ofBits(TensorTable.numberBits(layout, entry));
            int first = chunk * CHUNK + 4 * context.localIdx;
            if (end == (chunk + 1) * CHUNK) {
                float[] ps = Registers.floats(OWN);
                float[] gs = Registers.floats(OWN);
                float[] ms = Registers.floats(OWN);
                float[] vs = Registers.floats(OWN);
                // All loads come before the first sum, as above.
                loadOwn(ps, p, first);
                loadOwn(gs, g, first);
                loadOwn(ms, m, first);
                loadOwn(vs, v, first);
                update(ps, gs, ms, vs, OWN, scale, stepSize, root, rest1, beta2, rest2, eps, keep);
                storeOwn(p, first, ps);
                if (copied > 0) {
                    storeOwnHalves(half, first, ps);
                }
                storeOwn(m, first, ms);
                storeOwn(v, first, vs);
            } else {
                for (int e = first; e < end; e += STEP) {
                    float[] ps = Registers.floats(4);
                    float[] gs = Registers.floats(4);
                    float[] ms = Registers.floats(4);
                    float[] vs = Registers.floats(4);
                    load(ps, 0, p, e, end);
                    load(gs, 0, g, e, end);
                    load(ms, 0, m, e, end);
                    load(vs, 0, v, e, end);
                    update(ps, gs, ms, vs, 4, scale, stepSize, root, rest1, beta2, rest2, eps, keep);
                    store(p, e, end, ps);
                    if (copied > 0) {
                        storeHalves(half, e, end, ps);
                    }
                    store(m, e, end, ms);
                    store(v, e, end, vs);
                }
            }
        }
    }

    /** The step of a thread's {@code count} elements. */
    private static void update(float[] ps, float[] gs, float[] ms, float[] vs, int count, float scale, float stepSize, float root, float rest1, float beta2,
            float rest2, float eps, float keep) {
        for (int k = 0; k < count; k++) {
            float g0 = Registers.get(gs, k) * scale;
            float m0 = Registers.get(ms, k);
            float v1 = Registers.get(vs, k) * beta2 + rest2 * g0 * g0;
            float m1 = m0 + (g0 - m0) * rest1;
            Registers.set(ms, k, m1);
            Registers.set(vs, k, v1);
            Registers.set(ps, k, Registers.get(ps, k) * keep - stepSize * (m1 / (TornadoMath.sqrt(v1) * root + eps)));
        }
    }

    /** A thread's floats of a whole chunk: four from {@code first} on, and four more after each step. */
    private static void loadOwn(float[] to, long address, int first) {
        for (int i = 0; i < OWN / 4; i++) {
            Addresses.load4(to, 4 * i, address, first + i * STEP);
        }
    }

    private static void storeOwn(long address, int first, float[] from) {
        for (int i = 0; i < OWN / 4; i++) {
            Addresses.store4(address, first + i * STEP, from, 4 * i);
        }
    }

    private static void storeOwnHalves(long address, int first, float[] from) {
        for (int i = 0; i < OWN / 4; i++) {
            int low = Halves.pack(Registers.get(from, 4 * i), Registers.get(from, 4 * i + 1));
            Addresses.storeHalves4(address, first + i * STEP, low, Halves.pack(Registers.get(from, 4 * i + 2), Registers.get(from, 4 * i + 3)));
        }
    }

    /** Four floats from e on, zeros from the end on. */
    private static void load(float[] to, int at, long address, int e, int end) {
        if (e + 3 < end) {
            Addresses.load4(to, at, address, e);
        } else if (e < end) {
            Registers.set(to, at, Addresses.load(address, e));
            if (e + 1 < end) {
                Registers.set(to, at + 1, Addresses.load(address, e + 1));
            }
            if (e + 2 < end) {
                Registers.set(to, at + 2, Addresses.load(address, e + 2));
            }
        }
    }

    private static void store(long address, int e, int end, float[] from) {
        if (e + 3 < end) {
            Addresses.store4(address, e, from, 0);
        } else if (e < end) {
            Addresses.store(address, e, Registers.get(from, 0));
            if (e + 1 < end) {
                Addresses.store(address, e + 1, Registers.get(from, 1));
            }
            if (e + 2 < end) {
                Addresses.store(address, e + 2, Registers.get(from, 2));
            }
        }
    }

    private static void storeHalves(long address, int e, int end, float[] from) {
        if (e + 3 < end) {
            Addresses.storeHalves4(address, e, Halves.pack(Registers.get(from, 0), Registers.get(from, 1)),
                    Halves.pack(Registers.get(from, 2), Registers.get(from, 3)));
        } else if (e < end) {
            Addresses.storeHalf(address, e, Registers.get(from, 0));
            if (e + 1 < end) {
                Addresses.storeHalf(address, e + 1, Registers.get(from, 1));
            }
            if (e + 2 < end) {
                Addresses.storeHalf(address, e + 2, Registers.get(from, 2));
            }
        }
    }
}
