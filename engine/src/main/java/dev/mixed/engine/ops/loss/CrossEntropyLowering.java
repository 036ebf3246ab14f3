// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;

/** Lowers {@link CrossEntropy} of many classes, of which the reference kernels take a row in one thread. */
public final class CrossEntropyLowering implements Lowering {
    /** As many as a block has threads: with fewer, most of them had nothing to do. */
    static final int LEAST_CLASSES = CrossEntropyGrid.THREADS;
    private static final Kernel LOSSES = Kernel.grid("gpu.cross_entropy", CrossEntropyGrid::losses);
    private static final Kernel GRADIENTS = Kernel.grid("gpu.cross_entropy_backward", CrossEntropyGrid::gradients);

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, CrossEntropy.FORWARD)) {
            CrossEntropy.Losses x = program.get(at).arguments(CrossEntropy.Losses.class);
            if (x.classes() >= LEAST_CLASSES) {
                out.launch(LOSSES).read(x.logits()).read(x.labels()).read(x.weights()).write(x.weighted()).read(out.ints(x.classes()))
                        .over(Grid.of(program.get(at).range(), CrossEntropyGrid.THREADS));
                return 1;
            }
        } else if (program.is(at, CrossEntropy.BACKWARD)) {
            CrossEntropy.Gradients x = program.get(at).arguments(CrossEntropy.Gradients.class);
            if (x.classes() >= LEAST_CLASSES) {
                out.launch(GRADIENTS).read(x.logits()).read(x.labels()).read(x.weights()).read(x.total()).read(x.dloss()).write(x.dlogits())
                        .read(out.ints(x.classes())).over(Grid.of(program.get(at).range(), CrossEntropyGrid.THREADS));
                return 1;
            }
        }
        return 0;
    }
}
