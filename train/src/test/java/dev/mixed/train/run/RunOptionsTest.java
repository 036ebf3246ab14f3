// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.io.UsageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunOptionsTest {

    @Test
    void defaultsAreThoseOfTheRows() {
        RunOptions options = RunOptions.defaults();
        assertEquals("tiny", options.model().preset());
        assertEquals(32, options.batches().size());
        assertEquals(5e-4, options.schedule().lr());
        assertEquals(0.01, options.optimizer().weightDecay());
        assertEquals(42L, options.compute().seed());
        assertEquals(RunOptions.Device.AUTO, options.compute().device());
        assertEquals(RunOptions.Pad.AUTO, options.batches().pad());
        assertNull(options.data().path());
        assertNull(options.folder().output());
    }

    @Test
    void withChangesOneOptionAndNoOther() {
        RunOptions options = RunOptions.defaults().with("epochs", 2);
        assertEquals(2, options.schedule().epochs());
        assertEquals(5, RunOptions.defaults().schedule().epochs());
        assertEquals(RunOptions.defaults(), options.with("epochs", 5));
    }

    @Test
    void codeGivesValuesOfTheOptionsTypes() {
        RunOptions options = RunOptions.defaults().with("epochs", 3).with("lr", 1e-3).with("pad", RunOptions.Pad.MAX).with("amp", true)
                .with("residual", RunOptions.Residual.FLOAT).with("seed", Long.MAX_VALUE).with("output", Path.of("runs", "x"));
        assertEquals(3, options.schedule().epochs());
        assertEquals(1e-3, options.schedule().lr());
        assertEquals(RunOptions.Pad.MAX, options.batches().pad());
        assertEquals(Precision.AMP_FLOAT_RESIDUAL, options.compute().precision());
        assertEquals(Long.MAX_VALUE, options.compute().seed());
        assertEquals(Path.of("runs", "x"), options.folder().output());
        assertEquals(options, RunOptions.defaults().with(Map.of("epochs", 3, "lr", 1e-3, "pad", RunOptions.Pad.MAX, "amp", true,
                "residual", RunOptions.Residual.FLOAT, "seed", Long.MAX_VALUE, "output", Path.of("runs", "x"))));
    }

    @Test
    void acceptsTypedTextAsACommandLineGivesIt() {
        RunOptions options = RunOptions.defaults().with(
                Map.of("lr", "3e-4", "epochs", "3.0", "pad", "MAX", "seed", "9223372036854775807", "data", "a b/c", "overwrite", "true"));
        assertEquals(3e-4, options.schedule().lr());
        assertEquals(3, options.schedule().epochs());
        assertEquals(RunOptions.Pad.MAX, options.batches().pad());
        assertEquals(Long.MAX_VALUE, options.compute().seed());
        assertEquals(Path.of("a b/c"), options.data().path());
        assertTrue(options.folder().overwrite());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "lr           | -0.001   | --lr must be a number above 0 and at most 1, not '-0.001'.",
        "lr           | 0        | --lr must be a number above 0 and at most 1, not '0'.",
        "lr           | NaN      | --lr must be a number above 0 and at most 1, not 'NaN'.",
        "lr           | fast     | --lr must be a number above 0 and at most 1, not 'fast'.",
        "batch        | 0        | --batch must be a whole number from 1 to 65536, or auto, not '0'.",
        "batch        | 1e99     | --batch must be a whole number from 1 to 65536, or auto, not '1e99'.",
        "epochs       | 2.5      | --epochs must be a whole number from 1 to 100000, not '2.5'.",
        "length       | 2        | --length must be a whole number from 3 to 8192, not '2'.",
        "warmup       | 1.01     | --warmup must be a number from 0 to 1, not '1.01'.",
        "weight-decay | -1       | --weight-decay must be a number from 0 to 1, not '-1'.",
        "clip         | -1       | --clip must be a number from 0 to 1000000000, not '-1'.",
        "dropout      | 1        | --dropout must be a number from 0 to below 1, not '1'.",
        "seed         | -1       | --seed must be a whole number from 0 to 9223372036854775807, not '-1'.",
        "device       | tpu      | --device must be one of auto, jvm, gpu, not 'tpu'.",
        "resume       | yes      | --resume must be true or false, not 'yes'."})
    void refusesWhatIsOutOfRange(String name, String value, String sentence) {
        UsageException e = assertThrows(UsageException.class, () -> RunOptions.defaults().with(name, value));
        assertEquals(sentence, e.getMessage());
    }

    @Test
    void refusesTypedValuesOutOfRangeToo() {
        assertThrows(UsageException.class, () -> RunOptions.defaults().with("batch", 0));
        assertThrows(UsageException.class, () -> RunOptions.defaults().with("lr", Double.POSITIVE_INFINITY));
        assertThrows(UsageException.class, () -> RunOptions.defaults().with("lr", null));
    }

    @Test
    void anOptionWithoutDefaultCanBeTakenBack() {
        assertNull(RunOptions.defaults().with("vocab", "vocab.txt").with("vocab", null).model().vocab());
    }

    @Test
    void resumeAndOverwriteExcludeEachOther() {
        UsageException e = assertThrows(UsageException.class,
                () -> RunOptions.defaults().with(Map.of("resume", true, "overwrite", true, "output", "x")));
        assertTrue(e.getMessage().contains("--resume") && e.getMessage().contains("--overwrite"), e.getMessage());
        assertTrue(assertThrows(UsageException.class, () -> RunOptions.defaults().with("resume", true)).getMessage().contains("--output"));
    }

    @Test
    void everyKeyHasItsOwnNameARangeAndHelp() {
        Set<String> names = new HashSet<>();
        for (RunOptions.Key key : RunOptions.keys()) {
            assertTrue(names.add(key.name()), key.name());
            key.aliases().forEach(alias -> assertTrue(names.add(alias), alias));
            assertTrue(!key.range().isBlank() && !key.help().isBlank(), key.name());
        }
        assertEquals(Arrays.stream(RunOptions.class.getRecordComponents()).mapToInt(group -> group.getType().getRecordComponents().length).sum(),
                RunOptions.keys().size());
        assertThrows(IllegalArgumentException.class, () -> RunOptions.defaults().with("epoch", 1));
    }
}
