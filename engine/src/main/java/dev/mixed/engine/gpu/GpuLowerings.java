package dev.mixed.engine.gpu;

import dev.mixed.engine.Lowering;
import java.util.List;

/** How recorded loop kernels become grid kernels on a GPU, family by family. What no family knows runs as its reference loop. */
public final class GpuLowerings {
    private GpuLowerings() {
    }

    /** All lowerings, those that take several launches at once before those that take one. */
    public static List<Lowering> all() {
        return List.of(
                Ahead.halfCopies(),
                Ahead.draws(),
                new AttentionLowering(),
                new MatmulLowering(),
                new FloatMatmulLowering(),
                Parameters.lowering(),
                LayerNorms.half(),
                LayerNorms.single(),
                ColumnSums.lowering(),
                ColumnSums.geluBackward(),
                Embeddings.lowering(),
                Totals.lowering(),
                Pointwise.lowering(),
                new ChunkSums());
    }
}
