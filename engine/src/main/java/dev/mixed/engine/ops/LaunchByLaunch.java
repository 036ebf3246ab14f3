// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.function.ToIntFunction;

/** A lowering of single launches, whatever stands around them, each by the rule of its kernel. */
public final class LaunchByLaunch implements Lowering {
    private final IdentityHashMap<Kernel, Rule> rules = new IdentityHashMap<>();

    /** What stands for one launch. */
    @FunctionalInterface
    public interface Rule {
        /** Emits it and returns true, or emits nothing and returns false. */
        boolean lower(Launch launch, LoweredLaunches out);
    }

    /** Adds the rule for a kernel. */
    public LaunchByLaunch with(Kernel kernel, Rule rule) {
        rules.put(kernel, rule);
        return this;
    }

    /** Adds a rule for both kernels of a pair. */
    public LaunchByLaunch with(KernelPair kernels, Rule rule) {
        return with(kernels.f32(), rule).with(kernels.f16(), rule);
    }

    /**
     * Puts grid kernels in the place of element by element loops: {@code grid} takes the loop's buffers, and then {elements, and the loop's integers}.
     * {@link Tile} tells which elements a thread takes.
     */
    public LaunchByLaunch tiled(Kernel loop, Kernel grid) {
        return tiled(loop, grid, Launch::range);
    }

    /** {@link #tiled(Kernel, Kernel)} for both types. */
    public LaunchByLaunch tiled(KernelPair loops, KernelPair grids) {
        return tiled(loops.f32(), grids.f32()).tiled(loops.f16(), grids.f16());
    }

    /** {@link #tiled(Kernel, Kernel, ToIntFunction)} for both types. */
    public LaunchByLaunch tiled(KernelPair loops, KernelPair grids, ToIntFunction<Launch> elements) {
        return tiled(loops.f32(), grids.f32(), elements).tiled(loops.f16(), grids.f16(), elements);
    }

    /** {@link #tiled(Kernel, Kernel)} over a number of elements that the loop's range does not tell. */
    public LaunchByLaunch tiled(Kernel loop, Kernel grid, ToIntFunction<Launch> elements) {
        return with(loop, (launch, out) -> {
            Launch.Builder lowered = out.launch(grid);
            int n = elements.applyAsInt(launch);
            int[] sizes = new int[1 + launch.argumentCount()];
            sizes[0] = n;
            int used = 1;
            for (int a = 0; a < launch.argumentCount(); a++) {
                switch (launch.argument(a)) {
                    case Buffer buffer -> lowered.pass(buffer, Objects.requireNonNull(launch.access(a), "a buffer is read or written"));
                    case Integer constant -> sizes[used++] = constant;
                    case Object other -> throw new IllegalStateException(loop + " has the argument " + other + ", which " + grid + " can't take");
                }
            }
            // As many for all loops, so that their grid kernels take arrays of one length: a GPU compiles lengths into a kernel.
            lowered.read(out.ints(Arrays.copyOf(sizes, Math.max(3, used)))).over(Tile.grid(n));
            return true;
        });
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        Launch launch = program.get(at);
        Rule rule = rules.get(launch.kernel());
        return rule != null && rule.lower(launch, out) ? 1 : 0;
    }
}
