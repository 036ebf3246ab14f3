// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.autograd.optim.ConstantSchedule;
import dev.mixed.autograd.optim.CosineSchedule;
import dev.mixed.autograd.optim.CosineWithRestartsSchedule;
import dev.mixed.autograd.optim.InverseSqrtSchedule;
import dev.mixed.autograd.optim.LRScheduler;
import dev.mixed.autograd.optim.LinearSchedule;
import dev.mixed.autograd.optim.PolynomialSchedule;
import dev.mixed.io.UsageException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleOptionsTest {

    private static LRScheduler over(int steps, Object... options) {
        return RunOptions.defaults().with(given(options)).schedule().over(steps);
    }

    private static Map<String, Object> given(Object... options) {
        Map<String, Object> given = new HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            given.put((String) options[i], options[i + 1]);
        }
        return given;
    }

    @Test
    void makeTheScheduleThatTheyName() {
        assertEquals(new LinearSchedule(10, 100), over(100));
        assertEquals(new LinearSchedule(7, 100), over(100, "warmup-steps", 7, "warmup", 0.5));
        assertEquals(new LinearSchedule(0, 100), over(100, "warmup", 0));
        assertEquals(new CosineSchedule(10, 100, 0.5), over(100, "scheduler", "cosine"));
        assertEquals(new CosineSchedule(10, 100, 2.5), over(100, "scheduler", "cosine", "num-cycles", 2.5));
        assertEquals(new CosineWithRestartsSchedule(10, 100, 1), over(100, "scheduler", "cosine_with_restarts"));
        assertEquals(new CosineWithRestartsSchedule(10, 100, 3), over(100, "scheduler", "cosine_with_restarts", "num-cycles", "3"));
        assertEquals(new PolynomialSchedule(10, 100, 1, 1e-7 / 1e-3), over(100, "scheduler", "polynomial", "lr", 1e-3));
        assertEquals(new PolynomialSchedule(10, 100, 2, 0.25), over(100, "scheduler", "polynomial", "lr", 4e-4, "power", 2, "lr-end", 1e-4));
        assertEquals(new ConstantSchedule(0, 100), over(100, "scheduler", "constant"));
        assertEquals(new ConstantSchedule(10, 100), over(100, "scheduler", "constant_with_warmup"));
        assertEquals(new InverseSqrtSchedule(12, 100), over(100, "scheduler", Scheduler.INVERSE_SQRT, "warmup-steps", 12));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "scheduler linear num-cycles 2 | --num-cycles is for --scheduler cosine or cosine_with_restarts, not for linear; leave one of them out.",
        "scheduler cosine power 2      | --power is for --scheduler polynomial, not for cosine; leave one of them out.",
        "lr-end 0                      | --lr-end is for --scheduler polynomial, not for linear; leave one of them out.",
        "scheduler polynomial lr 1e-3 lr-end 1e-3 | --scheduler polynomial ends at --lr-end 0.001, which must be below --lr, 0.001.",
        "scheduler polynomial lr 1e-8  | --scheduler polynomial ends at --lr-end 1.0E-7, which must be below --lr, 1.0E-8.",
        "scheduler cosine_with_restarts num-cycles 1.5 | --num-cycles of --scheduler cosine_with_restarts must be a whole number, not 1.5.",
        "scheduler constant warmup-steps 5 | --scheduler constant has no warm-up, as --warmup-steps 5 asks for; use constant_with_warmup, or leave the option out.",
        "scheduler constant warmup 0.2 | --scheduler constant has no warm-up, as --warmup 0.2 asks for; use constant_with_warmup, or leave the option out.",
        "scheduler plateau | --scheduler must be one of linear, cosine, cosine_with_restarts, polynomial, constant, constant_with_warmup, inverse_sqrt, not 'plateau'.",
        "num-cycles 0                  | --num-cycles must be a number above 0 and at most 10000, not '0'.",
        "max-steps -2                  | --max-steps must be a whole number from -1 to 100000000, not '-2'.",
        "adam-beta1 1                  | --adam-beta1 must be a number from 0 to 0.999999, not '1'.",
        "adam-epsilon 0                | --adam-epsilon must be a number from 0.000000000001 to 1, not '0'."})
    void refuseWhatCanNotBe(String options, String sentence) {
        UsageException e = assertThrows(UsageException.class, () -> RunOptionsIO.resolve(null, given((Object[]) options.strip().split(" "))));
        assertEquals(sentence, e.getMessage());
    }

    @Test
    void aWarmUpFitsIntoTheRun() {
        UsageException e = assertThrows(UsageException.class, () -> over(20, "warmup-steps", 21));
        assertEquals("--warmup-steps 21 is more than the 20 steps of the whole run; give fewer, or a share of them by --warmup.", e.getMessage());
        assertEquals(new LinearSchedule(20, 20), over(20, "warmup-steps", 20));
    }
}
