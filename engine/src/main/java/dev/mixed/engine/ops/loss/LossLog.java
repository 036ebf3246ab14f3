// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import java.util.Arrays;
import java.util.List;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The latest losses of a recorded step, kept on the device in the order of its runs: the host reads many at once, when it wants to know, and does not wait
 * for the device after each step.
 */
public final class LossLog {
    private static final Kernel APPEND = Kernel.of("loss_log", LossLog::appendLoss);

    private final Tensor losses;
    /** I32 [1]: where the next loss goes. */
    private final Tensor next;

    /** @param kept the number of losses that are kept, 1 or more */
    public LossLog(Device device, int kept) {
        if (kept < 1) {
            throw new IllegalArgumentException("a log keeps 1 loss or more, not " + kept);
        }
        losses = Tensor.zeros(device, Shape.of(kept), DType.F32);
        next = Tensor.ofInts(device, Shape.of(1), 0);
    }

    /** Losses that are kept. */
    public int kept() {
        return losses.shape().elements();
    }

    /** Records that an F32 loss of one element is appended, over the oldest one. */
    public void append(Tensor loss) {
        OpCheck.scalar("loss_log", loss);
        APPEND.launch().read(loss).update(losses).update(next).ints(kept()).over(1, 4);
    }

    /** The last {@code count} losses, oldest first; runs what is pending. As many must have been appended, and no more than are kept can be asked for. */
    public float[] last(int count) {
        if (count < 0 || count > kept()) {
            throw new IllegalArgumentException("a log of " + kept() + " losses has no last " + count);
        }
        if (count == 0) {
            return new float[0];
        }
        float[] ring = losses.toFloats();
        int end = next.toInts()[0];
        int start = Math.floorMod(end - count, ring.length);
        float[] last = Arrays.copyOfRange(ring, start, start + count);
        // What lies beyond the ring's end is at its beginning.
        int beyond = start + count - ring.length;
        if (beyond > 0) {
            System.arraycopy(ring, 0, last, count - beyond, beyond);
        }
        return last;
    }

    /** What it holds on the device: the losses F32 [kept], as they lie there, and the place of the next, I32 [1]. */
    public List<Tensor> state() {
        return List.of(losses, next);
    }

    /** losses[next[0]] = loss[0]; then next[0] moves on, round and round the {@code kept} elements. */
    public static void appendLoss(FloatArray loss, FloatArray losses, IntArray next, int kept, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int at = next.get(0);
            losses.set(at, loss.get(0));
            next.set(0, at + 1 == kept ? 0 : at + 1);
        }
    }
}
