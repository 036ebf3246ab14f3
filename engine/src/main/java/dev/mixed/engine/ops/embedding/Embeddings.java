package dev.mixed.engine.ops.embedding;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.EachAlone;
import dev.mixed.engine.ops.Tile;
import dev.mixed.engine.ops.reduce.SumRowsLowering;

/** Lowers embeddings and the gradients of their tables. */
public final class Embeddings {
    private static final Kernel GATHER_F32 = Kernel.grid("gpu.embedding.f32", EmbeddingKernels::gatherFloat);
    private static final Kernel GATHER_F16 = Kernel.grid("gpu.embedding.f16", EmbeddingKernels::gatherHalf);
    private static final Kernel LINK = Kernel.grid("gpu.embedding_links", EmbeddingKernels::link);
    private static final Kernel WITHIN_CHUNKS_F32 = Kernel.grid("gpu.embedding_backward.f32", EmbeddingKernels::addWithinChunks);
    private static final Kernel WITHIN_CHUNKS_F16 = Kernel.grid("gpu.embedding_backward.f16", EmbeddingKernels::addHalvesWithinChunks);
    private static final Kernel CHUNKS = Kernel.grid("gpu.embedding_chunks", EmbeddingKernels::addChunks);
    /** Tables of up to so many rows (token types) get their gradient by sums over all tokens, once for each row. */
    private static final int FEW_ROWS = 4;
    private static final int WARP = 32;
    private static final int LINK_THREADS = 256;
    /** Positions are compared as floats. */
    private static final int MOST_TOKENS = 1 << 24;

    private Embeddings() {
    }

    public static Lowering lowering() {
        return new EachAlone().with("embedding.f32", (launch, out) -> gather(GATHER_F32, launch, out))
                .with("embedding.f16", (launch, out) -> gather(GATHER_F16, launch, out))
                .with("embedding_backward.f32", (launch, out) -> scatter(WITHIN_CHUNKS_F32, launch, out))
                .with("embedding_backward.f16", (launch, out) -> scatter(WITHIN_CHUNKS_F16, launch, out));
    }

    private static boolean gather(Kernel kernel, Launch launch, LoweredLaunches out) {
        int hidden = launch.intAt(4);
        int elements = launch.range() * hidden;
        out.launch(kernel).read(launch.buffer(0)).read(launch.buffer(1)).write(launch.buffer(2)).read(out.ints(elements, launch.intAt(3), hidden))
                .over(Tile.grid(elements));
        return true;
    }

    private static boolean scatter(Kernel withinChunks, Launch launch, LoweredLaunches out) {
        Buffer table = launch.buffer(0);
        Buffer ids = launch.buffer(1);
        Buffer dy = launch.buffer(2);
        int tokens = launch.intAt(3);
        int vocabulary = launch.intAt(4);
        int hidden = launch.intAt(5);
        if (vocabulary <= FEW_ROWS) {
            SumRowsLowering.addById(table, ids, dy, tokens, vocabulary, hidden, out);
            return true;
        }
        if (tokens > MOST_TOKENS) {
            return false;
        }
        int chunk = chunk(tokens);
        Buffer size = out.ints(tokens, vocabulary, hidden, chunk);
        Buffer links = out.scratch(DType.I32, tokens * EmbeddingKernels.LINKS);
        Buffer sums = out.scratch(DType.F32, tokens * hidden);
        out.launch(LINK).read(ids).write(links).read(size).over(Grid.of(Math.ceilDiv(tokens * WARP, LINK_THREADS), LINK_THREADS));
        Grid blockPerToken = Grid.of(tokens, EmbeddingKernels.ROW_THREADS);
        out.launch(withinChunks).update(table).read(ids).read(dy).read(links).write(sums).read(size).over(blockPerToken);
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
