// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.engine.ops.matmul.WgmmaProducts.Plan;
import dev.mixed.engine.ops.matmul.WgmmaProducts.Planned;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Products of F16 matrices on Hopper's tensor cores, two or three in a launch, by {@link WgmmaJoinedGrid}. */
final class WgmmaJoined {
    private static final Kernel BIAS = Kernel.grid("wgmma_bias_joined.f16", WgmmaJoinedGrid::bias);
    private static final Kernel FLOATS = Kernel.grid("wgmma_joined.f32", WgmmaJoinedGrid::floats);
    private static final Kernel SUM = Kernel.grid("wgmma_sum.f16", WgmmaGrid::sum);
    private static final Kernel ADD_SUM = Kernel.grid("wgmma_add_sum.f16", WgmmaGridInput::addSum);
    private static final Kernel PARTS_SUMS = Kernel.grid("wgmma_parts_joined.f32", WgmmaParts::sums);

    private final List<Planned> members;
    private final Product first;
    private final Plan plan;
    private final LoweredLaunches out;

    /** Of products that differ in b, bias and c alone, or in a and c alone, or in a and b alone. */
    WgmmaJoined(List<Planned> members, Plan plan, LoweredLaunches out) {
        this.members = members;
        this.first = members.getFirst().product();
        this.plan = plan;
        this.out = out;
    }

    /** The member of a kernel's arguments: the first one's stand for one that is not there. */
    private Planned member(int i) {
        return members.get(i < members.size() ? i : 0);
    }

    /** Emits products with one a, each with a bias. */
    void bias() {
        Launch.Builder launch = WgmmaProducts.left(first, plan, out.launch(BIAS));
        for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
            WgmmaProducts.right(member(i).product(), plan, launch);
        }
        for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
            launch.read(Objects.requireNonNull(member(i).product().epilogue().bias(), "each has a bias"));
        }
        for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
            Result c = member(i).product().c();
            launch.write(c.buffer()).mapped(first.m(), first.n(), c.ld(), WgmmaProducts.BOX_EDGE, WgmmaProducts.BOX_EDGE);
        }
        int[] layout = layout(first.c(), 0);
        WgmmaProducts.over(first, plan, out.ints(layout), WgmmaGrid.STORES, 0, launch).over(WgmmaProducts.grid(layout[WgmmaProducts.ITEMS], plan));
    }

    /** Emits products with one b into floats, and the sums of their parts. */
    void floats() {
        boolean add = first.epilogue().accumulate();
        if (plan.parts() == 1) {
            floats(first.c(), 0, add);
            return;
        }
        int part = first.m() * first.n();
        floats(new Result(first.c().buffer(), first.n(), 0, 0), part, false);
        Launch.Builder launch = out.launch(PARTS_SUMS);
        for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
            launch.read(Objects.requireNonNull(member(i).parts(), "each is in parts"));
        }
        sums(add, launch).read(out.ints(WgmmaParts.layout(first.m(), first.n(), first.c().ld(), plan.parts()))).flag(add)
                .over(new Grid(Math.ceilDiv(part / WgmmaParts.ELEMENTS, WgmmaParts.THREADS), members.size(), 1, WgmmaParts.THREADS));
    }

    /** Emits the sum of products with one c, added to what it held where the first of them is. */
    void sum() {
        boolean add = first.epilogue().accumulate();
        Launch.Builder launch = WgmmaProducts.operands(first, plan, out.launch(add ? ADD_SUM : SUM));
        (add ? launch.update(first.c().buffer()) : launch.write(first.c().buffer())).mapped(first.m(), first.n(), first.c().ld(), WgmmaProducts.BOX_EDGE,
                WgmmaProducts.BOX_EDGE);
        for (int i = 1; i < WgmmaJoinedGrid.MOST; i++) {
            WgmmaProducts.operands(member(i).product(), plan, launch);
        }
        int[] layout = WgmmaProducts.ints(first, plan, first.c(), 0);
        layout[WgmmaProducts.STEPS] *= members.size();
        WgmmaProducts.over(first, plan, out.ints(layout), add ? WgmmaGridInput.BOXES : WgmmaGrid.STORES, 0, launch)
                .over(WgmmaProducts.grid(layout[WgmmaProducts.ITEMS], plan));
    }

    private void floats(Result c, int part, boolean add) {
        Launch.Builder launch = out.launch(FLOATS);
        for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
            WgmmaProducts.left(member(i).product(), plan, launch);
        }
        WgmmaProducts.right(first, plan, launch);
        if (part == 0) {
            sums(add, launch);
        } else {
            for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
                launch.write(Objects.requireNonNull(member(i).parts(), "each is in parts"));
            }
        }
        int[] layout = layout(c, part);
        WgmmaProducts.over(first, plan, out.ints(layout), 0, 0, launch).flag(add).over(WgmmaProducts.grid(layout[WgmmaProducts.ITEMS], plan));
    }

    private Launch.Builder sums(boolean add, Launch.Builder launch) {
        for (int i = 0; i < WgmmaJoinedGrid.MOST; i++) {
            Buffer c = member(i).product().c().buffer();
            if (add) {
                launch.update(c);
            } else {
                launch.write(c);
            }
        }
        return launch;
    }

    private int[] layout(Result c, int part) {
        int[] ints = Arrays.copyOf(WgmmaProducts.ints(first, plan, c, part), WgmmaProducts.MEMBERS + 1);
        ints[WgmmaProducts.ITEMS] *= members.size();
        ints[WgmmaProducts.MEMBERS] = members.size();
        return ints;
    }
}
