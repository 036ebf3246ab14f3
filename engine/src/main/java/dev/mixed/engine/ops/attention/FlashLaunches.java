// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.attention.Attention.BackwardKeyValue;
import dev.mixed.engine.ops.attention.Attention.BackwardQuery;
import dev.mixed.engine.ops.attention.Attention.Forward;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The launches of flash attention ({@link Flash}) for one recorded attention of halves.
 *
 * <p>Dropout decisions, a bit each, stay in memory from the forward to the backward pass unless those of all the program's attentions take too much;
 * otherwise the backward pass draws them again.
 *
 * @param texts texts of equal length, one after the other
 */
record FlashLaunches(LoweredLaunches out, int texts, int heads, int seq, int d, float scale, int threshold, float keepScale) {
    static final Kernel FORWARD = Kernel.grid("gpu_flash_attention.f16", FlashForward::forward);
    static final Kernel BACKWARD_QUERY = Kernel.grid("gpu_flash_attention_backward_q.f16", FlashBackwardQuery::gradient);
    static final Kernel BACKWARD_KEY_VALUE = Kernel.grid("gpu_flash_attention_backward_kv.f16", FlashBackwardKeyValue::gradient);
    private static final Kernel COUNT_KEYS = Kernel.grid("gpu_flash_attention_keys", FlashKeys::count);
    static final Kernel DRAW = Kernel.grid("gpu_flash_attention_decisions", FlashDecisions::draw);
    /** The length from which a warp has 32 queries, where their sums fit its registers. */
    private static final int TALL_SEQ = 256;

    /**
     * What the forward pass notes that keeps its decisions.
     *
     * @param rowMax which attention's they are
     */
    private record Kept(Buffer rowMax, Buffer decisions) {
    }

    /**
     * What the count of keys notes.
     *
     * @param mask from which they were counted
     * @param at   before which launch of the program
     */
    private record Counted(Buffer mask, int at, Buffer keys) {
    }

    /** Blocks of {@link #FORWARD} that a multiprocessor is to hold, for heads of size d: as many as have their registers without spilling any. */
    static int forwardBlocks(int d, int tall) {
        return d < 128 && tall == 1 ? 3 : 2;
    }

    /** {@link #forwardBlocks} of {@link #BACKWARD_QUERY}. */
    static int queryBlocks(int d) {
        return d == 128 ? 2 : 3;
    }

    /** {@link #forwardBlocks} of {@link #BACKWARD_KEY_VALUE}. */
    static int keyValueBlocks(int d) {
        return d == 32 ? 3 : 2;
    }

    /** Whether the kernels take heads of size d. */
    static boolean takes(int d) {
        return d == 32 || d == 64 || d == 128;
    }

    /** Whether the kernels take heads and texts of these sizes, the longest text of so many tokens, in so many rows of all heads. */
    static boolean fit(int texts, int heads, int d, int rows, int longest) {
        return takes(d) && texts <= Grid.MAX_BLOCKS_YZ && heads <= Grid.MAX_BLOCKS_YZ
                && (long) (rows + FlashForward.MAX_QUERIES) * FlashDecisions.words(longest) <= Integer.MAX_VALUE;
    }

    /** {@link FlashForward}'s tall, for texts of up to so many tokens. */
    static int tall(int d, int longest) {
        return d < 128 && longest >= TALL_SEQ ? 2 : 1;
    }

    boolean fit() {
        return fit(texts, heads, d, rows(), seq);
    }

    /** @param maxKept the most bytes of all the program's decisions that wait for the backward pass */
    void forward(RecordedLaunches program, int at, Forward a, long maxKept) {
        Buffer keys = keys(program, at, a.mask());
        Buffer decisions = dropping() ? draw(a.random(), keys, keeps(program, at, a, maxKept) ? a.rowMax() : null) : starts();
        int tall = tall(d, seq);
        out.launch(FORWARD).read(a.q()).read(a.k()).read(a.v()).read(a.mask()).read(decisions).read(starts()).read(keys).write(a.out()).write(a.rowMax())
                .write(a.rowSum()).read(sizes()).read(factors()).ints(d, tall).flag(dropping()).sharedBytes(FlashForward.sharedBytes(d))
                .blocksPerProcessor(forwardBlocks(d, tall)).over(tiles(FlashForward.queries(tall), Flash.THREADS));
    }

    void backward(RecordedLaunches program, int at, BackwardQuery a, BackwardKeyValue b) {
        Buffer keys = keys(program, at, a.mask());
        Kept kept = out.lastNote(Kept.class, k -> k.rowMax == a.rowMax());
        Buffer decisions = !dropping() ? starts() : kept != null ? kept.decisions : draw(a.random(), keys, null);
        Buffer stats = out.scratch(DType.F32, rows() * Flash.STATS);
        out.launch(BACKWARD_QUERY).read(a.q()).read(a.k()).read(a.v()).read(a.mask()).read(decisions).read(starts()).read(keys).read(a.rowMax())
                .read(a.rowSum())
                .read(a.out()).read(a.dout()).write(a.dq()).write(a.delta()).write(stats).read(sizes()).read(factors()).ints(d).flag(dropping())
                .sharedBytes(FlashForward.sharedBytes(d)).blocksPerProcessor(queryBlocks(d)).over(tiles(Flash.TILE, Flash.THREADS));
        out.launch(BACKWARD_KEY_VALUE).read(a.q()).read(a.k()).read(a.v()).read(a.mask()).read(decisions).read(starts()).read(keys).read(stats).read(a.dout())
                .write(b.dk()).write(b.dv()).read(sizes()).read(factors()).ints(d).flag(dropping())
                .sharedBytes(FlashBackwardKeyValue.sharedBytes(d)).blocksPerProcessor(keyValueBlocks(d)).over(tiles(Flash.TILE, Flash.THREADS));
    }

    private int rows() {
        return texts * heads * seq;
    }

    private boolean dropping() {
        return threshold < Attention.KEEP_ALL;
    }

    private Grid tiles(int queries, int threads) {
        return new Grid(Math.ceilDiv(seq, queries), heads, texts, threads);
    }

    private Buffer starts() {
        int[] starts = new int[texts + 1];
        for (int i = 0; i <= texts; i++) {
            starts[i] = i * seq;
        }
        return out.ints(starts);
    }

    private Buffer sizes() {
        int[] sizes = new int[4];
        sizes[Flash.HEADS] = heads;
        sizes[Flash.STRIDE] = heads * d;
        sizes[Flash.WORDS] = FlashDecisions.words(seq);
        sizes[Flash.HAS_MASK] = 1;
        return out.ints(sizes);
    }

    /** In the order of {@link Flash#SCALE} and {@link Flash#KEEP_SCALE}. */
    private Buffer factors() {
        return out.floats(scale, keepScale);
    }

    /** The number of each text's keys that count, as it was noted or emitted now. */
    private Buffer keys(RecordedLaunches program, int at, Buffer mask) {
        Counted counted = out.lastNote(Counted.class, c -> c.mask == mask);
        if (counted != null && IntStream.range(counted.at, at).noneMatch(i -> program.get(i).writes(mask))) {
            return counted.keys;
        }
        Buffer keys = out.scratch(DType.I32, texts);
        out.launch(COUNT_KEYS).note(new Counted(mask, at, keys)).read(mask).read(starts()).write(keys).over(Grid.of(texts, FlashKeys.THREADS));
        return keys;
    }

    /** Emits the draw of all decisions; noted for the backward pass of the attention that has this buffer, if any. */
    private Buffer draw(Buffer random, Buffer keys, @Nullable Buffer rowMax) {
        Buffer decisions = out.scratch(DType.I32, FlashDecisions.elements(rows(), seq));
        int[] sizes = new int[FlashDecisions.SIZES];
        sizes[FlashDecisions.HEADS] = heads;
        sizes[FlashDecisions.WORDS] = FlashDecisions.words(seq);
        sizes[FlashDecisions.SEQ] = seq;
        sizes[FlashDecisions.THRESHOLD] = threshold;
        Launch.Builder draw = out.launch(DRAW);
        if (rowMax != null) {
            draw.note(new Kept(rowMax, decisions));
        }
        draw.read(random).read(starts()).read(keys).write(decisions).read(out.ints(sizes)).over(tiles(Flash.TILE, FlashDecisions.THREADS));
        return decisions;
    }

    /** Whether the decisions wait for the backward pass: it is in the program, and those of all attentions fit the limit. */
    private boolean keeps(RecordedLaunches program, int at, Forward a, long maxKept) {
        int backwards = 0;
        boolean own = false;
        for (int i = 0; i < program.size(); i++) {
            if (program.is(i, Attention.BACKWARD_QUERY.f16())) {
                backwards++;
                own |= i > at && program.get(i).arguments(BackwardQuery.class).rowMax() == a.rowMax();
            }
        }
        return own && (long) backwards * FlashDecisions.elements(rows(), seq) * DType.I32.bytes() <= maxKept;
    }
}
