// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;
import dev.mixed.engine.ops.Tile;
import dev.mixed.intrinsics.Capability;

/** Lowers element by element launches, one for one. */
public final class PointwiseLowering implements Lowering {
    private static final KernelPair FILL = new KernelPair(Kernel.grid("gpu.fill.f32", PointwiseGrid::fill),
            Kernel.grid("gpu.fill.f16", PointwiseGridHalf::fill));
    private static final Kernel FILL_WIDE = Kernel.grid("wide.fill.f32", PointwiseWide::fill);

    private final boolean intrinsics;

    private final LaunchByLaunch rules = new LaunchByLaunch()
            .tiled(Elementwise.ADD, new KernelPair(Kernel.grid("gpu.add.f32", PointwiseGrid::add), Kernel.grid("gpu.add.f16", PointwiseGridHalf::add)))
            .tiled(Elementwise.ADD_INTO, new KernelPair(Kernel.grid("gpu.add_into.f32", PointwiseGrid::addInto),
                    Kernel.grid("gpu.add_into.f16", PointwiseGridHalf::addInto)))
            .tiled(Elementwise.ADD_HALF_INTO_FLOAT, Kernel.grid("gpu.add_into.f32.f16", PointwiseGrid::addHalfIntoFloat))
            .tiled(Elementwise.SCALE_BY, new KernelPair(Kernel.grid("gpu.scale_by.f32", PointwiseGrid::scaleBy),
                    Kernel.grid("gpu.scale_by.f16", PointwiseGridHalf::scaleBy)))
            .with(Elementwise.FILL, this::fill)
            .tiled(Cast.FLOAT_TO_HALF, Kernel.grid("gpu.cast.f32.f16", PointwiseGrid::toHalf))
            .tiled(Cast.HALF_TO_FLOAT, Kernel.grid("gpu.cast.f16.f32", PointwiseGrid::toFloat))
            .tiled(Relu.FORWARD, new KernelPair(Kernel.grid("gpu.relu.f32", PointwiseGrid::relu), Kernel.grid("gpu.relu.f16", PointwiseGridHalf::relu)))
            .tiled(Relu.BACKWARD, new KernelPair(Kernel.grid("gpu.relu_backward.f32", PointwiseGrid::reluBackward),
                    Kernel.grid("gpu.relu_backward.f16", PointwiseGridHalf::reluBackward)))
            .tiled(Broadcast.ADD, new KernelPair(Kernel.grid("gpu.broadcast_add.f32", BroadcastGrid::add),
                    Kernel.grid("gpu.broadcast_add.f16", BroadcastGridHalf::add)))
            .tiled(Broadcast.ADD_INTO, new KernelPair(Kernel.grid("gpu.broadcast_add_into.f32", BroadcastGrid::addInto),
                    Kernel.grid("gpu.broadcast_add_into.f16.f16", BroadcastGridHalf::addInto)))
            .tiled(Broadcast.ADD_FLOAT_INTO_HALF, Kernel.grid("gpu.broadcast_add_into.f16", BroadcastGrid::addFloatIntoHalf));

    /** For the kernels that a GPU can be given. */
    public PointwiseLowering(GpuTarget target) {
        intrinsics = target.has(Capability.SM_75);
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        return rules.lower(program, at, out);
    }

    private boolean fill(Launch launch, LoweredLaunches out) {
        Elementwise.Fill fill = launch.arguments(Elementwise.Fill.class);
        int elements = launch.range();
        if (intrinsics && fill.y().dtype() == DType.F32) {
            out.launch(FILL_WIDE).write(fill.y()).read(out.floats(fill.value())).read(out.ints(elements))
                    .over(Grid.of(Math.ceilDiv(elements, PointwiseWide.TILE), PointwiseWide.THREADS));
            return true;
        }
        out.launch(FILL.of(fill.y().dtype())).write(fill.y()).read(out.floats(fill.value())).read(out.ints(elements)).over(Tile.grid(elements));
        return true;
    }
}
