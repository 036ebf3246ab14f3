// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.reduce.ChunkSumsLowering;
import dev.mixed.engine.ops.reduce.PartialSums;
import dev.mixed.engine.ops.reduce.SumRows;
import dev.mixed.intrinsics.Capability;
import org.jspecify.annotations.Nullable;

/**
 * Lowers layer normalisation, together with what stands around it in a transformer: dropout and the residual's addition before it, and after its
 * backward pass the dropout of the gradient.
 */
public final class LayerNormLowering implements Lowering {
    private static final KernelPair FORWARD = new KernelPair(Kernel.grid("gpu.layer_norm.f32", LayerNormGrid::forward),
            Kernel.grid("gpu.layer_norm.f16", LayerNormGridHalf::forward));
    private static final KernelPair ADD_NORMALIZE = new KernelPair(Kernel.grid("gpu.add_layer_norm.f32", LayerNormGrid::addNormalize),
            Kernel.grid("gpu.add_layer_norm.f16", LayerNormGridHalf::addNormalize));
    private static final KernelPair BACKWARD = new KernelPair(Kernel.grid("gpu.layer_norm_backward.f32", LayerNormGrid::backward),
            Kernel.grid("gpu.layer_norm_backward.f16", LayerNormGridHalf::backward));
    private static final Kernel ADD_NORMALIZE_WIDE = Kernel.grid("wide.add_layer_norm.f16", LayerNormWide::addNormalize);
    private static final Kernel FORWARD_WIDE = Kernel.grid("wide.layer_norm.f16", LayerNormWideAlone::normalizeAlone);
    private static final Kernel NORMALIZE_WIDE = Kernel.grid("wide.normalize.f16", LayerNormWideAgain::normalizeRows);
    private static final Kernel BACKWARD_WIDE = Kernel.grid("wide.layer_norm_backward.f16", LayerNormWideBackward::backward);
    /** Blocks of the backward pass: two to each multiprocessor of an H100 or H200; another number costs time, not correctness. */
    private static final int BLOCKS = 264;

    private final boolean intrinsics;
    private final int mostBlocks;

    /** For the kernels that a GPU can be given. */
    public LayerNormLowering(GpuTarget target) {
        this(target, BLOCKS);
    }

    /** With another number of blocks of the backward pass. */
    LayerNormLowering(GpuTarget target, int mostBlocks) {
        intrinsics = target.has(Capability.SM_75);
        this.mostBlocks = mostBlocks;
    }

    /** Whether the kernels on intrinsics take rows of n elements. */
    private boolean wide(DType dtype, int n) {
        return intrinsics && dtype == DType.F16 && n % LayerNormWide.UNIT == 0 && n <= LayerNormWide.MOST_SPANS * LayerNormWide.SPAN;
    }

    /** y once more, from x, mean and rstd: a {@link dev.mixed.engine.Recomputation} of rows that the kernels on intrinsics take. */
    public boolean again(Launch launch, Buffer result, Buffer copy, LoweredLaunches out) {
        if (launch.kernel() != LayerNorm.FORWARD.f16()) {
            return false;
        }
        LayerNorm.Forward norm = launch.arguments(LayerNorm.Forward.class);
        if (norm.y() != result || !wide(DType.F16, norm.n())) {
            return false;
        }
        out.launch(LayerNorm.NORMALIZE.f16()).read(norm.x()).read(norm.gamma()).read(norm.beta()).read(norm.mean()).read(norm.rstd()).write(copy)
                .ints(norm.n()).over(launch.range(), 2L * norm.n());
        return true;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, LayerNorm.FORWARD)) {
            normalize(program.get(at), out);
            return 1;
        }
        if (program.is(at, LayerNorm.NORMALIZE)) {
            return normalizeAgain(program.get(at), out);
        }
        if (program.is(at, LayerNorm.BACKWARD)) {
            return backward(program, at, out);
        }
        if (program.is(at, Dropout.APPLY) && program.is(at + 1, Elementwise.ADD) && program.is(at + 2, LayerNorm.FORWARD)) {
            return addNormalize(program, program.get(at).arguments(Dropout.Arguments.class), at + 1, out) ? 3 : 0;
        }
        if (program.is(at, Elementwise.ADD) && program.is(at + 1, LayerNorm.FORWARD)) {
            return addNormalize(program, null, at, out) ? 2 : 0;
        }
        return 0;
    }

    private void normalize(Launch launch, LoweredLaunches out) {
        LayerNorm.Forward norm = launch.arguments(LayerNorm.Forward.class);
        int rows = launch.range();
        if (wide(norm.x().dtype(), norm.n())) {
            out.launch(FORWARD_WIDE).read(norm.x()).read(norm.gamma()).read(norm.beta()).write(norm.y()).write(norm.mean()).write(norm.rstd())
                    .read(out.ints(rows, norm.n())).read(out.floats(norm.eps())).ints(spans(norm.n()))
                    .over(Grid.of(Math.ceilDiv(rows, LayerNormWide.WARPS), LayerNormWide.WARPS * LayerNormWide.WARP));
            return;
        }
        out.launch(FORWARD.of(norm.x().dtype())).read(norm.x()).read(norm.gamma()).read(norm.beta()).write(norm.y()).write(norm.mean())
                .write(norm.rstd()).read(out.ints(rows, norm.n())).read(out.floats(norm.eps())).over(grid(rows));
    }

    private int normalizeAgain(Launch launch, LoweredLaunches out) {
        LayerNorm.Normalize norm = launch.arguments(LayerNorm.Normalize.class);
        int rows = launch.range();
        if (!wide(norm.x().dtype(), norm.n())) {
            return 0;
        }
        out.launch(NORMALIZE_WIDE).read(norm.x()).read(norm.gamma()).read(norm.beta()).read(norm.mean()).read(norm.rstd()).write(norm.y())
                .read(out.ints(rows, norm.n())).ints(spans(norm.n()))
                .over(Grid.of(Math.ceilDiv(rows, LayerNormWide.WARPS), LayerNormWide.WARPS * LayerNormWide.WARP));
        return 1;
    }

    /** Takes {@code dropout} (null: none), the addition at {@code at} and the layer_norm after it, if they belong together. */
    private boolean addNormalize(RecordedLaunches program, Dropout.@Nullable Arguments dropout, int at, LoweredLaunches out) {
        Elementwise.Binary add = program.get(at).arguments(Elementwise.Binary.class);
        LayerNorm.Forward norm = program.get(at + 1).arguments(LayerNorm.Forward.class);
        int rows = program.get(at + 1).range();
        int n = norm.n();
        if (norm.x() != add.y() || program.get(at).range() != rows * n || n > LayerNormGrid.LONGEST) {
            return false;
        }
        Buffer x = add.a();
        Buffer residual = add.b();
        Buffer snapshot = out.ints(0, 0, 0, 0);
        int threshold = 0;
        float scale = 1f;
        if (dropout != null) {
            Buffer dropped = dropout.y();
            if ((dropped == x) == (dropped == residual) || !program.deadAfter(dropped, at) || n % 4 != 0) {
                return false;
            }
            residual = dropped == x ? residual : x;
            x = dropout.x();
            snapshot = dropout.snapshot();
            threshold = dropout.threshold();
            scale = dropout.scale();
        }
        if (wide(x.dtype(), n)) {
            out.launch(ADD_NORMALIZE_WIDE).read(x).read(snapshot).read(residual).read(norm.gamma()).read(norm.beta()).write(add.y()).write(norm.y())
                    .write(norm.mean()).write(norm.rstd()).read(out.ints(rows, n, threshold)).read(out.floats(norm.eps(), scale)).ints(spans(n))
                    .flag(dropout != null).blocksPerProcessor(3)
                    .over(Grid.of(Math.ceilDiv(rows, LayerNormWide.WARPS), LayerNormWide.WARPS * LayerNormWide.WARP));
            return true;
        }
        out.launch(ADD_NORMALIZE.of(x.dtype())).read(x).read(snapshot).read(residual).read(norm.gamma()).read(norm.beta()).write(add.y())
                .write(norm.y()).write(norm.mean()).write(norm.rstd()).read(out.ints(rows, n, threshold, dropout == null ? 0 : 1))
                .read(out.floats(norm.eps(), scale)).ints(perLane(n)).over(grid(rows));
        return true;
    }

    /** Takes layer_norm_backward at {@code at}, the gradients of gamma and beta after it, and the dropout of its result after that. */
    private int backward(RecordedLaunches program, int at, LoweredLaunches out) {
        LayerNorm.Backward norm = program.get(at).arguments(LayerNorm.Backward.class);
        int n = norm.n();
        if (n > LayerNormGrid.LONGEST) {
            return 0;
        }
        int next = at + 1;
        LayerNorm.GammaGradient gamma = gammaGradient(program, next, norm);
        next += gamma == null ? 0 : 1;
        SumRows.Arguments beta = betaGradient(program, next, norm);
        next += beta == null ? 0 : 1;
        Dropout.Arguments dropout = dropout(program, next, norm);
        next += dropout == null ? 0 : 1;

        int rows = program.get(at).range();
        boolean wide = wide(norm.x().dtype(), n);
        int groups = LayerNormWideBackward.WARPS / spans(n);
        int blocks = wide ? Math.min(mostBlocks, Math.ceilDiv(rows, groups * LayerNormWideBackward.ROWS)) : Math.ceilDiv(rows, LayerNormGrid.BLOCK_ROWS);
        Buffer partials = out.scratch(DType.F32, blocks * 3 * n);
        Buffer dropped = dropout == null ? out.scratch(norm.dx().dtype(), 1) : dropout.y();
        Buffer snapshot = dropout == null ? out.ints(0, 0, 0, 0) : dropout.snapshot();
        int threshold = dropout == null ? 0 : dropout.threshold();
        Launch.Builder launch = out.launch(wide ? BACKWARD_WIDE : BACKWARD.of(norm.x().dtype())).read(norm.x()).read(norm.gamma()).read(norm.mean())
                .read(norm.rstd()).read(norm.dy()).write(norm.dx()).write(dropped).read(snapshot).write(partials)
                .note(new PartialSums(dropout == null ? norm.dx() : dropped, n, partials, blocks, 3 * n, 2 * n));
        Buffer scale = out.floats(dropout == null ? 1f : dropout.scale());
        if (wide) {
            launch.read(out.ints(rows, n, threshold)).read(scale).ints(spans(n), groups).flag(dropout != null).blocksPerProcessor(2)
                    .over(Grid.of(blocks, groups * spans(n) * LayerNormWide.WARP));
        } else {
            launch.read(out.ints(rows, n, threshold, dropout == null ? 0 : 1)).read(scale).ints(perLane(n)).over(Grid.of(blocks, LayerNormGrid.THREADS));
        }
        if (gamma != null) {
            ChunkSumsLowering.emit(new ChunkSumsLowering.Sum(partials, blocks, 3 * n, 0, n, gamma.dgamma(), gamma.accumulate()), out);
        }
        if (beta != null) {
            ChunkSumsLowering.emit(new ChunkSumsLowering.Sum(partials, blocks, 3 * n, n, n, beta.dst(), beta.accumulate()), out);
        }
        return next - at;
    }

    private static LayerNorm.@Nullable GammaGradient gammaGradient(RecordedLaunches program, int at, LayerNorm.Backward norm) {
        if (!program.is(at, LayerNorm.GAMMA)) {
            return null;
        }
        LayerNorm.GammaGradient gamma = program.get(at).arguments(LayerNorm.GammaGradient.class);
        return gamma.x() == norm.x() && gamma.dy() == norm.dy() ? gamma : null;
    }

    private static SumRows.@Nullable Arguments betaGradient(RecordedLaunches program, int at, LayerNorm.Backward norm) {
        if (!program.is(at, SumRows.SUM)) {
            return null;
        }
        SumRows.Arguments beta = program.get(at).arguments(SumRows.Arguments.class);
        return beta.dy() == norm.dy() && beta.n() == norm.n() ? beta : null;
    }

    private static Dropout.@Nullable Arguments dropout(RecordedLaunches program, int at, LayerNorm.Backward norm) {
        if (!program.is(at, Dropout.APPLY)) {
            return null;
        }
        Dropout.Arguments dropout = program.get(at).arguments(Dropout.Arguments.class);
        return dropout.x() == norm.dx() && norm.n() % 4 == 0 ? dropout : null;
    }

    private static int spans(int n) {
        return Math.ceilDiv(n, LayerNormWide.SPAN);
    }

    private static int perLane(int n) {
        return Math.ceilDiv(n, LayerNormGrid.WARP);
    }

    private static Grid grid(int rows) {
        return Grid.of(Math.ceilDiv(rows, LayerNormGrid.WARPS), LayerNormGrid.THREADS);
    }
}
