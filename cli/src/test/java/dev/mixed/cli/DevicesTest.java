// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.Launch;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.run.RunOptions;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which device an option opens, with a GPU, without one, and where TornadoVM is not there at all. */
class DevicesTest {
    private static final Supplier<Device> NO_GPU = () -> {
        throw new DeviceException("TornadoVM found no GPU");
    };

    @TempDir
    private Path temp;

    private static String open(RunOptions.Device choice, boolean sdkMissing, Supplier<Device> gpu, String expectedDevice) {
        PrintStream systemErr = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            System.setErr(captured);
            try (Device device = Devices.open(choice, sdkMissing, gpu)) {
                assertEquals(expectedDevice, device.name());
            }
            return err.toString(StandardCharsets.UTF_8);
        } finally {
            System.setErr(systemErr);
        }
    }

    @Test
    void theDriverStartsAheadOnlyWhereThisProcessWillTakeTheGpuThatItSees() {
        assertTrue(Devices.mayUseGpu(Map.of(), "train"));
        assertTrue(Devices.mayUseGpu(Map.of(), "predict", "--device", "gpu", "jvm"));
        assertFalse(Devices.mayUseGpu(Map.of(), "train", "--device", "JVM"));
        assertFalse(Devices.mayUseGpu(Map.of(), "train", "--device=jvm"));
        assertFalse(Devices.mayUseGpu(Map.of(), "--version"));
        assertFalse(Devices.mayUseGpu(Map.of()));
        assertFalse(Devices.mayUseGpu(Map.of("RANK", "1", "WORLD_SIZE", "2"), "train"), "a rank chooses its GPU before the driver starts");
    }

    @Test
    void autoPrefersTheGpu() {
        try (Device gpu = JvmDevice.reference()) {
            assertSame(gpu, Devices.open(RunOptions.Device.AUTO, false, () -> gpu));
            assertSame(gpu, Devices.open(RunOptions.Device.GPU, false, () -> gpu));
        }
    }

    @Test
    void autoFallsBackToTheJvmAndSaysWhy() {
        assertEquals("mixed: no GPU is used: TornadoVM found no GPU ('./mixed doctor' says more)." + System.lineSeparator(),
                open(RunOptions.Device.AUTO, false, NO_GPU, "jvm"));
    }

    @Test
    void autoWithoutAnSdkSaysSoInShort() {
        assertEquals("mixed: no GPU is used: no TornadoVM SDK was found ('./mixed doctor' says more)." + System.lineSeparator(),
                open(RunOptions.Device.AUTO, true, NO_GPU, "jvm"));
    }

    @Test
    void theJvmThatWasAskedForNeedsNoReason() {
        assertEquals("", open(RunOptions.Device.JVM, true, NO_GPU, "jvm"));
        assertEquals("", open(RunOptions.Device.JVM, false, NO_GPU, "jvm"));
    }

    @Test
    void tf32IsSaidToBeUsedOrWhatItNeeds() {
        try (Device jvm = JvmDevice.reference(); EmulatedTensorCores gpu = new EmulatedTensorCores()) {
            assertEquals("mixed: FP32's matrix products are rounded to tf32 (--tf32).", Devices.tf32(gpu));
            assertTrue(Devices.tf32(jvm).startsWith("mixed: --tf32 has no effect: it needs a GPU of compute capability 8.0 or later"));
        }
    }

    /** A device that says that it rounds, and does nothing. */
    private static final class EmulatedTensorCores extends Device {
        @Override
        public String name() {
            return "gpu";
        }

        @Override
        public boolean roundsToTf32() {
            return true;
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            return () -> {
            };
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    }

    @Test
    void theReasonKeepsResultsClean() throws Exception {
        // Without TORNADOVM_HOME, whatever the machine that tests has.
        Path err = temp.resolve("err");
        ProcessBuilder builder = ChildJvm.builder(List.of(), Main.class, List.of("bench", "--memory-only", "--vocab-size", "100", "--format", "json"))
                .redirectError(err.toFile());
        builder.environment().remove("TORNADOVM_HOME");
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        assertTrue(new ObjectMapper().readTree(out).has("amp"), out);
        List<String> said = Files.readAllLines(err).stream().filter(line -> !line.startsWith("WARNING")).toList();
        assertEquals(List.of("mixed: no GPU is used: no TornadoVM SDK was found ('./mixed doctor' says more)."), said);
    }

    @Test
    void aGpuThatWasAskedForIsAnError() {
        assertEquals("--device gpu: TornadoVM found no GPU; or use --device jvm ('./mixed doctor' says what is missing).",
                assertThrows(DeviceException.class, () -> Devices.open(RunOptions.Device.GPU, false, NO_GPU)).getMessage());
    }

    @Test
    void theCommandsSayWhatIsMissing() {
        Cli.run("demo", "precision", "--device", "gpu").refused(1, "--device gpu", "TORNADOVM_HOME", "tornado-env/setup", "./mixed doctor");
    }

    @Test
    void theDoctorEndsWithAVerdict() {
        Cli doctor = Cli.run("doctor");
        assertEquals(1, doctor.code(), doctor.out() + doctor.err());
        assertEquals("", doctor.err());
        assertEquals(11, doctor.out().lines().count(), doctor.out());
        assertEquals("No GPU can be used; miXed computes on the JVM.", doctor.out().lines().reduce((a, b) -> b).orElseThrow());
    }
}
