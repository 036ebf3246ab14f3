// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomStateTest {
    private static final long SEED = 0x1234567890ABCDEFL;

    @Test
    void eachDrawTakesTheNextCounter() {
        try (JvmDevice device = JvmDevice.open(1)) {
            RandomState state = new RandomState(device, SEED);
            Tensor first = state.next();
            Tensor second = state.next();
            assertArrayEquals(new int[] {0x90ABCDEF, 0x12345678, 0, 0}, first.toInts());
            assertArrayEquals(new int[] {0x90ABCDEF, 0x12345678, 1, 0}, second.toInts());
            assertEquals(SEED, state.seed());
            assertEquals(2, state.counter());
        }
    }

    @Test
    void theCounterCarriesIntoItsHighWord() {
        try (JvmDevice device = JvmDevice.open(1)) {
            RandomState state = new RandomState(device, -1);
            state.restore(-5, 0xFFFFFFFFL);
            assertArrayEquals(new int[] {-5, -1, -1, 0}, state.next().toInts());
            assertEquals(0x100000000L, state.counter());
            assertArrayEquals(new int[] {-5, -1, 0, 1}, state.next().toInts());
            state.seed(9);
            assertEquals(9, state.seed());
            assertEquals(0, state.counter());
        }
    }

    @Test
    void aRecordedProgramDrawsAnewOnEveryRun() {
        try (JvmDevice device = JvmDevice.open(1)) {
            RandomState state = new RandomState(device, 3);
            Program program = Program.record(device, () -> List.of(state.next(), state.next()));
            for (int run = 0; run < 4; run++) {
                program.run();
                assertEquals(2 * run, program.output(0).toInts()[2]);
                assertEquals(2 * run + 1, program.output(1).toInts()[2]);
            }
            state.restore(3, 100);
            program.run();
            assertEquals(100, program.output(0).toInts()[2]);
        }
    }
}
