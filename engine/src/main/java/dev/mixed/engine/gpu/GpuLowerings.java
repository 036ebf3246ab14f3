package dev.mixed.engine.gpu;

import dev.mixed.engine.Lowering;
import java.util.List;

/** How recorded loop kernels become grid kernels on a GPU, family by family. What no family knows runs as its reference loop. */
public final class GpuLowerings {
    private GpuLowerings() {
    }

    /** All lowerings, those that take several launches at once before those that take one. */
    public static List<Lowering> all() {
        return all("cuda");
    }

    /** {@link #all()} whose kernels TornadoVM can compile for a backend, cuda or ptx: on ptx, bits of a half that was just computed are not to be had. */
    public static List<Lowering> all(String backend) {
        return List.of(
                Ahead.halfCopies(),
                Ahead.draws(),
                new AttentionLowering(!backend.equals("ptx")),
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
