// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.jvm.KernelInvoker;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The largest batch that fits: found by plans, recorded as a number. */
class AutoBatchTest {
    @TempDir
    private Path temp;

    /** Computes as the JVM's reference does, in a memory of its own that is said to be so large. */
    private static final class Small extends Device {
        private final long free;

        Small(long free) {
            this.free = free;
        }

        @Override
        public String name() {
            return "small";
        }

        @Override
        public OptionalLong freeMemory() {
            return OptionalLong.of(free);
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            return () -> launches.forEach(launch -> {
                int count = launch.argumentCount();
                Object[] arguments = new Object[count + 2];
                for (int i = 0; i < count; i++) {
                    arguments[i] = launch.argument(i) instanceof Buffer buffer ? buffer.array() : launch.argument(i);
                }
                arguments[count] = 0;
                arguments[count + 1] = launch.range();
                KernelInvoker.invoke(launch.kernel().reference(), arguments);
            });
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    }

    @ParameterizedTest
    @CsvSource({"99, 10, 65536, 0", "100, 10, 65536, 1", "129, 10, 65536, 2", "169, 10, 65536, 4", "170, 10, 65536, 8", "249, 10, 65536, 8",
        "250, 10, 65536, 16", "330, 10, 65536, 24", "1049, 10, 65536, 88", "1049, 10, 40, 40", "1049, 10, 8, 8", "100000000, 10, 65536, 65536"})
    void theLargestMultipleOfEightThatFits(long available, int each, int most, int expected) {
        List<Integer> asked = new ArrayList<>();
        assertEquals(expected, AutoBatch.largest(size -> {
            asked.add(size);
            return 90 + (long) each * size;
        }, available, most));
        assertTrue(asked.size() <= 32, asked.toString());
        assertTrue(asked.stream().allMatch(size -> size <= most), asked.toString());
    }

    private RunSetup setup(RunOptions options, Path run, Device device) {
        return new RunSetup(options.with("output", run), run, device, name -> {
            throw new IllegalArgumentException(name);
        });
    }

    private RunOptions options(Object batch) {
        return RunOptions.defaults().with(Map.of("data", Toy.data(temp), "batch", batch, "epochs", 1, "length", 16, "save-every", 1));
    }

    /** Bytes that the training step of so many texts of the longest kind needs. */
    private long needed(int batch, String pad) {
        try (Device device = new Small(Long.MAX_VALUE)) {
            RunSetup setup = setup(options(batch).with("pad", pad), temp.resolve("planned"), device);
            return AutoBatch.bytes(setup.task(), setup.tokenized(setup.dataset().train()), options(batch).with("pad", pad), batch, device);
        }
    }

    /** What needs less memory is planned as it will run: more texts fit where there is no backward pass, or little is kept for it. */
    @ParameterizedTest
    @CsvSource({"freeze, 2", "gradient-checkpointing, true"})
    void whatIsNotKeptLeavesRoomForMore(String option, String value) {
        long enough = (long) (needed(16, "max") / 0.9) + 10;
        Path run = temp.resolve("run");
        try (Device device = new Small(enough)) {
            RunSetup setup = setup(options("auto").with("pad", "max").with(option, value), run, device);
            setup.trainer();
            assertTrue(setup.found().batches().size() > 16, "only " + setup.found().batches().size());
        }
    }

    @ParameterizedTest
    @CsvSource({"bucket", "max", "packed"})
    void aRunTakesWhatItsPlansAllow(String pad) throws Exception {
        long enough = (long) (needed(24, pad) / 0.9) + 10;
        Path run = temp.resolve("run");
        try (Device device = new Small(enough)) {
            RunSetup setup = setup(options("auto").with("pad", pad), run, device);
            Trainer trainer = setup.trainer();
            assertEquals(24, setup.found().batches().size());
            assertEquals(2, trainer.totalSteps(), "40 texts");
            String note = setup.notes().stream().filter(n -> n.startsWith("--batch auto")).findFirst().orElseThrow();
            assertTrue(note.matches("--batch auto: 24 texts a batch, for which a step needs \\d+ MiB of the \\d+ MiB that it may take\\."), note);
            Files.createDirectories(run);
            RunOptionsIO.write(setup.found(), run.resolve(RunOptionsIO.FILE));
            assertTrue(Files.readString(run.resolve(RunOptionsIO.FILE)).contains("batch: 24\n"));
        }
        // Resumed where more would fit, and with the option typed once more, it goes on with the number that was found.
        RunOptions resumed = RunOptionsIO.resolve(null, Map.of("resume", true, "output", run, "batch", "auto"));
        assertEquals(24, resumed.batches().size());
        assertFalse(resumed.batches().isAuto());
    }

    @Test
    void noMoreTextsThanThereAre() {
        try (Device device = new Small(Long.MAX_VALUE)) {
            RunSetup setup = setup(options("auto"), temp.resolve("run"), device);
            setup.trainer();
            assertEquals(Toy.TRAIN, setup.found().batches().size());
        }
    }

    @Test
    void whereNothingFitsItSaysHowMuchThereIs() {
        try (Device device = new Small(1 << 20)) {
            RunSetup setup = setup(options("auto"), temp.resolve("run"), device);
            UserException e = assertThrows(UserException.class, setup::trainer);
            assertTrue(e.getMessage().matches("A step with a single text needs \\d+ MiB, more than the 1 MiB that small has for it; lower .*"), e.getMessage());
        }
    }

    @Test
    void onTheJvmItIsRefused() {
        try (Device device = JvmDevice.open(1)) {
            RunSetup setup = setup(options("auto"), temp.resolve("run"), device);
            UsageException e = assertThrows(UsageException.class, setup::trainer);
            assertEquals("--batch auto finds the largest batch that fits into a GPU's memory; on the device jvm a larger one is no faster: give a number.",
                    e.getMessage());
        }
    }
}
