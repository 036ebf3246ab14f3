package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.EachAlone;
import dev.mixed.engine.ops.Tile;
import dev.mixed.engine.ops.random.DropoutKernels;
import java.util.function.ToIntFunction;

/** Lowers element by element launches, one for one. */
public final class Pointwise {
    private Pointwise() {
    }

    public static Lowering lowering() {
        EachAlone rules = new EachAlone();
        withSize(rules, "add.f16", Kernel.grid("gpu.add.f16", PointwiseHalf::addHalf));
        withSize(rules, "add.f32", Kernel.grid("gpu.add.f32", PointwiseFloat::addFloat));
        withSize(rules, "add_into.f16", Kernel.grid("gpu.add_into.f16", PointwiseHalf::addIntoHalf));
        withSize(rules, "add_into.f32", Kernel.grid("gpu.add_into.f32", PointwiseFloat::addIntoFloat));
        withSize(rules, "add_into.f32.f16", Kernel.grid("gpu.add_into.f32.f16", PointwiseFloat::addHalfIntoFloat));
        withSize(rules, "scale_by.f16", Kernel.grid("gpu.scale_by.f16", PointwiseHalf::scaleByHalf));
        withSize(rules, "scale_by.f32", Kernel.grid("gpu.scale_by.f32", PointwiseFloat::scaleByFloat));
        withSize(rules, "cast.f32.f16", Kernel.grid("gpu.cast.f32.f16", PointwiseHalf::toHalf));
        withSize(rules, "cast.f16.f32", Kernel.grid("gpu.cast.f16.f32", PointwiseFloat::toFloat));
        withSize(rules, "relu.f16", Kernel.grid("gpu.relu.f16", RepeatedHalf::reluHalf));
        withSize(rules, "relu.f32", Kernel.grid("gpu.relu.f32", RepeatedFloat::reluFloat));
        withSize(rules, "relu_backward.f16", Kernel.grid("gpu.relu_backward.f16", RepeatedHalf::reluBackwardHalf));
        withSize(rules, "relu_backward.f32", Kernel.grid("gpu.relu_backward.f32", RepeatedFloat::reluBackwardFloat));
        withSize(rules, "broadcast_add.f16", Kernel.grid("gpu.broadcast_add.f16", RepeatedHalf::addRowsHalf));
        withSize(rules, "broadcast_add.f32", Kernel.grid("gpu.broadcast_add.f32", RepeatedFloat::addRowsFloat));
        withSize(rules, "broadcast_add_into.f16", Kernel.grid("gpu.broadcast_add_into.f16", RepeatedHalf::addRowsIntoHalf));
        withSize(rules, "broadcast_add_into.f16.f16", Kernel.grid("gpu.broadcast_add_into.f16.f16", RepeatedHalf::addHalfRowsIntoHalf));
        withSize(rules, "broadcast_add_into.f32", Kernel.grid("gpu.broadcast_add_into.f32", RepeatedFloat::addRowsIntoFloat));
        withSize(rules, "select_first_backward.f16", Kernel.grid("gpu.select_first_backward.f16", RepeatedHalf::selectFirstBackwardHalf), launch -> launch.range() * launch.intAt(3));
        withSize(rules, "select_first_backward.f32", Kernel.grid("gpu.select_first_backward.f32", RepeatedFloat::selectFirstBackwardFloat), launch -> launch.range() * launch.intAt(3));
        filling(rules, "fill.f16", Kernel.grid("gpu.fill.f16", PointwiseHalf::fillHalf));
        filling(rules, "fill.f32", Kernel.grid("gpu.fill.f32", PointwiseFloat::fillFloat));
        dropping(rules, "dropout.f16", Kernel.grid("gpu.dropout.f16", DropoutKernels::dropoutHalf));
        dropping(rules, "dropout.f32", Kernel.grid("gpu.dropout.f32", DropoutKernels::dropoutFloat));
        return rules;
    }

    /** The blocks that cover this many elements. */
    public static Grid tiles(int elements) {
        return Grid.of(Math.ceilDiv(elements, Tile.TILE), Tile.THREADS);
    }

    /** A rule for a kernel that takes the recorded buffers, and then its number of elements and the recorded integers. */
    private static void withSize(EachAlone rules, String name, Kernel kernel) {
        withSize(rules, name, kernel, Launch::range);
    }

    private static void withSize(EachAlone rules, String name, Kernel kernel, ToIntFunction<Launch> size) {
        rules.with(name, (launch, out) -> {
            Launch.Builder lowered = out.launch(kernel);
            int elements = size.applyAsInt(launch);
            int[] sizes = {elements, 0, 0};
            int used = 1;
            for (int a = 0; a < launch.argumentCount(); a++) {
                if (launch.argument(a) instanceof Buffer buffer) {
                    pass(lowered, buffer, launch.access(a));
                } else {
                    sizes[used++] = launch.intAt(a);
                }
            }
            lowered.read(out.ints(sizes)).over(tiles(elements));
            return true;
        });
    }

    private static void filling(EachAlone rules, String name, Kernel kernel) {
        rules.with(name, (launch, out) -> {
            int elements = launch.range();
            out.launch(kernel).write(launch.buffer(0)).read(out.floats(launch.floatAt(1))).read(out.ints(elements)).over(tiles(elements));
            return true;
        });
    }

    private static void dropping(EachAlone rules, String name, Kernel kernel) {
        rules.with(name, (launch, out) -> {
            int elements = launch.range();
            out.launch(kernel).read(launch.buffer(0)).read(launch.buffer(1)).write(launch.buffer(2)).read(out.ints(elements, launch.intAt(3)))
                    .read(out.floats(launch.floatAt(4))).over(tiles(elements));
            return true;
        });
    }

    private static void pass(Launch.Builder lowered, Buffer buffer, Launch.Access access) {
        switch (access) {
            case READ -> lowered.read(buffer);
            case WRITE -> lowered.write(buffer);
            case READ_WRITE -> lowered.update(buffer);
        }
    }
}
