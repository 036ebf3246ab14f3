package dev.mixed.engine.gpu;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.gpu.GemmFinish.Scratch;
import dev.mixed.engine.gpu.GpuGemm.Operand;
import dev.mixed.engine.kernels.Matmul;

/**
 * {@link Matmul} of F16 operands, with a bias and GELU that follow it. The sum and the bias meet in F32, and so does GELU, where the recorded
 * launches round to F16 between them.
 */
final class MatmulLowering implements Lowering {
    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!program.is(at, "matmul.f16") && !program.is(at, "matmul.f16_f32")) {
            return 0;
        }
        Launch launch = program.get(at);
        Buffer dst = launch.buffer(2);
        boolean accumulate = launch.intAt(11) != 0;
        int n = launch.intAt(4);
        if (accumulate || !addsBias(program, at + 1, dst, n)) {
            product(out, launch, dst, accumulate);
            return 1;
        }
        Buffer bias = program.get(at + 1).buffer(1);
        boolean gelu = program.is(at + 2, "gelu.f16") && program.get(at + 2).buffer(0) == dst;
        Scratch c = scratch(out, launch);
        if (!gelu) {
            GemmFinish.bias(out, c, bias, dst, false);
            return 2;
        }
        Buffer activated = program.get(at + 2).buffer(1);
        if (program.deadAfter(dst, at + 2)) {
            GemmFinish.bias(out, c, bias, activated, true);
        } else {
            GemmFinish.biasGelu(out, c, bias, dst, activated);
        }
        return 3;
    }

    private static boolean addsBias(RecordedLaunches program, int at, Buffer y, int n) {
        return program.is(at, "broadcast_add_into.f16.f16") && program.get(at).buffer(0) == y && program.get(at).buffer(1) != y && program.get(at).intAt(2) == n;
    }

    private static void product(LoweredLaunches out, Launch launch, Buffer dst, boolean accumulate) {
        int m = launch.intAt(3);
        int n = launch.intAt(4);
        int batch = launch.range() / m;
        if (dst.dtype() == DType.F32 && !accumulate && wholeTiles(m, n) && (batch == 1 || launch.intAt(10) == m * n)
                && plan(launch, m, n).splits() == 1) {
            HalfGemm.product(out, batch, 1, m, n, launch.intAt(5), a(launch), b(launch), dst, n, m * n, 0);
        } else {
            GemmFinish.cast(out, scratch(out, launch), dst, accumulate);
        }
    }

    private static boolean wholeTiles(int m, int n) {
        return GpuGemm.paddedRows(m) == m && GpuGemm.paddedColumns(n) == n;
    }

    private static GemmPlan plan(Launch launch, int rows, int columns) {
        return GemmPlan.of(launch.range() / launch.intAt(3), rows, columns, launch.intAt(5), Integer.MAX_VALUE);
    }

    /** Emits the product of a recorded launch into F32 scratch. */
    private static Scratch scratch(LoweredLaunches out, Launch launch) {
        int m = launch.intAt(3);
        int n = launch.intAt(4);
        int k = launch.intAt(5);
        int batch = launch.range() / m;
        Operand a = a(launch);
        Operand b = b(launch);
        if (!HalfGemm.fits(m, n, k, a, b)) {
            Buffer c = out.scratch(DType.F32, batch * m * n);
            HalfGemmPlain.product(out, batch, 1, m, n, k, a, b, c, n, m * n, 0);
            return new Scratch(c, batch, m, n, n, m * n, 1, 0);
        }
        int rows = GpuGemm.paddedRows(m);
        int columns = GpuGemm.paddedColumns(n);
        GemmPlan plan = plan(launch, rows, columns);
        int stride = rows * columns;
        Buffer c = out.scratch(DType.F32, Math.multiplyExact(batch * plan.splits(), stride));
        HalfGemm.tiled(out, plan, batch, 1, m, n, k, a, b, c, columns, plan.splits() * stride, 0, stride);
        return new Scratch(c, batch, m, n, columns, plan.splits() * stride, plan.splits(), stride);
    }

    private static Operand a(Launch launch) {
        boolean transposed = launch.intAt(6) != 0;
        return new Operand(launch.buffer(0), transposed, launch.intAt(transposed ? 3 : 5), launch.intAt(8), 0);
    }

    private static Operand b(Launch launch) {
        boolean transposed = launch.intAt(7) != 0;
        return new Operand(launch.buffer(1), transposed, launch.intAt(transposed ? 5 : 4), launch.intAt(9), 0);
    }
}
