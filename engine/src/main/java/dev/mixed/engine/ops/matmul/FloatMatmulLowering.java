package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;

/** {@code matmul.f32}, together with a bias that the next launch adds to its result, as a tiled product. */
public final class FloatMatmulLowering implements Lowering {
    private final Planner planner;

    /** How a product is cut into tiles and parts. */
    interface Planner {
        FloatGemm.Plan plan(int batch, int m, int n, int k);
    }

    public FloatMatmulLowering() {
        this(FloatGemm.Plan::of);
    }

    public FloatMatmulLowering(Planner planner) {
        this.planner = planner;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!program.is(at, "matmul.f32")) {
            return 0;
        }
        // a, b, c, m, n, k, transA, transB, strideA, strideB, strideC, accumulate; over batch * m rows.
        Launch launch = program.get(at);
        Buffer c = launch.buffer(2);
        int m = launch.intAt(3);
        int n = launch.intAt(4);
        int k = launch.intAt(5);
        boolean transA = launch.intAt(6) != 0;
        boolean transB = launch.intAt(7) != 0;
        int batch = launch.range() / m;
        if (!FloatGemm.fits(batch, 1, m, n)) {
            return 0;
        }
        Buffer bias = null;
        if (program.is(at + 1, "broadcast_add_into.f32")) {
            Launch add = program.get(at + 1);
            if (add.buffer(0) == c && add.buffer(1) != c && add.intAt(2) == n && add.range() == launch.range() * n) {
                bias = add.buffer(1);
            }
        }
        FloatGemm.product(out, planner.plan(batch, m, n, k), batch, 1, m, n, k,
                new Operand(launch.buffer(0), transA, transA ? m : k, launch.intAt(8), 0),
                new Operand(launch.buffer(1), transB, transB ? k : n, launch.intAt(9), 0),
                new FloatGemm.Result(c, n, launch.intAt(10), 0, launch.intAt(11) != 0, bias));
        return bias == null ? 1 : 2;
    }
}
