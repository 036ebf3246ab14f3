// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.embedding;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;
import dev.mixed.engine.ops.reduce.SumRowsLowering;

/** Lowers embeddings and the gradients of their tables. */
public final class EmbeddingLowering implements Lowering {
    private static final KernelPair GATHER = new KernelPair(Kernel.grid("gpu.embedding.f32", EmbeddingGrid::gather),
            Kernel.grid("gpu.embedding.f16", EmbeddingGridHalf::gather));
    private static final Kernel LINK = Kernel.grid("gpu.embedding_links", EmbeddingGrid::link);
    private static final KernelPair WITHIN_CHUNKS = new KernelPair(Kernel.grid("gpu.embedding_backward.f32", EmbeddingGrid::addWithinChunks),
            Kernel.grid("gpu.embedding_backward.f16", EmbeddingGridHalf::addWithinChunks));
    private static final Kernel CHUNKS = Kernel.grid("gpu.embedding_chunks", EmbeddingGrid::addChunks);
    /** Tables of up to so many rows (token types) get their gradient by sums over all tokens, once for each row. */
    private static final int FEW_ROWS = 4;
    private static final int WARP = 32;
    private static final int LINK_THREADS = 256;
    /** Positions are compared as floats. */
    private static final int MOST_TOKENS = 1 << 24;

    private final LaunchByLaunch alone = new LaunchByLaunch()
            .tiled(Embedding.FORWARD, GATHER, launch -> launch.range() * launch.arguments(Embedding.Forward.class).hidden())
            .with(Embedding.BACKWARD, EmbeddingLowering::scatterAdd);

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        return alone.lower(program, at, out);
    }

    private static boolean scatterAdd(Launch launch, LoweredLaunches out) {
        Embedding.Backward backward = launch.arguments(Embedding.Backward.class);
        Buffer table = backward.dWeight();
        Buffer ids = backward.ids();
        Buffer dy = backward.dy();
        int tokens = backward.tokens();
        int vocabulary = backward.vocabulary();
        int hidden = backward.hidden();
        if (vocabulary <= FEW_ROWS) {
            SumRowsLowering.addById(table, ids, dy, tokens, vocabulary, hidden, out);
            return true;
        }
        if (tokens > MOST_TOKENS) {
            return false;
        }
        int chunk = chunk(tokens);
        Buffer size = out.ints(tokens, vocabulary, hidden, chunk);
        Buffer links = out.scratch(DType.I32, tokens * EmbeddingGrid.LINKS);
        Buffer sums = out.scratch(DType.F32, tokens * hidden);
        out.launch(LINK).read(ids).write(links).read(size).over(Grid.of(Math.ceilDiv(tokens * WARP, LINK_THREADS), LINK_THREADS));
        Grid blockPerToken = Grid.of(tokens, EmbeddingGrid.ROW_THREADS);
        out.launch(WITHIN_CHUNKS.of(dy.dtype())).update(table).read(ids).read(dy).read(links).write(sums).read(size).over(blockPerToken);
        if (chunk < tokens) {
            out.launch(CHUNKS).update(table).read(ids).read(links).read(sums).read(size).over(blockPerToken);
        }
        return true;
    }

    /** Tokens to a chunk: about as many as chunks, so that neither step has a long way to go through a frequent id's rows. */
    private static int chunk(int tokens) {
        return Math.max(16, (int) Math.ceil(Math.sqrt(tokens)));
    }
}
