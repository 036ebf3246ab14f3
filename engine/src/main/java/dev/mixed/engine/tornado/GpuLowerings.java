// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Recomputation;
import dev.mixed.engine.ops.attention.AttentionLowering;
import dev.mixed.engine.ops.attention.VarlenLowering;
import dev.mixed.engine.ops.embedding.EmbeddingLowering;
import dev.mixed.engine.ops.flat.FlatRowLowering;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.gelu.GeluLowering;
import dev.mixed.engine.ops.layernorm.LayerNormLowering;
import dev.mixed.engine.ops.loss.CrossEntropyLowering;
import dev.mixed.engine.ops.loss.WeightedMeanLowering;
import dev.mixed.engine.ops.matmul.MatmulLowering;
import dev.mixed.engine.ops.matmul.ProductInputLowering;
import dev.mixed.engine.ops.matmul.ProductResidualLowering;
import dev.mixed.engine.ops.matmul.WgmmaJoinLowering;
import dev.mixed.engine.ops.optimizer.OptimLowering;
import dev.mixed.engine.ops.pointwise.HalfCopyLowering;
import dev.mixed.engine.ops.pointwise.PointwiseLowering;
import dev.mixed.engine.ops.random.DropoutLowering;
import dev.mixed.engine.ops.random.RandomStateLowering;
import dev.mixed.engine.ops.reduce.ChunkSumsLowering;
import dev.mixed.engine.ops.reduce.SumRowsLowering;
import dev.mixed.engine.ops.shape.SelectLowering;
import dev.mixed.intrinsics.Capability;
import java.util.List;

/** How recorded loop kernels become grid kernels on a GPU, family by family. What no family knows runs as its reference loop. */
public final class GpuLowerings {
    private GpuLowerings() {
    }

    /** What programs compute again rather than keep. Only kernels on intrinsics give the same bits alone as they do after a product or an addition. */
    public static List<Recomputation> recomputations(GpuTarget target) {
        return target.has(Capability.SM_75) ? List.of(Gelu::again, new LayerNormLowering(target)::again) : List.of();
    }

    /** All lowerings to kernels without intrinsics, those that take several launches at once before those that take one. */
    public static List<Lowering> all() {
        return all(GpuTarget.PLAIN);
    }

    /** Lowerings whose kernels a GPU can be given. On the backend ptx, bits of a half that was just computed are not to be had. */
    public static List<Lowering> all(GpuTarget target) {
        return List.of(
                new HalfCopyLowering(target),
                new RandomStateLowering(),
                new AttentionLowering(target),
                new VarlenLowering(target),
                new ProductInputLowering(target),
                new ProductResidualLowering(target),
                new MatmulLowering(target),
                new OptimLowering(target),
                new LayerNormLowering(target),
                new SumRowsLowering(target),
                new GeluLowering(target),
                new EmbeddingLowering(),
                new CrossEntropyLowering(),
                new WeightedMeanLowering(),
                new SelectLowering(),
                new DropoutLowering(),
                new FlatRowLowering(target),
                new PointwiseLowering(target),
                new ChunkSumsLowering(),
                new WgmmaJoinLowering());
    }
}
