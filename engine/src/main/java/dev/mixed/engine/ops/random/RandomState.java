// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The random state of a device: a seed and a 64-bit counter in a small tensor, so that a recorded program draws new numbers on every run.
 *
 * <p>Each op that needs randomness takes one snapshot, by which its backward pass finds the same numbers again.
 */
public final class RandomState {
    /** A draw: snapshot = state, whose counter then rises by 1. */
    public static final Kernel NEXT = Kernel.of("random_next", RandomState::draw).named(Draw.class);
    private static final Shape SHAPE = Shape.of(4);

    private final Tensor state;

    /** The arguments of {@link #NEXT}, both I32 [4]. */
    public record Draw(Buffer state, Buffer snapshot) {
    }

    /** A state with this seed and counter 0. */
    public RandomState(Device device, long seed) {
        state = Tensor.zeros(device, SHAPE, DType.I32);
        restore(seed, 0);
    }

    /** Records a draw: the result, I32 [4], is {seed low, seed high, counter low, counter high}; the counter then rises by 1. Within
     * {@link RandomDraws#repeat} it is one that was drawn before. */
    public Tensor next() {
        Tensor repeated = RandomDraws.repeated(this);
        if (repeated != null) {
            return repeated;
        }
        Tensor snapshot = Tensor.empty(state.device(), SHAPE, DType.I32);
        NEXT.launch().update(state).write(snapshot).over(1, 8);
        RandomDraws.drawn(this, snapshot);
        return snapshot;
    }

    /** The seed; runs what is pending. */
    public long seed() {
        int[] words = state.toInts();
        return join(words[0], words[1]);
    }

    /** How many draws were made since the counter was 0; runs what is pending. */
    public long counter() {
        int[] words = state.toInts();
        return join(words[2], words[3]);
    }

    /** Starts over with another seed, at counter 0. */
    public void seed(long seed) {
        restore(seed, 0);
    }

    /** Goes on from a saved {@link #seed()} and {@link #counter()}. */
    public void restore(long seed, long counter) {
        state.write((int) seed, (int) (seed >>> 32), (int) counter, (int) (counter >>> 32));
    }

    private static long join(int low, int high) {
        return (long) high << 32 | low & 0xFFFFFFFFL;
    }

    /** snapshot = state; then the state's 64-bit counter, in two words, rises by 1. */
    public static void draw(IntArray state, IntArray snapshot, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int low = state.get(2);
            int high = state.get(3);
            snapshot.set(0, state.get(0));
            snapshot.set(1, state.get(1));
            snapshot.set(2, low);
            snapshot.set(3, high);
            int nextLow = low + 1;
            state.set(2, nextLow);
            state.set(3, nextLow == 0 ? high + 1 : high);
        }
    }
}
