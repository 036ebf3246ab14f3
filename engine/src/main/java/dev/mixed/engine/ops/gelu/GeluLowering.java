// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;
import dev.mixed.engine.ops.reduce.PartialSums;
import dev.mixed.engine.ops.reduce.SumRowsLowering;
import dev.mixed.intrinsics.Capability;

/** Lowers GELU; the exact form's gradient, where it is a bias's gradient too, together with the first step of the sum over its rows. */
public final class GeluLowering implements Lowering {
    private static final KernelPair BACKWARD_AND_SUMS = new KernelPair(Kernel.grid("gpu.gelu_backward_sums.f32", GeluGrid::backwardAndSums),
            Kernel.grid("gpu.gelu_backward_sums.f16", GeluGridHalf::backwardAndSums));

    private static final Kernel WIDE = Kernel.grid("wide.gelu.f16", GeluWide::exact);

    private final boolean intrinsics;
    private final LaunchByLaunch alone = new LaunchByLaunch()
            .tiled(Gelu.EXACT, new KernelPair(Kernel.grid("gpu.gelu.f32", GeluGrid::exact), Kernel.grid("gpu.gelu.f16", GeluGridHalf::exact)))
            .tiled(Gelu.EXACT_BACKWARD, new KernelPair(Kernel.grid("gpu.gelu_backward.f32", GeluGrid::exactBackward),
                    Kernel.grid("gpu.gelu_backward.f16", GeluGridHalf::exactBackward)))
            .tiled(Gelu.TANH,
                    new KernelPair(Kernel.grid("gpu.gelu_tanh.f32", GeluGrid::approximate), Kernel.grid("gpu.gelu_tanh.f16", GeluGridHalf::approximate)))
            .tiled(Gelu.TANH_BACKWARD, new KernelPair(Kernel.grid("gpu.gelu_tanh_backward.f32", GeluGrid::approximateBackward),
                    Kernel.grid("gpu.gelu_tanh_backward.f16", GeluGridHalf::approximateBackward)));

    /** For the kernels that a GPU can be given. */
    public GeluLowering(GpuTarget target) {
        intrinsics = target.has(Capability.SM_75);
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, Gelu.EXACT_BACKWARD)) {
            Launch launch = program.get(at);
            Gelu.Backward gelu = launch.arguments(Gelu.Backward.class);
            int n = SumRowsLowering.columnsSummedLater(program, at, gelu.dx());
            if (n > 0) {
                backwardAndSums(gelu, launch.range() / n, n, out);
                return 1;
            }
        }
        if (intrinsics && program.is(at, Gelu.EXACT.f16())) {
            Launch launch = program.get(at);
            Gelu.Forward gelu = launch.arguments(Gelu.Forward.class);
            out.launch(WIDE).read(gelu.x()).write(gelu.y()).read(out.ints(launch.range())).over(GeluWide.grid(launch.range()));
            return 1;
        }
        return alone.lower(program, at, out);
    }

    private static void backwardAndSums(Gelu.Backward gelu, int rows, int n, LoweredLaunches out) {
        int chunks = SumRowsLowering.chunks(rows);
        Buffer partials = SumRowsLowering.partials(rows, n, out);
        out.launch(BACKWARD_AND_SUMS.of(gelu.x().dtype())).read(gelu.x()).read(gelu.dy()).write(gelu.dx()).write(partials)
                .read(SumRowsLowering.size(rows, n, out)).note(new PartialSums(gelu.dx(), n, partials, chunks, n, 0)).over(SumRowsLowering.grid(rows, n));
    }
}
