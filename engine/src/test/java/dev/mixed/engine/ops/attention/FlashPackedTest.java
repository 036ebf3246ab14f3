// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.simulator.GridSimulator;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Flash attention of texts of different lengths, one after the other: each gets what it gets alone. */
class FlashPackedTest {
    private static final int HEADS = 2, D = 32, HIDDEN = HEADS * D;
    private static final float KEEP_SCALE = 1 / 0.7f;
    private static final Kernel FORWARD = Kernel.grid("forward", FlashForward::forward);
    private static final Kernel QUERY = Kernel.grid("query", FlashBackwardQuery::gradient);
    private static final Kernel KEY_VALUE = Kernel.grid("key_value", FlashBackwardKeyValue::gradient);
    private static final GridSimulator SIMULATOR = new GridSimulator();

    private static void run(Kernel kernel, Grid grid, int shared, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = new KernelContext();
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        SIMULATOR.run(kernel.name(), kernel.reference(), all,
                new KernelGrid(grid.blocksX(), grid.blocksY(), grid.blocksZ(), grid.threads(), shared, 1, List.of()));
    }

    /** out, dq, dk, dv of texts whose first tokens and end are {@code starts}; rows of decisions are {@code words} ints. */
    private static float[][] attention(float[][] inputs, int[] decisions, int words, int... starts) {
        HalfFloatArray q = Numbers.halves(inputs[0]), k = Numbers.halves(inputs[1]), v = Numbers.halves(inputs[2]), dout = Numbers.halves(inputs[3]);
        int tokens = starts[starts.length - 1], texts = starts.length - 1, longest = 0;
        IntArray keys = new IntArray(texts);
        for (int i = 0; i < texts; i++) {
            keys.set(i, starts[i + 1] - starts[i]);
            longest = Math.max(longest, keys.get(i));
        }
        HalfFloatArray out = new HalfFloatArray(tokens * HIDDEN), dq = new HalfFloatArray(tokens * HIDDEN), dk = new HalfFloatArray(tokens * HIDDEN),
                dv = new HalfFloatArray(tokens * HIDDEN);
        FloatArray max = new FloatArray(tokens * HEADS), sum = new FloatArray(tokens * HEADS), delta = new FloatArray(tokens * HEADS),
                stats = new FloatArray(tokens * HEADS * Flash.STATS), none = new FloatArray(1);
        IntArray kept = IntArray.fromArray(decisions), bounds = IntArray.fromArray(starts), sizes = IntArray.fromElements(HEADS, HIDDEN, words, 0);
        FloatArray factors = FloatArray.fromElements((float) (1 / Math.sqrt(D)), KEEP_SCALE);
        Grid grid = new Grid(Math.ceilDiv(longest, Flash.TILE), HEADS, texts, Flash.THREADS);
        run(FORWARD, grid, FlashForward.sharedBytes(D), q, k, v, none, kept, bounds, keys, out, max, sum, sizes, factors, D, 1, 1);
        run(QUERY, grid, FlashForward.sharedBytes(D), q, k, v, none, kept, bounds, keys, max, sum, out, dout, dq, delta, stats, sizes, factors, D, 1);
        run(KEY_VALUE, grid, FlashBackwardKeyValue.sharedBytes(D), q, k, v, none, kept, bounds, keys, stats, dout, dk, dv, sizes, factors, D, 1);
        return new float[][] {Numbers.values(out), Numbers.values(dq), Numbers.values(dk), Numbers.values(dv)};
    }

    @Test
    void eachTextGetsWhatItGetsAlone() {
        int[] starts = {0, 5, 5, 70, 71, 90};
        int tokens = 90, words = FlashDecisions.words(65);
        Random random = new Random(3);
        float[][] inputs = new float[4][];
        Arrays.setAll(inputs, i -> Numbers.normal(random, tokens * HIDDEN, 1, true));
        int[] decisions = random.ints((long) (tokens * HEADS + FlashForward.MAX_QUERIES) * words).toArray();
        float[][] packed = attention(inputs, decisions, words, starts);
        for (int i = 0; i + 1 < starts.length; i++) {
            if (starts[i] < starts[i + 1]) {
                int from = starts[i] * HIDDEN, to = starts[i + 1] * HIDDEN;
                float[][] own = Arrays.stream(inputs).map(x -> Arrays.copyOfRange(x, from, to)).toArray(float[][]::new);
                int[] ownDecisions = Arrays.copyOfRange(decisions, starts[i] * HEADS * words, decisions.length);
                float[][] alone = attention(own, ownDecisions, words, 0, starts[i + 1] - starts[i]);
                for (int r = 0; r < alone.length; r++) {
                    Numbers.assertSameBits(alone[r], Arrays.copyOfRange(packed[r], from, to), "text " + i + ", result " + r);
                }
            }
        }
    }
}
