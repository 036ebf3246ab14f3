package dev.mixed.bert.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.bert.config.RunOptions;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.JvmDevice;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Which device an option opens, with a GPU, without one, and where TornadoVM is not there at all. */
class DevicesTest {
    private static final Supplier<Device> NO_GPU = () -> {
        throw new DeviceException("TornadoVM found no GPU");
    };

    private static String open(RunOptions.Device choice, boolean gpuExpected, Supplier<Device> gpu, String expectedDevice) {
        PrintStream systemErr = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            System.setErr(captured);
            try (Device device = Devices.open(choice, gpuExpected, gpu)) {
                assertEquals(expectedDevice, device.name());
            }
            return err.toString(StandardCharsets.UTF_8);
        } finally {
            System.setErr(systemErr);
        }
    }

    @Test
    void autoPrefersTheGpu() {
        try (Device gpu = JvmDevice.reference()) {
            assertSame(gpu, Devices.open(RunOptions.Device.AUTO, true, () -> gpu));
            assertSame(gpu, Devices.open(RunOptions.Device.GPU, true, () -> gpu));
        }
    }

    @Test
    void autoFallsBackToTheJvmAndSaysWhy() {
        assertEquals("mixed: no GPU, so this runs on the JVM: TornadoVM found no GPU ('./mixed doctor' says what is missing)." + System.lineSeparator(),
                open(RunOptions.Device.AUTO, true, NO_GPU, "jvm"));
    }

    @Test
    void autoWithoutTornadoIsTheJvmWithoutAWord() {
        assertEquals("", open(RunOptions.Device.AUTO, false, NO_GPU, "jvm"));
        assertEquals("", open(RunOptions.Device.JVM, true, NO_GPU, "jvm"));
    }

    @Test
    void aGpuThatWasAskedForIsAnError() {
        assertEquals("--device gpu: TornadoVM found no GPU; or use --device jvm ('./mixed doctor' says what is missing).",
                assertThrows(DeviceException.class, () -> Devices.open(RunOptions.Device.GPU, true, NO_GPU)).getMessage());
    }

    @Test
    void theCommandsSayWhatIsMissing() {
        Cli.run("demo", "precision", "--device", "gpu").refused(1, "--device gpu", "TORNADOVM_HOME", "./mixed doctor");
    }

    @Test
    void theDoctorEndsWithAVerdict() {
        Cli doctor = Cli.run("doctor");
        assertEquals(1, doctor.code(), doctor.out() + doctor.err());
        assertEquals("", doctor.err());
        assertEquals(9, doctor.out().lines().count(), doctor.out());
        assertEquals("No GPU can be used; miXed computes on the JVM.", doctor.out().lines().reduce((a, b) -> b).orElseThrow());
    }
}
