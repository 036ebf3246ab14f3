package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.reduce.ChunkSums;
import java.util.List;

/**
 * Lowers layer normalisation, together with what stands around it in a transformer: dropout and the residual's addition before it, and after its
 * backward pass the dropout of the gradient.
 */
public final class LayerNorms {
    private final String type;
    private final Kernel normalize;
    private final Kernel addNormalize;
    private final Kernel backward;

    private LayerNorms(String type, Kernel normalize, Kernel addNormalize, Kernel backward) {
        this.type = type;
        this.normalize = normalize;
        this.addNormalize = addNormalize;
        this.backward = backward;
    }

    public static Lowering half() {
        return new LayerNorms(".f16", Kernel.grid("gpu.layer_norm.f16", LayerNormHalf::normalizeHalf),
                Kernel.grid("gpu.add_layer_norm.f16", LayerNormHalf::addNormalizeHalf),
                Kernel.grid("gpu.layer_norm_backward.f16", LayerNormHalf::normalizeBackwardHalf))::lower;
    }

    public static Lowering single() {
        return new LayerNorms(".f32", Kernel.grid("gpu.layer_norm.f32", LayerNormFloat::normalizeFloat),
                Kernel.grid("gpu.add_layer_norm.f32", LayerNormFloat::addNormalizeFloat),
                Kernel.grid("gpu.layer_norm_backward.f32", LayerNormFloat::normalizeBackwardFloat))::lower;
    }

    private int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, "layer_norm" + type)) {
            normalize(program.get(at), out);
            return 1;
        }
        if (program.is(at, "layer_norm_backward" + type)) {
            return backward(program, at, out);
        }
        if (program.is(at, "dropout" + type) && program.is(at + 1, "add" + type) && program.is(at + 2, "layer_norm" + type)) {
            return addNormalize(program, program.get(at), at + 1, out) ? 3 : 0;
        }
        if (program.is(at, "add" + type) && program.is(at + 1, "layer_norm" + type)) {
            return addNormalize(program, null, at, out) ? 2 : 0;
        }
        return 0;
    }

    private void normalize(Launch norm, LoweredLaunches out) {
        int rows = norm.range();
        out.launch(normalize).read(norm.buffer(0)).read(norm.buffer(1)).read(norm.buffer(2)).write(norm.buffer(3)).write(norm.buffer(4))
                .write(norm.buffer(5)).read(out.ints(rows, norm.intAt(6))).read(out.floats(norm.floatAt(7))).over(grid(rows));
    }

    /** Takes {@code dropout} (null: none), the addition at {@code at} and the layer_norm after it, if they belong together. */
    private boolean addNormalize(RecordedLaunches program, Launch dropout, int at, LoweredLaunches out) {
        Launch add = program.get(at);
        Launch norm = program.get(at + 1);
        int n = norm.intAt(6);
        Buffer sum = add.buffer(2);
        if (norm.buffer(0) != sum || add.range() != norm.range() * n || n > LayerNormFloat.LONGEST) {
            return false;
        }
        Buffer x = add.buffer(0);
        Buffer residual = add.buffer(1);
        Buffer snapshot = out.ints(0, 0, 0, 0);
        int threshold = 0;
        float scale = 1f;
        if (dropout != null) {
            Buffer dropped = dropout.buffer(2);
            if ((dropped == x) == (dropped == residual) || !program.deadAfter(dropped, at) || n % 4 != 0) {
                return false;
            }
            residual = dropped == x ? residual : x;
            x = dropout.buffer(0);
            snapshot = dropout.buffer(1);
            threshold = dropout.intAt(3);
            scale = dropout.floatAt(4);
        }
        int rows = norm.range();
        out.launch(addNormalize).read(x).read(snapshot).read(residual).read(norm.buffer(1)).read(norm.buffer(2)).write(sum).write(norm.buffer(3))
                .write(norm.buffer(4)).write(norm.buffer(5)).read(out.ints(rows, n, threshold, dropout == null ? 0 : 1))
                .read(out.floats(norm.floatAt(7), scale)).ints(Math.ceilDiv(n, LayerNormFloat.WARP)).over(grid(rows));
        return true;
    }

    /** Takes layer_norm_backward at {@code at}, the gradients of gamma and beta after it, and the dropout of its result after that. */
    private int backward(RecordedLaunches program, int at, LoweredLaunches out) {
        Launch norm = program.get(at);
        int n = norm.intAt(6);
        if (n > LayerNormFloat.LONGEST) {
            return 0;
        }
        Buffer dx = norm.buffer(5);
        int taken = 1;
        Launch gamma = null;
        Launch beta = null;
        if (program.is(at + taken, "layer_norm_gamma" + type) && program.get(at + taken).buffer(0) == norm.buffer(0)
                && program.get(at + taken).buffer(3) == norm.buffer(4)) {
            gamma = program.get(at + taken++);
        }
        if (program.is(at + taken, "sum_rows" + type) && program.get(at + taken).buffer(0) == norm.buffer(4) && program.get(at + taken).range() == n) {
            beta = program.get(at + taken++);
        }
        Launch dropout = null;
        if (program.is(at + taken, "dropout" + type) && program.get(at + taken).buffer(0) == dx && n % 4 == 0) {
            dropout = program.get(at + taken++);
        }
        int rows = norm.range();
        int blocks = Math.ceilDiv(rows, LayerNormFloat.BLOCK_ROWS);
        Buffer partials = out.scratch(DType.F32, blocks * 3 * n);
        out.launch(backward).read(norm.buffer(0)).read(norm.buffer(1)).read(norm.buffer(2)).read(norm.buffer(3)).read(norm.buffer(4)).write(dx)
                .write(dropout == null ? out.scratch(dx.dtype(), 1) : dropout.buffer(2))
                .read(dropout == null ? out.ints(0, 0, 0, 0) : dropout.buffer(1)).write(partials)
                .read(out.ints(rows, n, dropout == null ? 0 : dropout.intAt(3), dropout == null ? 0 : 1))
                .read(out.floats(dropout == null ? 1f : dropout.floatAt(4))).ints(Math.ceilDiv(n, LayerNormFloat.WARP))
                .over(Grid.of(blocks, LayerNormFloat.THREADS));
        if (gamma != null) {
            ChunkSums.emit(List.of(new ChunkSums.Sum(partials, blocks, 3 * n, 0, n, gamma.buffer(4), gamma.intAt(7) != 0)), out);
        }
        if (beta != null) {
            ChunkSums.emit(List.of(new ChunkSums.Sum(partials, blocks, 3 * n, n, n, beta.buffer(1), beta.intAt(4) != 0)), out);
        }
        return taken;
    }

    private static Grid grid(int rows) {
        return Grid.of(Math.ceilDiv(rows, LayerNormFloat.WARPS), LayerNormFloat.THREADS);
    }
}
