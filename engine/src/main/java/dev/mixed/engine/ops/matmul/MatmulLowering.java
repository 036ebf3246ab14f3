package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.matmul.GemmFinish.Scratch;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;

/**
 * {@link Matmul} of F16 operands, with a bias and GELU that follow it. The sum and the bias meet in F32, and so does GELU, where the recorded
 * launches round to F16 between them.
 */
public final class MatmulLowering implements Lowering {
    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!program.is(at, "matmul.f16") && !program.is(at, "matmul.f16_f32")) {
            return 0;
        }
        Product p = Product.of(program.get(at));
        if (!p.fits()) {
            return 0;
        }
        if (p.accumulate || !addsBias(program, at + 1, p.dst, p.n)) {
            p.store(out);
            return 1;
        }
        Buffer bias = program.get(at + 1).buffer(1);
        if (!program.is(at + 2, "gelu.f16") || program.get(at + 2).buffer(0) != p.dst) {
            p.addBias(out, bias, p.dst, false);
            return 2;
        }
        Buffer activated = program.get(at + 2).buffer(1);
        if (program.deadAfter(p.dst, at + 2)) {
            p.addBias(out, bias, activated, true);
        } else {
            p.addBiasAndGelu(out, bias, activated);
        }
        return 3;
    }

    private static boolean addsBias(RecordedLaunches program, int at, Buffer y, int n) {
        return program.is(at, "broadcast_add_into.f16.f16") && program.get(at).buffer(0) == y && program.get(at).buffer(1) != y && program.get(at).intAt(2) == n;
    }

    /** A recorded product; plan: how tensor cores compute it, null if they don't take the operands. */
    private record Product(int batch, int m, int n, int k, Operand a, Operand b, Buffer dst, boolean accumulate, GemmPlan plan) {
        static Product of(Launch launch) {
            int m = launch.intAt(3);
            int n = launch.intAt(4);
            int k = launch.intAt(5);
            int batch = launch.range() / m;
            boolean transposedA = launch.intAt(6) != 0;
            boolean transposedB = launch.intAt(7) != 0;
            Operand a = new Operand(launch.buffer(0), transposedA, transposedA ? m : k, launch.intAt(8), 0);
            Operand b = new Operand(launch.buffer(1), transposedB, transposedB ? k : n, launch.intAt(9), 0);
            GemmPlan plan = HalfGemm.fits(m, n, k, a, b)
                    ? GemmPlan.of(batch, GpuGemm.paddedRows(m), GpuGemm.paddedColumns(n), k, Integer.MAX_VALUE) : null;
            return new Product(batch, m, n, k, a, b, launch.buffer(2), launch.intAt(11) != 0, plan);
        }

        /** Whether an array holds all that is padded, and a grid has blocks for it. */
        boolean fits() {
            long results = (long) batch * (plan == null ? 1 : plan.splits());
            return results <= Grid.MAX_BLOCKS_YZ && GpuGemm.paddedRows(m) / GpuGemm.SMALL_TILE <= Grid.MAX_BLOCKS_YZ
                    && (double) results * GpuGemm.paddedRows(m) * GpuGemm.paddedColumns(n) <= Integer.MAX_VALUE;
        }

        void store(LoweredLaunches out) {
            if (dst.dtype() == DType.F32 && !accumulate && whole()) {
                HalfGemm.tiled(out, plan, batch, 1, m, n, k, a, b, dst, n, m * n, 0, 0);
            } else if (dst.dtype() == DType.F16 && whole(plan)) {
                HalfGemm.toHalf(out, plan, batch, m, n, k, a, b, padded(out), dst, accumulate);
            } else {
                GemmFinish.cast(out, scratch(out), dst, accumulate);
            }
        }

        void addBias(LoweredLaunches out, Buffer bias, Buffer result, boolean gelu) {
            if (whole(plan)) {
                HalfGemm.toHalfWithBias(out, plan, batch, m, n, k, a, b, padded(out), bias, result, gelu);
            } else {
                GemmFinish.bias(out, scratch(out), bias, result, gelu);
            }
        }

        void addBiasAndGelu(LoweredLaunches out, Buffer bias, Buffer activated) {
            if (whole(plan)) {
                HalfGemm.toHalfWithBiasAndGelu(out, plan, batch, m, n, k, a, b, padded(out), bias, dst, activated);
            } else {
                GemmFinish.biasGelu(out, scratch(out), bias, dst, activated);
            }
        }

        /** Whether tensor cores compute results in one part. */
        private static boolean whole(GemmPlan plan) {
            return plan != null && plan.splits() == 1;
        }

        /** Whether they can be stored in dst as they are. */
        private boolean whole() {
            return whole(plan) && GpuGemm.paddedRows(m) == m && GpuGemm.paddedColumns(n) == n;
        }

        private Buffer padded(LoweredLaunches out) {
            return out.scratch(DType.F32, batch * plan.splits() * GpuGemm.paddedRows(m) * GpuGemm.paddedColumns(n));
        }

        /** Emits the product into F32 scratch, in parts. */
        private Scratch scratch(LoweredLaunches out) {
            if (plan == null) {
                Buffer c = out.scratch(DType.F32, batch * m * n);
                HalfGemmPlain.product(out, batch, 1, m, n, k, a, b, c, n, m * n, 0);
                return new Scratch(c, batch, m, n, n, m * n, 1, 0, false);
            }
            int columns = GpuGemm.paddedColumns(n);
            int stride = GpuGemm.paddedRows(m) * columns;
            Buffer c = padded(out);
            HalfGemm.parts(out, plan, batch, m, n, k, a, b, c);
            return new Scratch(c, batch, m, n, columns, plan.splits() * stride, plan.splits(), stride, plan.large());
        }
    }
}
