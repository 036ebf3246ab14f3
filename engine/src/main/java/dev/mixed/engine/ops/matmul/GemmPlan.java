package dev.mixed.engine.ops.matmul;

/**
 * The edge of a product's tiles of c, and in how many parts of k it is computed.
 *
 * <p>Few tiles leave a GPU idle; then smaller ones, or several sums over parts of k, pay. The plan of the least estimated time is taken; the
 * estimate stands for a GPU with the figures of NVIDIA's H100 and H200.
 */
record GemmPlan(int edge, int splits) {
    private static final int PROCESSORS = 132;
    /** Microseconds of a step of {@link HalfTiles#DEPTH} along k where a processor holds as many blocks as it can, in large and in small tiles. */
    private static final double LARGE_STEP = 0.95;
    private static final double SMALL_STEP = 0.8;
    /** What part of a step's time remains where a processor holds hardly any blocks. */
    private static final double LATENCY = 0.4;
    private static final int LARGE_BLOCKS = 2;
    private static final int SMALL_BLOCKS = 4;
    /** Steps that a block's start and end cost. */
    private static final int OVERHEAD = 4;
    /** Steps that a part of k has at least. */
    private static final int LEAST_STEPS = 8;
    /** F32 elements of partial sums that are written and read again in a microsecond. */
    private static final double ELEMENTS = 400_000;
    private static final int[] SPLITS = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32};

    /**
     * The plan for {@code batch} products of depth k with results of {@code rows} x {@code columns}, padding included.
     *
     * @param mostSplits the most parts of k; 1 where the result is not summed up afterwards
     */
    static GemmPlan of(int batch, int rows, int columns, int k, int mostSplits) {
        GemmPlan best = null;
        double least = Double.MAX_VALUE;
        for (int edge : new int[] {HalfGemm128.EDGE, HalfGemm64.EDGE}) {
            if (rows % edge != 0 || columns % edge != 0) {
                continue;
            }
            long tiles = (long) batch * (rows / edge) * (columns / edge);
            for (int splits : SPLITS) {
                int steps = Math.ceilDiv(Math.ceilDiv(k, HalfTiles.DEPTH), splits);
                if (splits > 1 && (splits > mostSplits || steps < LEAST_STEPS || batch * splits > 65_535)) {
                    break;
                }
                double time = time(tiles * splits, steps + OVERHEAD, edge == HalfGemm128.EDGE) + (splits - 1) * ((double) batch * rows * columns) / ELEMENTS;
                if (time < least) {
                    least = time;
                    best = new GemmPlan(edge, splits);
                }
            }
        }
        return best;
    }

    boolean large() {
        return edge == HalfGemm128.EDGE;
    }

    /** Microseconds of so many blocks, in waves of as many as the GPU holds. */
    private static double time(long blocks, int steps, boolean large) {
        int room = large ? LARGE_BLOCKS : SMALL_BLOCKS;
        double step = large ? LARGE_STEP : SMALL_STEP;
        long waves = blocks / (room * PROCESSORS);
        long left = Math.ceilDiv(blocks - waves * room * PROCESSORS, (long) PROCESSORS);
        double last = left == 0 ? 0 : step * (LATENCY + (1 - LATENCY) * left / room);
        return steps * (waves * step + last);
    }
}
