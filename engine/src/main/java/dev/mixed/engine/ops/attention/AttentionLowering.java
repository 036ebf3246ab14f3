package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.matmul.FloatGemm;
import dev.mixed.engine.ops.matmul.GpuGemm;
import dev.mixed.engine.ops.matmul.GpuGemm.Operand;
import dev.mixed.engine.ops.matmul.HalfGemm;
import dev.mixed.engine.ops.random.Philox;

/**
 * Attention of short texts as one kernel, {@link ShortAttention}; of others as batched matrix products with kernels on rows of scores between
 * them, for head sizes and sequence lengths of any kind.
 *
 * <p>There, scores of all heads are kept in memory during the launch, as F32 [batch, heads, padded seq, padded seq]. Half probabilities stay in memory
 * until the backward pass, as {@link AttentionQuads} stores them, if the backend can compile it and those of all the program's attentions don't
 * take too much of it; otherwise the
 * backward pass computes them again. See {@link dev.mixed.engine.ops.attention.Attention} for the formulas.
 */
public final class AttentionLowering implements Lowering {
    private static final Kernel SOFTMAX_F16 = Kernel.grid("gpu_attention_softmax.f16", AttentionRows::softmaxHalf);
    private static final Kernel SOFTMAX_F32 = Kernel.grid("gpu_attention_softmax.f32", AttentionRows::softmaxFloat);
    private static final Kernel GRADIENT_F16 = Kernel.grid("gpu_attention_gradient.f16", AttentionRows::gradientHalf);
    private static final Kernel GRADIENT_F32 = Kernel.grid("gpu_attention_gradient.f32", AttentionRows::gradientFloat);
    private static final Kernel SOFTMAX_QUADS = Kernel.grid("gpu_attention_softmax_quads.f16", AttentionQuads::softmax);
    private static final Kernel GRADIENT_QUADS = Kernel.grid("gpu_attention_gradient_quads.f16", AttentionQuads::gradient);
    private static final Kernel TO_HALF = Kernel.grid("gpu_attention_to_half", HeadColumns::toHalf);
    private static final Kernel SHORT_F16 = Kernel.grid("gpu_attention_short.f16", ShortAttentionHalf::forward);
    private static final Kernel SHORT_F32 = Kernel.grid("gpu_attention_short.f32", ShortAttentionFloat::forward);
    private static final Kernel SHORT_BACKWARD_F16 = Kernel.grid("gpu_attention_short_backward.f16", ShortAttentionHalf::backward);
    private static final Kernel SHORT_BACKWARD_F32 = Kernel.grid("gpu_attention_short_backward.f32", ShortAttentionFloat::backward);
    /** The most scores of one launch, 4 GB of them. */
    private static final long MAX_SCORES = 1L << 30;

    /** The most bytes of a program's probabilities that wait for the backward pass. */
    private static final long MAX_KEPT = 2L << 30;

    private final int maxShortSeq;
    private final long maxKept;
    private final boolean packs;

    /** @param packs whether the backend can compile {@link AttentionQuads}, which stores two halves at once */
    public AttentionLowering(boolean packs) {
        this(ShortAttention.MAX_SEQ, MAX_KEPT, packs);
    }

    /** With other limits to what counts as short, at most {@link ShortAttention#MAX_SEQ}, and to the bytes that are kept for the backward pass. */
    public AttentionLowering(int maxShortSeq, long maxKept, boolean packs) {
        this.maxShortSeq = maxShortSeq;
        this.maxKept = maxKept;
        this.packs = packs;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        for (DType type : new DType[] {DType.F16, DType.F32}) {
            String suffix = type == DType.F16 ? ".f16" : ".f32";
            Launch launch = program.get(at);
            if (program.is(at, "attention" + suffix)) {
                // q, k, v, mask, random, out, rowMax, rowSum, then the sizes
                Heads heads = Heads.of(launch, type, 8, maxShortSeq, packs, out);
                if (!heads.fit()) {
                    return 0;
                }
                heads.forward(launch, heads.inQuads() && keeps(program, at, heads.probabilityBytes()));
                return 1;
            }
            if (program.is(at, "attention_backward_q" + suffix) && program.is(at + 1, "attention_backward_kv" + suffix)) {
                // q, k, v, mask, random, rowMax, rowSum, out, dout, dq, delta, then the sizes; the second: .., delta, dout, dk, dv
                Launch second = program.get(at + 1);
                Heads heads = Heads.of(launch, type, 11, maxShortSeq, packs, out);
                if (!heads.fit() || !alike(launch, second)) {
                    return 0;
                }
                heads.backward(launch, second);
                return 2;
            }
        }
        return 0;
    }

    /** Whether an attention's probabilities, of so many bytes, wait for its backward pass: it is in the program, and all such fit the limit. */
    private boolean keeps(RecordedLaunches program, int at, long bytes) {
        Buffer rowMax = program.get(at).buffer(6);
        int backwards = 0;
        boolean own = false;
        for (int i = 0; i < program.size(); i++) {
            if (program.is(i, "attention_backward_q.f16")) {
                backwards++;
                own |= i > at && program.get(i).buffer(5) == rowMax;
            }
        }
        return own && backwards * bytes <= maxKept;
    }

    /** Whether both launches of the backward pass are of one attention. */
    private static boolean alike(Launch first, Launch second) {
        for (int i = 0; i < 7; i++) {
            if (first.buffer(i) != second.buffer(i)) {
                return false;
            }
        }
        for (int i = 11; i < first.argumentCount(); i++) {
            if (!first.argument(i).equals(second.argument(i))) {
                return false;
            }
        }
        return first.buffer(8) == second.buffer(8) && first.buffer(10) == second.buffer(7) && first.range() == second.range();
    }

    /** The sizes of one attention, and what they make of launches. */
    private record Heads(LoweredLaunches out, DType type, int maxShortSeq, boolean packs, int batch, int heads, int seq, int d, float scale, int threshold,
                         float keepScale) {
        static Heads of(Launch launch, DType type, int sizesAt, int maxShortSeq, boolean packs, LoweredLaunches out) {
            int heads = launch.intAt(sizesAt);
            int seq = launch.intAt(sizesAt + 1);
            return new Heads(out, type, maxShortSeq, packs, launch.range() / seq / heads, heads, seq, launch.intAt(sizesAt + 2),
                    launch.floatAt(sizesAt + 3), launch.intAt(sizesAt + 4), launch.floatAt(sizesAt + 5));
        }

        boolean fit() {
            return (long) batch * heads * scoresHead() <= MAX_SCORES && (long) batch * paddedSeq() * paddedHidden() <= MAX_SCORES
                    && FloatGemm.fits(batch, heads, seq, Math.max(seq, d)) && (long) batch * heads <= Grid.MAX_BLOCKS_YZ
                    && AttentionRows.slots(seq) <= AttentionRows.MAX_SLOTS;
        }

        private boolean half() {
            return type == DType.F16;
        }

        private int hidden() {
            return heads * d;
        }

        private int paddedSeq() {
            return GpuGemm.paddedRows(seq);
        }

        private int scoresRow() {
            return GpuGemm.paddedColumns(seq);
        }

        private long scoresHead() {
            return (long) paddedSeq() * scoresRow();
        }

        private int paddedHidden() {
            return heads * GpuGemm.paddedColumns(d);
        }

        /** Elements from one row of probabilities to the next: whole groups of 16 bytes. */
        private int pRow() {
            return Math.ceilDiv(seq, 8) * 8;
        }

        private Buffer sizes() {
            return out.ints(batch * heads * seq, seq, heads, d, scoresRow(), (int) scoresHead(), pRow(), threshold);
        }

        private Grid perRow() {
            return Grid.of(Math.ceilDiv(batch * heads * seq, AttentionRows.ROWS), AttentionRows.THREADS);
        }

        /** A matrix [seq, d] per head in [batch, seq, hidden]. */
        private Operand ofHeads(Buffer x, boolean transposed) {
            return new Operand(x, transposed, hidden(), (long) seq * hidden(), d);
        }

        /** A matrix [seq, seq] per head, as the kernels on rows write it. */
        private Operand ofRows(Buffer x, boolean transposed) {
            return new Operand(x, transposed, pRow(), (long) heads * seq * pRow(), (long) seq * pRow());
        }

        /** x y^T of each head's [seq, d]. */
        private Buffer scores(Buffer x, Buffer y) {
            Buffer scores = out.scratch(DType.F32, Math.toIntExact(batch * heads * scoresHead()));
            GpuGemm.product(out, batch, heads, seq, seq, d, ofHeads(x, false), ofHeads(y, true), scores, scoresRow(),
                    Math.toIntExact(heads * scoresHead()), (int) scoresHead());
            return scores;
        }

        long probabilityBytes() {
            return (long) batch * heads * seq * pRow() * type.bytes();
        }

        /** Whether {@link AttentionQuads} takes the rows. */
        boolean inQuads() {
            return packs && half() && AttentionQuads.fits(seq);
        }

        private boolean dropping() {
            return threshold < Philox.keepThreshold(0f);
        }

        private Buffer unused() {
            return out.scratch(type, 4);
        }

        private Buffer probabilities() {
            return out.scratch(type, batch * heads * seq * pRow());
        }

        /** y = op(p) x of each head's [seq, seq] and [seq, d]. */
        private void weighted(Operand p, Buffer x, Buffer y) {
            Operand values = ofHeads(x, false);
            if (!half()) {
                GpuGemm.product(out, batch, heads, seq, d, seq, p, values, y, hidden(), seq * hidden(), d);
            } else if (HalfGemm.fits(seq, d, seq, p, values)) {
                HalfGemm.toHalf(out, batch, heads, seq, d, seq, p, values, y, hidden(), seq * hidden(), d);
            } else {
                Buffer c = out.scratch(DType.F32, batch * paddedSeq() * paddedHidden());
                GpuGemm.product(out, batch, heads, seq, d, seq, p, values, c, paddedHidden(), paddedSeq() * paddedHidden(), GpuGemm.paddedColumns(d));
                out.launch(TO_HALF).read(c).write(y).read(headSizes()).over(perQuery());
            }
        }

        private Buffer headSizes() {
            return out.ints(seq, paddedSeq(), heads, d, GpuGemm.paddedColumns(d));
        }

        private Grid perQuery() {
            return Grid.of(batch * seq, HeadColumns.THREADS);
        }

        private boolean isShort() {
            return seq <= maxShortSeq && d <= ShortAttention.MAX_D;
        }

        private Buffer shortSizes() {
            return out.ints(seq, heads, d, threshold);
        }

        private Grid perHead() {
            return Grid.of(batch * heads, ShortAttention.THREADS);
        }

        /** @param keep whether the backward pass is to find the probabilities */
        void forward(Launch launch, boolean keep) {
            if (isShort()) {
                Launch.Builder builder = out.launch(half() ? SHORT_F16 : SHORT_F32);
                for (int i = 0; i < 8; i++) {
                    if (i < 5) {
                        builder.read(launch.buffer(i));
                    } else {
                        builder.write(launch.buffer(i));
                    }
                }
                builder.read(shortSizes()).read(out.floats(scale, keepScale)).over(perHead());
                return;
            }
            Buffer scores = scores(launch.buffer(0), launch.buffer(1));
            Buffer p = probabilities();
            if (inQuads()) {
                softmaxInQuads(launch, scores, p, keep);
            } else {
                softmax(launch, scores, p);
            }
            weighted(ofRows(p, false), launch.buffer(2), launch.buffer(5));
        }

        private void softmax(Launch launch, Buffer scores, Buffer p) {
            out.launch(half() ? SOFTMAX_F16 : SOFTMAX_F32).read(scores).read(launch.buffer(3)).read(launch.buffer(4)).write(launch.buffer(6))
                    .write(launch.buffer(7)).write(p).read(sizes()).read(out.floats(scale, keepScale))
                    .ints(AttentionRows.decisions(seq), AttentionRows.slots(seq)).over(perRow());
        }

        private void softmaxInQuads(Launch launch, Buffer scores, Buffer p, boolean keep) {
            boolean apart = keep && dropping();
            Buffer signed = apart ? probabilities() : unused();
            out.launch(SOFTMAX_QUADS).read(scores).read(launch.buffer(3)).read(launch.buffer(4)).write(launch.buffer(6)).write(launch.buffer(7)).write(p)
                    .write(signed).read(sizes()).read(out.floats(scale, keepScale)).flag(dropping()).flag(apart).ints(AttentionQuads.quads(seq))
                    .over(perRow());
            if (keep) {
                out.remember(launch.buffer(6), apart ? signed : p);
            }
        }

        void backward(Launch query, Launch keyValue) {
            if (isShort()) {
                Launch.Builder builder = out.launch(half() ? SHORT_BACKWARD_F16 : SHORT_BACKWARD_F32);
                for (int i = 0; i < 9; i++) {
                    builder.read(query.buffer(i));
                }
                builder.write(query.buffer(9)).write(keyValue.buffer(9)).write(keyValue.buffer(10)).write(query.buffer(10)).read(shortSizes())
                        .read(out.floats(scale, keepScale)).over(perHead());
                return;
            }
            Buffer q = query.buffer(0);
            Buffer k = query.buffer(1);
            Buffer dout = query.buffer(8);
            Buffer dp = scores(dout, query.buffer(2));
            Buffer ds = probabilities();
            Buffer signed = half() ? out.recall(query.buffer(5)) : null;
            Buffer p = signed != null ? gradientInQuads(query, signed, dp, ds) : gradient(query, dp, ds);
            weighted(ofRows(p, true), dout, keyValue.buffer(10));
            weighted(ofRows(ds, false), k, query.buffer(9));
            weighted(ofRows(ds, true), q, keyValue.buffer(9));
        }

        /** Emits what computes ds and delta, and gives p: after dropout. */
        private Buffer gradient(Launch query, Buffer dp, Buffer ds) {
            Buffer scores = scores(query.buffer(0), query.buffer(1));
            Buffer p = probabilities();
            out.launch(half() ? GRADIENT_F16 : GRADIENT_F32).read(scores).read(dp).read(query.buffer(3)).read(query.buffer(4)).read(query.buffer(5))
                    .read(query.buffer(6)).read(query.buffer(7)).read(query.buffer(8)).write(query.buffer(10)).write(p).write(ds).read(sizes())
                    .read(out.floats(scale, keepScale)).ints(AttentionRows.decisions(seq), AttentionRows.slots(seq)).over(perRow());
            return p;
        }

        /** {@link #gradient} from what the forward pass left. */
        private Buffer gradientInQuads(Launch query, Buffer signed, Buffer dp, Buffer ds) {
            Buffer p = dropping() ? probabilities() : unused();
            out.launch(GRADIENT_QUADS).read(signed).read(dp).read(query.buffer(7)).read(query.buffer(8)).write(query.buffer(10)).write(p).write(ds)
                    .read(sizes()).read(out.floats(scale, keepScale)).flag(dropping()).ints(AttentionQuads.quads(seq)).over(perRow());
            return dropping() ? p : signed;
        }
    }
}
