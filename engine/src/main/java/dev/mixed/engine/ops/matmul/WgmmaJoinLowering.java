// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.matmul.WgmmaProducts.Plan;
import dev.mixed.engine.ops.matmul.WgmmaProducts.Planned;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins products on wgmma that have one operand in common, as a transformer's queries, keys and values do: those with a bias, and gradients of weights. Their
 * bits are those of single launches. Products that are added up in F16, as that input's gradient is, become one sum, which is rounded once.
 *
 * <p>In a second pass, they are launched where the last of them stands. A launch moves past those after it alone, and past none that it has a conflict with,
 * where one of the two writes what the other uses. So groups don't disturb each other, nor does another lowering that moves launches in the same direction.
 */
public final class WgmmaJoinLowering implements Lowering {
    /** How many launches after a product others are looked for: in a backward pass, gradients of inputs and biases stand between. */
    private static final int FARTHEST = 16;
    /**
     * Bytes of all parts of joined products at most. Those of one product are still in the L2 cache, of 50 MB, when they are summed; those of several large
     * ones would be written to memory and read again, which takes longer than the launches that joining saves.
     */
    private static final long MOST_PARTS_BYTES = 32L << 20;

    private final Joining plan;
    /** The program whose groups are known: it is asked for each of its launches. */
    private @Nullable RecordedLaunches grouped;
    private Map<Integer, List<Integer>> groups = Map.of();

    /** How joined products are cut. */
    @FunctionalInterface
    interface Joining {
        /** The plan for so many products like this, in the parts of its own plan. */
        Plan of(Planned first, int products);

        /** The plan of the least estimated time. */
        static Plan best(Planned first, int products) {
            boolean sum = first.product().c().buffer().dtype() == DType.F16 && first.product().epilogue().bias() == null;
            return sum ? Plan.ofSum(first.product(), products) : first.plan().joined(first.product(), products);
        }
    }

    /** For the kernels that a GPU can be given. */
    public WgmmaJoinLowering() {
        this(Joining::best);
    }

    /** With another plan of how products are cut into tiles. */
    WgmmaJoinLowering(Joining plan) {
        this.plan = plan;
    }

    @Override
    public boolean afterOthers() {
        return true;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!isProduct(program, at)) {
            return 0;
        }
        List<Integer> group = groupOf(program, at);
        if (group.size() == 1) {
            return 0;
        }
        if (group.getLast() == at) {
            List<Planned> members = group.stream().map(i -> planned(program, i)).toList();
            Planned first = members.getFirst();
            WgmmaJoined joined = new WgmmaJoined(members, plan.of(first, members.size()), out);
            if (program.is(at, WgmmaProducts.BIAS)) {
                joined.bias();
            } else if (program.is(at, WgmmaProducts.FLOATS)) {
                joined.floats();
            } else {
                joined.sum();
            }
        }
        return launches(planned(program, at));
    }

    private static boolean isProduct(RecordedLaunches program, int at) {
        return program.is(at, WgmmaProducts.BIAS) || program.is(at, WgmmaProducts.FLOATS) || isHalves(program, at);
    }

    /** Whether a product stands there that is stored in F16 or added to what is. */
    private static boolean isHalves(RecordedLaunches program, int at) {
        return program.is(at, WgmmaProducts.STORE) || program.is(at, WgmmaProducts.ADD);
    }

    private static Planned planned(RecordedLaunches program, int at) {
        return Objects.requireNonNull(program.get(at).note(Planned.class), "each product that the first pass emits has a note of it");
    }

    /** The launches of a product: itself, and the sum of its parts. */
    private static int launches(Planned product) {
        return product.parts() == null ? 1 : 2;
    }

    /** Where the products stand that are joined with that at {@code at}. */
    private List<Integer> groupOf(RecordedLaunches program, int at) {
        if (grouped != program) {
            groups = groups(program);
            grouped = program;
        }
        return Objects.requireNonNull(groups.get(at), "each product is in a group");
    }

    /** The group of each product. Each goes with the first before it that it can join. */
    private static Map<Integer, List<Integer>> groups(RecordedLaunches program) {
        Map<Integer, List<Integer>> groups = new HashMap<>();
        Set<Buffer> tables = tables(program);
        for (int i = 0; i < program.size(); i++) {
            if (isProduct(program, i) && !groups.containsKey(i)) {
                List<Integer> group = group(program, i, groups.keySet(), tables);
                group.forEach(member -> groups.put(member, group));
            }
        }
        return groups;
    }

    private static List<Integer> group(RecordedLaunches program, int first, Set<Integer> taken, Set<Buffer> tables) {
        List<Integer> group = new ArrayList<>(List.of(first));
        for (int i = first + 1; i < Math.min(program.size(), first + 1 + FARTHEST) && group.size() < WgmmaJoinedGrid.MOST; i++) {
            int last = i;
            if (!taken.contains(i) && joins(program, first, i) && partsBytes(planned(program, i)) * (group.size() + 1) <= MOST_PARTS_BYTES
                    && group.stream().allMatch(member -> canMove(program, member, last, group, tables))) {
                group.add(i);
            }
        }
        return group;
    }

    private static long partsBytes(Planned product) {
        return product.parts() == null ? 0 : product.parts().bytes();
    }

    /** Whether two launches are of one kernel and differ in what it takes of each of its products alone. */
    private static boolean joins(RecordedLaunches program, int first, int second) {
        Planned one = planned(program, first);
        if (isHalves(program, first)) {
            return program.is(second, WgmmaProducts.ADD) && addUp(one.product(), planned(program, second).product());
        }
        if (!program.is(second, program.get(first).kernel())) {
            return false;
        }
        Planned other = planned(program, second);
        Product p = one.product();
        Product q = other.product();
        boolean common = program.is(first, WgmmaProducts.BIAS) ? p.a().equals(q.a()) && alike(p.b(), q.b()) : p.b().equals(q.b()) && alike(p.a(), q.a());
        return common && p.m() == q.m() && p.n() == q.n() && p.k() == q.k() && p.c().ld() == q.c().ld()
                && p.epilogue().accumulate() == q.epilogue().accumulate() && one.plan().parts() == other.plan().parts();
    }

    /** Whether two products go into one result, which neither multiplies. */
    private static boolean addUp(Product p, Product q) {
        Buffer c = p.c().buffer();
        boolean apart = c != p.a().buffer() && c != p.b().buffer() && c != q.a().buffer() && c != q.b().buffer();
        return apart && p.c().equals(q.c()) && alike(p.a(), q.a()) && alike(p.b(), q.b()) && p.m() == q.m() && p.n() == q.n() && p.k() == q.k();
    }

    private static boolean alike(Product.Operand one, Product.Operand other) {
        return one.transposed() == other.transposed() && one.ld() == other.ld();
    }

    /** Whether the launches of the product at {@code from} may run where those of the product at {@code to} do, beside them, as the group's others will. */
    private static boolean canMove(RecordedLaunches program, int from, int to, List<Integer> group, Set<Buffer> tables) {
        int own = launches(planned(program, from));
        for (int i = from + own; i < to + launches(planned(program, to)); i++) {
            if (isHalves(program, from) && (i == to || group.contains(i))) {
                // In any order, they add up to the same sum.
                continue;
            }
            Launch passed = program.get(i);
            // Which arrays it uses by their addresses can't be seen.
            boolean unseen = passed.buffers().stream().anyMatch(tables::contains);
            for (int k = from; k < from + own; k++) {
                if (unseen || conflict(program.get(k), passed)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean conflict(Launch one, Launch other) {
        return one.buffers().stream().anyMatch(buffer -> one.writes(buffer) ? other.uses(buffer) : other.writes(buffer));
    }

    /** Tables of addresses: what launches leave there that run once. */
    private static Set<Buffer> tables(RecordedLaunches program) {
        Set<Buffer> tables = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < program.size(); i++) {
            Launch launch = program.get(i);
            if (launch.once()) {
                launch.buffers().stream().filter(launch::writes).forEach(tables::add);
            }
        }
        return tables;
    }
}
