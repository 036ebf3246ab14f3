// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.attention.Attention.BackwardKeyValue;
import dev.mixed.engine.ops.attention.Attention.BackwardQuery;
import dev.mixed.engine.ops.attention.Attention.Forward;
import dev.mixed.engine.ops.matmul.Product;
import dev.mixed.engine.ops.matmul.Product.Operand;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.intrinsics.Capability;

/**
 * Lowers attention: of halves, with the usual head sizes, on GPUs with intrinsics, to flash attention, {@link FlashLaunches}; of short texts to one
 * kernel, {@link AttentionGridShort}; of others, for head sizes and lengths of any kind, to batched matrix products with kernels on rows of scores between
 * them. See {@link Attention} for the formulas.
 *
 * <p>In these, scores of all heads are in memory during the launch, as F32 [batch, heads, seq, padded seq]. F16 probabilities stay there until the
 * backward pass, as {@link AttentionGridQuads} stores them, if the backend can compile it and those of all the program's attentions don't take too much
 * memory; otherwise the backward pass computes them again.
 */
public final class AttentionLowering implements Lowering {
    private static final KernelPair SOFTMAX = new KernelPair(Kernel.grid("gpu_attention_softmax.f32", AttentionGrid::softmax),
            Kernel.grid("gpu_attention_softmax.f16", AttentionGridHalf::softmax));
    private static final KernelPair GRADIENT = new KernelPair(Kernel.grid("gpu_attention_gradient.f32", AttentionGrid::gradient),
            Kernel.grid("gpu_attention_gradient.f16", AttentionGridHalf::gradient));
    private static final Kernel SOFTMAX_QUADS = Kernel.grid("gpu_attention_softmax_quads.f16", AttentionGridQuads::softmax);
    private static final Kernel GRADIENT_QUADS = Kernel.grid("gpu_attention_gradient_quads.f16", AttentionGridQuads::gradient);
    private static final KernelPair SHORT = new KernelPair(Kernel.grid("gpu_attention_short.f32", AttentionGridShort::forward),
            Kernel.grid("gpu_attention_short.f16", AttentionGridShortHalf::forward));
    private static final KernelPair SHORT_BACKWARD = new KernelPair(Kernel.grid("gpu_attention_short_backward.f32", AttentionGridShort::backward),
            Kernel.grid("gpu_attention_short_backward.f16", AttentionGridShortHalf::backward));
    /** The most scores of one launch, 4 GB of them. */
    private static final long MAX_SCORES = 1L << 30;
    /** The most bytes of a program's probabilities that wait for the backward pass. */
    private static final long MAX_KEPT = 2L << 30;
    /** The most bytes of a program's dropout decisions that wait for the backward pass of flash attention. */
    private static final long MAX_KEPT_DECISIONS = 256L << 20;

    private final int maxShortSeq;
    private final long maxKept;
    private final long maxKeptDecisions;
    private final GpuTarget target;
    private final boolean packs;
    private final boolean flash;

    /** On ptx, {@link AttentionGridQuads}, which stores two halves at once, can't be compiled. */
    public AttentionLowering(GpuTarget target) {
        this(target, AttentionGridShort.MAX_SEQ, MAX_KEPT, MAX_KEPT_DECISIONS, !target.backend().equals("ptx"), target.has(Capability.SM_80));
    }

    /** Without flash attention, with other limits to what counts as short, at most {@link AttentionGridShort#MAX_SEQ}, and to what is kept. */
    AttentionLowering(int maxShortSeq, long maxKept, boolean packs) {
        this(GpuTarget.PLAIN, maxShortSeq, maxKept, 0, packs, false);
    }

    /** Flash attention with another limit to the bytes of decisions that are kept for the backward pass. */
    static AttentionLowering flash(long maxKeptDecisions) {
        return new AttentionLowering(GpuTarget.AMPERE, AttentionGridShort.MAX_SEQ, MAX_KEPT, maxKeptDecisions, true, true);
    }

    private AttentionLowering(GpuTarget target, int maxShortSeq, long maxKept, long maxKeptDecisions, boolean packs, boolean flash) {
        this.target = target;
        this.maxShortSeq = maxShortSeq;
        this.maxKept = maxKept;
        this.maxKeptDecisions = maxKeptDecisions;
        this.packs = packs;
        this.flash = flash;
    }

    /**
     * What the forward pass notes that keeps its probabilities.
     *
     * @param rowMax which attention's they are
     * @param signed the probabilities, negative where dropout zeroes them
     */
    private record Kept(Buffer rowMax, Buffer signed) {
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, Attention.FORWARD)) {
            Forward a = program.get(at).arguments(Forward.class);
            Heads heads = Heads.of(target, out, a.q(), program.get(at).range(), a.heads(), a.seq(), a.d(), a.scale(), a.threshold(), a.keepScale());
            if (inFlash(heads)) {
                heads.flash().forward(program, at, a, maxKeptDecisions);
                return 1;
            }
            if (!heads.fit()) {
                return 0;
            }
            forward(program, at, a, heads, out);
            return 1;
        }
        if (program.is(at, Attention.BACKWARD_QUERY) && program.is(at + 1, Attention.BACKWARD_KEY_VALUE)) {
            BackwardQuery a = program.get(at).arguments(BackwardQuery.class);
            BackwardKeyValue b = program.get(at + 1).arguments(BackwardKeyValue.class);
            Heads heads = Heads.of(target, out, a.q(), program.get(at).range(), a.heads(), a.seq(), a.d(), a.scale(), a.threshold(), a.keepScale());
            if (!ofOneAttention(a, b) || program.get(at).range() != program.get(at + 1).range()) {
                return 0;
            }
            if (inFlash(heads)) {
                heads.flash().backward(program, at, a, b);
                return 2;
            }
            if (!heads.fit()) {
                return 0;
            }
            backward(a, b, heads, out);
            return 2;
        }
        return 0;
    }

    /** Whether both launches of the backward pass are of one attention. */
    private static boolean ofOneAttention(BackwardQuery a, BackwardKeyValue b) {
        return b.equals(new BackwardKeyValue(a.q(), a.k(), a.v(), a.mask(), a.random(), a.rowMax(), a.rowSum(), a.delta(), a.dout(), b.dk(), b.dv(), a.heads(),
                a.seq(), a.d(), a.scale(), a.threshold(), a.keepScale()));
    }

    private void forward(RecordedLaunches program, int at, Forward a, Heads heads, LoweredLaunches out) {
        if (isShort(heads)) {
            out.launch(SHORT.of(heads.type)).read(a.q()).read(a.k()).read(a.v()).read(a.mask()).read(a.random()).write(a.out()).write(a.rowMax())
                    .write(a.rowSum()).read(heads.sizes()).read(heads.factors()).over(heads.perHead());
            return;
        }
        Buffer scores = heads.scores(a.q(), a.k());
        Buffer p = heads.probabilities();
        if (inQuads(heads)) {
            softmaxInQuads(a, scores, p, heads, out, keeps(program, at, a, heads));
        } else {
            out.launch(SOFTMAX.of(heads.type)).read(scores).read(a.mask()).read(a.random()).write(a.rowMax()).write(a.rowSum()).write(p).read(heads.sizes())
                    .read(heads.factors()).ints(AttentionGrid.decisions(heads.seq), AttentionGrid.slots(heads.seq)).over(heads.perRow());
        }
        heads.weighted(heads.ofRows(p, false), a.v(), a.out());
    }

    private void backward(BackwardQuery a, BackwardKeyValue b, Heads heads, LoweredLaunches out) {
        if (isShort(heads)) {
            out.launch(SHORT_BACKWARD.of(heads.type)).read(a.q()).read(a.k()).read(a.v()).read(a.mask()).read(a.random()).read(a.rowMax()).read(a.rowSum())
                    .read(a.out()).read(a.dout()).write(a.dq()).write(b.dk()).write(b.dv()).write(a.delta()).read(heads.sizes()).read(heads.factors())
                    .over(heads.perHead());
            return;
        }
        Buffer dp = heads.scores(a.dout(), a.v());
        Buffer ds = heads.probabilities();
        Kept kept = heads.type == DType.F16 ? out.lastNote(Kept.class, k -> k.rowMax == a.rowMax()) : null;
        Buffer p = kept != null ? gradientInQuads(a, kept.signed, dp, ds, heads, out) : gradient(a, dp, ds, heads, out);
        heads.weighted(heads.ofRows(p, true), a.dout(), b.dv());
        heads.weighted(heads.ofRows(ds, false), a.k(), a.dq());
        heads.weighted(heads.ofRows(ds, true), a.q(), b.dk());
    }

    private boolean inFlash(Heads heads) {
        return flash && heads.type == DType.F16 && heads.flash().fit();
    }

    private boolean isShort(Heads heads) {
        return heads.seq <= maxShortSeq && heads.d <= AttentionGridShort.MAX_D;
    }

    /** Whether {@link AttentionGridQuads} takes the rows. */
    private boolean inQuads(Heads heads) {
        return packs && heads.type == DType.F16 && AttentionGridQuads.fits(heads.seq);
    }

    /** Whether an attention's probabilities wait for its backward pass: it is in the program, and all such fit the limit. */
    private boolean keeps(RecordedLaunches program, int at, Forward a, Heads heads) {
        int backwards = 0;
        boolean own = false;
        for (int i = 0; i < program.size(); i++) {
            if (program.is(i, Attention.BACKWARD_QUERY.f16())) {
                backwards++;
                own |= i > at && program.get(i).arguments(BackwardQuery.class).rowMax() == a.rowMax();
            }
        }
        return own && backwards * heads.probabilityBytes() <= maxKept;
    }

    /** Emits the softmax; and, to keep, what the backward pass needs of it. */
    private static void softmaxInQuads(Forward a, Buffer scores, Buffer p, Heads heads, LoweredLaunches out, boolean keep) {
        boolean apart = keep && heads.dropping();
        Buffer signed = apart ? heads.probabilities() : heads.unused();
        Launch.Builder softmax = out.launch(SOFTMAX_QUADS);
        if (keep) {
            softmax.note(new Kept(a.rowMax(), apart ? signed : p));
        }
        softmax.read(scores).read(a.mask()).read(a.random()).write(a.rowMax()).write(a.rowSum()).write(p).write(signed).read(heads.sizes())
                .read(heads.factors()).flag(heads.dropping()).flag(apart).ints(AttentionGridQuads.quads(heads.seq)).over(heads.perRow());
    }

    /** Emits what computes ds and delta, and gives p: after dropout. */
    private static Buffer gradient(BackwardQuery a, Buffer dp, Buffer ds, Heads heads, LoweredLaunches out) {
        Buffer scores = heads.scores(a.q(), a.k());
        Buffer p = heads.probabilities();
        out.launch(GRADIENT.of(heads.type)).read(scores).read(dp).read(a.mask()).read(a.random()).read(a.rowMax()).read(a.rowSum()).read(a.out())
                .read(a.dout()).write(a.delta()).write(p).write(ds).read(heads.sizes()).read(heads.factors())
                .ints(AttentionGrid.decisions(heads.seq), AttentionGrid.slots(heads.seq)).over(heads.perRow());
        return p;
    }

    /** {@link #gradient} from what the forward pass left. */
    private static Buffer gradientInQuads(BackwardQuery a, Buffer signed, Buffer dp, Buffer ds, Heads heads, LoweredLaunches out) {
        Buffer p = heads.dropping() ? heads.probabilities() : heads.unused();
        out.launch(GRADIENT_QUADS).read(signed).read(dp).read(a.out()).read(a.dout()).write(a.delta()).write(p).write(ds).read(heads.sizes())
                .read(heads.factors()).flag(heads.dropping()).ints(AttentionGridQuads.quads(heads.seq)).over(heads.perRow());
        return heads.dropping() ? p : signed;
    }

    /** The sizes of one attention, and the products and buffers that follow from them. */
    private record Heads(GpuTarget target, LoweredLaunches out, DType type, int batch, int heads, int seq, int d, float scale, int threshold, float keepScale) {
        /** @param rows queries of all heads and texts */
        static Heads of(GpuTarget target, LoweredLaunches out, Buffer q, int rows, int heads, int seq, int d, float scale, int threshold, float keepScale) {
            return new Heads(target, out, q.dtype(), rows / seq / heads, heads, seq, d, scale, threshold, keepScale);
        }

        FlashLaunches flash() {
            return new FlashLaunches(out, batch, heads, seq, d, scale, threshold, keepScale);
        }

        boolean fit() {
            return (long) batch * heads * scoresHead() <= MAX_SCORES && Product.fits(batch * heads, seq, Math.max(seq, d))
                    && (long) batch * heads <= Grid.MAX_BLOCKS_YZ
                    && AttentionGrid.slots(seq) <= AttentionGrid.MAX_SLOTS;
        }

        private int hidden() {
            return heads * d;
        }

        private long scoresHead() {
            return (long) seq * pRow();
        }

        /** Elements from one row of scores or probabilities to the next: whole groups of 16 bytes. */
        private int pRow() {
            return Math.ceilDiv(seq, 8) * 8;
        }

        Buffer sizes() {
            int[] sizes = new int[AttentionGrid.SIZES];
            sizes[AttentionGrid.ALL] = batch * heads * seq;
            sizes[AttentionGrid.SEQ] = seq;
            sizes[AttentionGrid.HEADS] = heads;
            sizes[AttentionGrid.D] = d;
            sizes[AttentionGrid.SCORES_ROW] = pRow();
            sizes[AttentionGrid.SCORES_HEAD] = (int) scoresHead();
            sizes[AttentionGrid.P_ROW] = pRow();
            sizes[AttentionGrid.THRESHOLD] = threshold;
            return out.ints(sizes);
        }

        /** In the order of {@link AttentionGrid#SCALE} and {@link AttentionGrid#KEEP_SCALE}. */
        Buffer factors() {
            return out.floats(scale, keepScale);
        }

        Grid perRow() {
            return Grid.of(Math.ceilDiv(batch * heads * seq, AttentionGrid.ROWS), AttentionGrid.THREADS);
        }

        Grid perHead() {
            return Grid.of(batch * heads, AttentionGrid.THREADS);
        }

        boolean dropping() {
            return threshold < Attention.KEEP_ALL;
        }

        long probabilityBytes() {
            return (long) batch * heads * seq * pRow() * type.bytes();
        }

        Buffer probabilities() {
            return out.scratch(type, batch * heads * seq * pRow());
        }

        Buffer unused() {
            return out.scratch(type, 4);
        }

        /** A matrix [seq, d] per head in [batch, seq, hidden]. */
        private Operand ofHeads(Buffer x, boolean transposed) {
            return new Operand(x, transposed, hidden(), (long) seq * hidden(), d);
        }

        /** A matrix [seq, seq] per head, as the kernels on rows write it. */
        Operand ofRows(Buffer x, boolean transposed) {
            return new Operand(x, transposed, pRow(), (long) heads * seq * pRow(), (long) seq * pRow());
        }

        /** x y^T of each head's [seq, d]. */
        Buffer scores(Buffer x, Buffer y) {
            Buffer scores = out.scratch(DType.F32, Math.toIntExact((long) batch * heads * scoresHead()));
            new Product(batch, heads, seq, seq, d, ofHeads(x, false), ofHeads(y, true),
                    new Result(scores, pRow(), Math.toIntExact(heads * scoresHead()), (int) scoresHead())).emit(target, out);
            return scores;
        }

        /** y = op(p) x of each head's [seq, seq] and [seq, d]. */
        void weighted(Operand p, Buffer x, Buffer y) {
            new Product(batch, heads, seq, d, seq, p, ofHeads(x, false), new Result(y, hidden(), seq * hidden(), d)).emit(target, out);
        }
    }
}
