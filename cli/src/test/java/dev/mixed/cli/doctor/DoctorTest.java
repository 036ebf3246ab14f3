// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mixed.cli.doctor.Finding.State;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.engine.tornado.TornadoPlatform;
import dev.mixed.tornado.cuda.KernelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each thing that can be missing is named in its line, with the remedy, and the others are still checked. */
class DoctorTest {
    @TempDir
    private Path temp;
    private final FakeMachine machine = new FakeMachine();

    /** A machine on which all is well until a test takes something away. */
    private static final class FakeMachine implements Machine {
        private Jdk jdk = new Jdk(Runtime.Version.parse("25.0.3+9"), "Vendor", true);
        private Path sdk;
        private String problem;
        private boolean started = true;
        private CudaDriver driver = new CudaDriver(13000, List.of(new CudaDriver.Gpu("NVIDIA H200", 140L << 30, 130L << 30)));
        private int nvrtc = 13000;
        private String nccl = "2.28.9 (libnccl.so.2)";
        private KernelStore kernels;
        private int different;
        private String failure;

        @Override
        public Jdk jdk() {
            return jdk;
        }

        @Override
        public Optional<Path> sdk() {
            return Optional.ofNullable(sdk);
        }

        @Override
        public Optional<String> startProblem() {
            return Optional.ofNullable(problem);
        }

        @Override
        public boolean startedWithTornado() {
            return started;
        }

        @Override
        public CudaDriver driver() {
            if (driver == null) {
                throw new DeviceException("no driver; install one");
            }
            return driver;
        }

        @Override
        public int nvrtc(String library) {
            assertEquals("libnvrtc.so.13", library);
            if (nvrtc == 0) {
                throw new DeviceException(library + " is not on the library path");
            }
            return nvrtc;
        }

        @Override
        public String nccl() {
            if (nccl.isEmpty()) {
                throw new DeviceException("there is no NCCL here; install it");
            }
            return nccl;
        }

        @Override
        public Optional<KernelStore> kernels() {
            return Optional.ofNullable(kernels);
        }

        @Override
        public SmokeTest smokeTest() {
            if (failure != null) {
                throw new DeviceException(failure);
            }
            return new SmokeTest(new TornadoPlatform("NVIDIA H200", "cuda", 140L << 30), different, 0.5);
        }
    }

    @BeforeEach
    void completeSdk() throws IOException {
        machine.sdk = temp.resolve("sdk");
        for (String file : List.of("bin/tornado", "lib/libtornado-ptx.so", "share/java/graalJars/x.jar", "etc/exportLists/common-exports",
                "share/java/tornado/tornado-api-5.2.0-jdk25.jar")) {
            Files.createDirectories(machine.sdk.resolve(file).getParent());
            Files.createFile(machine.sdk.resolve(file));
        }
        Files.write(machine.sdk.resolve("lib/libtornado-cuda.so"),
                new byte[] {127, 'E', 'L', 'F', 0, 'l', 'i', 'b', 'n', 'v', 'r', 't', 'c', '.', 's', 'o', '.', '1', '3', 0, -1});
    }

    @Test
    void theKernelCacheIsCounted() throws IOException {
        assertTrue(findings(true).contains(Finding.ok("kernel cache", "turned off")));
        Path folder = Files.createDirectory(temp.resolve("kernels"));
        Files.write(folder.resolve("0f.kernel"), new byte[3 << 19]);
        machine.kernels = new KernelStore(folder, KernelStore.MAX_BYTES);
        assertTrue(findings(true).contains(Finding.ok("kernel cache", "1 kernels, 1.5 MiB of at most 256, in " + folder)));
    }

    @Test
    void oneGpuNeedsNoNccl() {
        machine.nccl = "";
        assertFinding(true, "NCCL", State.SKIPPED, "none, which training on several GPUs needs: there is no NCCL here; install it");
    }

    private List<Finding> findings(boolean usable) {
        List<Finding> findings = new ArrayList<>();
        assertEquals(usable, new Doctor(machine, findings::add).check());
        assertEquals(List.of("JDK", "TornadoVM SDK", "backend", "driver", "NVRTC", "device", "device memory", "NCCL", "kernel cache",
                "smoke test"),
                findings.stream().map(Finding::subject).toList());
        findings.forEach(f -> assertEquals(1, f.toString().lines().count()));
        return findings;
    }

    private void assertFinding(boolean usable, String subject, State state, String... parts) {
        Finding finding = findings(usable).stream().filter(f -> f.subject().equals(subject)).findFirst().orElseThrow();
        assertEquals(state, finding.state(), finding.toString());
        for (String part : parts) {
            assertTrue(finding.text().contains(part), "'" + part + "' is not in: " + finding);
        }
    }

    @Test
    void aCompleteMachineHasNothingMissing() {
        assertEquals(List.of(
                "OK       JDK            25.0.3+9 (Vendor), with JVMCI",
                "OK       TornadoVM SDK  5.2.0-jdk25 in " + machine.sdk,
                "OK       backend        cuda and ptx; cuda goes first (MIXED_JAVA_OPTS=-Dtornado.ptx.priority=20 puts ptx first)",
                "OK       driver         for CUDA 13.0",
                "OK       NVRTC          13.0 (libnvrtc.so.13)",
                "OK       device         NVIDIA H200",
                "OK       device memory  130.0 of 140.0 GiB free",
                "OK       NCCL           2.28.9 (libnccl.so.2)",
                "OK       kernel cache   turned off",
                "OK       smoke test     one kernel, compiled by the backend cuda, gives the same on NVIDIA H200 as on the JVM (0.5 s)"),
                findings(true).stream().map(Finding::toString).toList());
    }

    @Test
    void jdksThatTornadoRefuses() {
        machine.jdk = new Machine.Jdk(Runtime.Version.parse("25.0.1+8"), "Vendor", true);
        assertFinding(true, "JDK", State.MISSING, "25.0.2", "25.0.1+8", "JAVA_HOME");
        machine.jdk = new Machine.Jdk(Runtime.Version.parse("26+12"), "Vendor", true);
        assertFinding(true, "JDK", State.MISSING, "26+12", "install Temurin 25");
        machine.jdk = new Machine.Jdk(Runtime.Version.parse("25.0.3"), "Vendor", false);
        assertFinding(true, "JDK", State.MISSING, "JVMCI");
    }

    @Test
    void noSdk() {
        machine.sdk = null;
        machine.started = false;
        assertFinding(false, "TornadoVM SDK", State.MISSING, "TORNADOVM_HOME", "tornado-env/setup");
        assertFinding(false, "backend", State.SKIPPED, "SDK");
        assertFinding(false, "NVRTC", State.SKIPPED, "SDK");
        assertFinding(false, "device", State.OK, "H200");
        assertFinding(false, "smoke test", State.SKIPPED, "SDK");
    }

    @Test
    void foldersThatAreNoGoodSdk() throws IOException {
        Files.delete(machine.sdk.resolve("bin/tornado"));
        assertFinding(true, "TornadoVM SDK", State.MISSING, "incomplete", "bin/tornado", "tornado-env/setup");
        Files.createFile(machine.sdk.resolve("bin/tornado"));
        Path api = machine.sdk.resolve("share/java/tornado/tornado-api-5.2.0-jdk25.jar");
        for (String version : List.of("5.1.9-jdk25", "4.3.0-jdk25", "5.2.0-jdk21", "5.2.0")) {
            Path other = api.resolveSibling("tornado-api-" + version + ".jar");
            Files.move(api, other);
            assertFinding(true, "TornadoVM SDK", State.MISSING, version, "miXed needs 5.2 for JDK 25");
            Files.move(other, api);
        }
        for (String version : List.of("6.0.0-jdk25", "5.2.0-jdk25-db146ae")) {
            api = Files.move(api, api.resolveSibling("tornado-api-" + version + ".jar"));
            assertFinding(true, "TornadoVM SDK", State.OK, version);
        }
        machine.sdk = temp;
        assertFinding(true, "TornadoVM SDK", State.MISSING, "'" + temp + "'", "holds none");
        assertFinding(true, "backend", State.SKIPPED);
    }

    /** Links in a circle are what no user can read, not even root. */
    @Test
    void anSdkThatCannotBeReadIsNotTakenForNone() throws IOException {
        Path jars = machine.sdk.resolve("share/java/tornado");
        Files.move(jars, jars.resolveSibling("moved"));
        Files.createSymbolicLink(jars, jars);
        assertFinding(true, "TornadoVM SDK", State.MISSING, jars + " cannot be read (", "tornado-env/setup");
        assertFinding(true, "backend", State.SKIPPED, "SDK");
        Files.delete(jars);
        assertFinding(true, "TornadoVM SDK", State.MISSING, "holds none");
        Files.createFile(jars);
        assertFinding(true, "TornadoVM SDK", State.MISSING, "holds none");
    }

    @Test
    void anSdkThatTheUserMayNotReadIsNotTakenForNone() throws IOException {
        Path share = machine.sdk.resolve("share");
        assumeTrue(Files.getFileStore(share).supportsFileAttributeView("posix"), "permissions");
        Set<PosixFilePermission> before = Files.getPosixFilePermissions(share);
        Files.setPosixFilePermissions(share, Set.of());
        try {
            assumeFalse(Files.isReadable(share), "a user who may read everything");
            assertFinding(true, "TornadoVM SDK", State.MISSING, share.resolve("java/tornado") + " cannot be read (access denied)", "make it readable");
        } finally {
            Files.setPosixFilePermissions(share, before);
        }
    }

    @Test
    void aBackendThatCannotBeReadIsNamed() throws IOException {
        Path library = machine.sdk.resolve("lib/libtornado-cuda.so");
        Files.write(library, new byte[] {1});
        assertFinding(true, "NVRTC", State.OK, "does not say");
        Files.delete(library);
        Files.createDirectory(library);
        assertFinding(true, "NVRTC", State.MISSING, library + " cannot be read (Is a directory)", "tornado-env/setup");
    }

    @Test
    void backends() throws IOException {
        Files.delete(machine.sdk.resolve("lib/libtornado-cuda.so"));
        assertFinding(true, "backend", State.OK, "ptx");
        assertFinding(true, "NVRTC", State.OK, "ptx needs none");
        Files.delete(machine.sdk.resolve("lib/libtornado-ptx.so"));
        assertFinding(true, "backend", State.MISSING, "--backend cuda");
        assertFinding(true, "NVRTC", State.SKIPPED);
    }

    @Test
    void noDriver() {
        machine.driver = null;
        machine.nvrtc = 0;
        assertFinding(false, "driver", State.MISSING, "install one");
        assertFinding(false, "NVRTC", State.MISSING, "libnvrtc.so.13", "CUDA 13 toolkit", "LD_LIBRARY_PATH");
        assertFinding(false, "device", State.SKIPPED);
        assertFinding(false, "device memory", State.SKIPPED);
        assertFinding(false, "smoke test", State.SKIPPED, "driver");
    }

    @Test
    void aDriverOlderThanNvrtc() {
        machine.driver = new CudaDriver(12040, machine.driver.gpus());
        assertFinding(true, "driver", State.OK, "12.4");
        assertFinding(true, "NVRTC", State.MISSING, "13.0", "12.4", "install a driver for CUDA 13");
    }

    @Test
    void aGpuThatAnotherProgramHolds() {
        machine.driver = new CudaDriver(13000, List.of(new CudaDriver.Gpu("A", 1L << 30, -1), new CudaDriver.Gpu("B", 1L << 30, 0)));
        assertFinding(true, "device", State.OK, "A, the first of 2");
        assertFinding(true, "device memory", State.MISSING, "1.0 GiB", "nvidia-smi");
    }

    @Test
    void aSmokeTestThatFails() {
        machine.different = 3;
        assertFinding(false, "smoke test", State.MISSING, "3 of 1000");
        machine.failure = "TornadoVM could not compile a kernel";
        assertFinding(false, "smoke test", State.MISSING, "could not compile");
        machine.started = false;
        assertFinding(false, "smoke test", State.MISSING, "./mixed doctor");
        machine.problem = "the JDK does not start";
        assertFinding(false, "smoke test", State.MISSING, "the JDK does not start");
    }

    @Test
    void theSmokeTestSeesOneWrongNumber() {
        try (JvmDevice device = JvmDevice.reference()) {
            float[] sums = SmokeTest.sums(device);
            assertEquals(0, SmokeTest.different(sums, SmokeTest.sums(device)));
            float[] other = sums.clone();
            other[SmokeTest.SIZE - 1] = Math.nextUp(other[SmokeTest.SIZE - 1]);
            assertEquals(1, SmokeTest.different(sums, other));
            assertEquals(SmokeTest.SIZE, SmokeTest.different(sums, new float[SmokeTest.SIZE]));
        }
    }

    @Test
    void thisMachineIsAnsweredWithoutAStackTrace() {
        List<Finding> findings = new ArrayList<>();
        // Tests run without TornadoVM's launcher, with or without a GPU.
        assertFalse(Doctor.check(findings::add));
        assertEquals(10, findings.size());
        assertEquals("JDK", findings.getFirst().subject());
        assertTrue(findings.getFirst().text().contains(Runtime.version().toString()), findings.getFirst().text());
    }
}
