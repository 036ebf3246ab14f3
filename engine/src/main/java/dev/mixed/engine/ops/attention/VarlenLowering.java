// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.attention.VarlenAttention.BackwardKeyValue;
import dev.mixed.engine.ops.attention.VarlenAttention.BackwardQuery;
import dev.mixed.engine.ops.attention.VarlenAttention.Forward;
import dev.mixed.intrinsics.Capability;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Lowers attention of texts that stand one after the other, of halves, with the usual head sizes, on GPUs with intrinsics, to flash attention ({@link
 * Flash}). Elsewhere its loops run: right, but slow.
 *
 * <p>The kernels see texts alone: the results for dead tokens are made zeros before. Dropout decisions stay in memory as those of {@link FlashLaunches} do.
 */
public final class VarlenLowering implements Lowering {
    private static final Kernel LENGTHS = Kernel.grid("gpu_flash_texts_lengths", FlashTexts::lengths);
    private static final Kernel ZERO = Kernel.grid("gpu_flash_texts_zero.f16", FlashTexts::zero);
    private static final Kernel ZERO_THREE = Kernel.grid("gpu_flash_texts_zero_three.f16", FlashTexts::zeroThree);
    /** The most bytes of a program's dropout decisions that wait for the backward pass. */
    private static final long MAX_KEPT = 256L << 20;

    private final boolean flash;
    private final long maxKept;

    public VarlenLowering(GpuTarget target) {
        this(target.has(Capability.SM_80), MAX_KEPT);
    }

    private VarlenLowering(boolean flash, long maxKept) {
        this.flash = flash;
        this.maxKept = maxKept;
    }

    /** Flash attention with another limit to the bytes of decisions that are kept for the backward pass. */
    static VarlenLowering flash(long maxKept) {
        return new VarlenLowering(true, maxKept);
    }

    /**
     * What the forward pass notes that keeps its decisions.
     *
     * @param rowMax which attention's they are
     */
    private record Kept(Buffer rowMax, Buffer decisions) {
    }

    /**
     * What the lengths of texts note.
     *
     * @param starts from which they follow
     * @param at     before which launch of the program
     */
    private record Lengths(Buffer starts, int at, Buffer keys) {
    }

    @Override
    public boolean packsWell(DType dtype, int headSize) {
        return flash && dtype == DType.F16 && FlashLaunches.takes(headSize);
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!flash) {
            return 0;
        }
        if (program.is(at, VarlenAttention.FORWARD.f16())) {
            Forward a = program.get(at).arguments(Forward.class);
            Row row = new Row(program, at, out, a.starts(), program.get(at).range() / a.heads(), a.texts(), a.heads(), a.d(), a.maxLength(), a.scale(),
                    a.threshold(), a.keepScale());
            if (!row.fit()) {
                return 0;
            }
            row.forward(a, maxKept);
            return 1;
        }
        if (program.is(at, VarlenAttention.BACKWARD_QUERY.f16()) && program.is(at + 1, VarlenAttention.BACKWARD_KEY_VALUE.f16())) {
            BackwardQuery a = program.get(at).arguments(BackwardQuery.class);
            BackwardKeyValue b = program.get(at + 1).arguments(BackwardKeyValue.class);
            Row row = new Row(program, at, out, a.starts(), program.get(at).range() / a.heads(), a.texts(), a.heads(), a.d(), a.maxLength(), a.scale(),
                    a.threshold(), a.keepScale());
            if (!row.fit() || !ofOneAttention(a, b) || program.get(at).range() != program.get(at + 1).range()) {
                return 0;
            }
            row.backward(a, b);
            return 2;
        }
        return 0;
    }

    /** Whether both launches of the backward pass are of one attention. */
    private static boolean ofOneAttention(BackwardQuery a, BackwardKeyValue b) {
        return b.equals(new BackwardKeyValue(a.q(), a.k(), a.v(), a.starts(), a.random(), a.rowMax(), a.rowSum(), a.delta(), a.dout(), b.dk(), b.dv(),
                a.texts(), a.heads(), a.d(), a.maxLength(), a.scale(), a.threshold(), a.keepScale()));
    }

    /** One attention: where it is, its sizes, and the launches and buffers that follow from them. */
    private record Row(RecordedLaunches program, int at, LoweredLaunches out, Buffer starts, int tokens, int texts, int heads, int d, int maxLength,
            float scale,
            int threshold, float keepScale) {
        /** Whether the kernels take heads and texts of these sizes. */
        boolean fit() {
            return FlashLaunches.fit(texts, heads, d, rows(), maxLength);
        }

        void forward(Forward a, long maxKept) {
            Buffer keys = keys();
            Buffer decisions = dropping() ? draw(a.random(), keys, keeps(a, maxKept) ? a.rowMax() : null) : starts;
            int tall = FlashLaunches.tall(d, maxLength);
            out.launch(ZERO).write(a.out()).read(starts).read(row()).over(Grid.of(tokens, FlashTexts.THREADS));
            out.launch(FlashLaunches.FORWARD).read(a.q()).read(a.k()).read(a.v()).read(noMask()).read(decisions).read(starts).read(keys).update(a.out())
                    .write(a.rowMax()).write(a.rowSum()).read(sizes()).read(factors()).ints(d, tall).flag(dropping())
                    .sharedBytes(FlashForward.sharedBytes(d)).blocksPerProcessor(FlashLaunches.forwardBlocks(d, tall))
                    .over(tiles(FlashForward.queries(tall), Flash.THREADS));
        }

        void backward(BackwardQuery a, BackwardKeyValue b) {
            Buffer keys = keys();
            Kept kept = out.lastNote(Kept.class, k -> k.rowMax == a.rowMax());
            Buffer decisions = !dropping() ? starts : kept != null ? kept.decisions : draw(a.random(), keys, null);
            Buffer stats = out.scratch(DType.F32, rows() * Flash.STATS);
            out.launch(ZERO_THREE).write(a.dq()).write(b.dk()).write(b.dv()).read(starts).read(row()).over(Grid.of(tokens, FlashTexts.THREADS));
            out.launch(FlashLaunches.BACKWARD_QUERY).read(a.q()).read(a.k()).read(a.v()).read(noMask()).read(decisions).read(starts).read(keys)
                    .read(a.rowMax()).read(a.rowSum()).read(a.out()).read(a.dout()).update(a.dq()).write(a.delta()).write(stats).read(sizes())
                    .read(factors()).ints(d).flag(dropping()).sharedBytes(FlashForward.sharedBytes(d)).blocksPerProcessor(FlashLaunches.queryBlocks(d))
                    .over(tiles(Flash.TILE, Flash.THREADS));
            out.launch(FlashLaunches.BACKWARD_KEY_VALUE).read(a.q()).read(a.k()).read(a.v()).read(noMask()).read(decisions).read(starts).read(keys)
                    .read(stats).read(a.dout()).update(b.dk()).update(b.dv()).read(sizes()).read(factors()).ints(d).flag(dropping())
                    .sharedBytes(FlashBackwardKeyValue.sharedBytes(d)).blocksPerProcessor(FlashLaunches.keyValueBlocks(d))
                    .over(tiles(Flash.TILE, Flash.THREADS));
        }

        private int rows() {
            return tokens * heads;
        }

        private boolean dropping() {
            return threshold < Attention.KEEP_ALL;
        }

        /** Blocks for texts of the largest length; those of shorter ones end at once. */
        private Grid tiles(int queries, int threads) {
            return new Grid(Math.ceilDiv(maxLength, queries), heads, texts, threads);
        }

        private Buffer row() {
            int[] row = new int[3];
            row[FlashTexts.TOKENS] = tokens;
            row[FlashTexts.STRIDE] = heads * d;
            row[FlashTexts.TEXTS] = texts;
            return out.ints(row);
        }

        private Buffer sizes() {
            int[] sizes = new int[4];
            sizes[Flash.HEADS] = heads;
            sizes[Flash.STRIDE] = heads * d;
            sizes[Flash.WORDS] = FlashDecisions.words(maxLength);
            sizes[Flash.HAS_MASK] = 0;
            return out.ints(sizes);
        }

        /** In the order of {@link Flash#SCALE} and {@link Flash#KEEP_SCALE}. */
        private Buffer factors() {
            return out.floats(scale, keepScale);
        }

        /** Nobody looks at it. */
        private Buffer noMask() {
            return out.floats(0f);
        }

        /** The number of each text's keys, as it was noted or emitted now. */
        private Buffer keys() {
            Lengths noted = out.lastNote(Lengths.class, c -> c.starts == starts);
            if (noted != null && IntStream.range(noted.at, at).noneMatch(i -> program.get(i).writes(starts))) {
                return noted.keys;
            }
            Buffer keys = out.scratch(DType.I32, texts);
            out.launch(LENGTHS).note(new Lengths(starts, at, keys)).read(starts).write(keys).read(row())
                    .over(Grid.of(Math.ceilDiv(texts, FlashTexts.THREADS), FlashTexts.THREADS));
            return keys;
        }

        /** Emits the draw of all decisions; noted for the backward pass of the attention that has this buffer, if any. */
        private Buffer draw(Buffer random, Buffer keys, @Nullable Buffer rowMax) {
            Buffer decisions = out.scratch(DType.I32, FlashDecisions.elements(rows(), maxLength));
            int[] sizes = new int[FlashDecisions.SIZES];
            sizes[FlashDecisions.HEADS] = heads;
            sizes[FlashDecisions.WORDS] = FlashDecisions.words(maxLength);
            sizes[FlashDecisions.SEQ] = maxLength;
            sizes[FlashDecisions.THRESHOLD] = threshold;
            Launch.Builder draw = out.launch(FlashLaunches.DRAW);
            if (rowMax != null) {
                draw.note(new Kept(rowMax, decisions));
            }
            draw.read(random).read(starts).read(keys).write(decisions).read(out.ints(sizes)).over(tiles(Flash.TILE, FlashDecisions.THREADS));
            return decisions;
        }

        /** Whether the decisions wait for the backward pass: it is in the program, and those of all attentions fit the limit. */
        private boolean keeps(Forward a, long maxKept) {
            int backwards = 0;
            boolean own = false;
            for (int i = 0; i < program.size(); i++) {
                if (program.is(i, VarlenAttention.BACKWARD_QUERY.f16())) {
                    backwards++;
                    own |= i > at && program.get(i).arguments(BackwardQuery.class).rowMax() == a.rowMax();
                }
            }
            return own && (long) backwards * FlashDecisions.elements(rows(), maxLength) * DType.I32.bytes() <= maxKept;
        }
    }
}
