// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

import dev.mixed.engine.DeviceException;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.tornado.cuda.KernelStore;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks, one after the other, all that a GPU needs to compute for miXed, and says what is missing. */
public final class Doctor {
    private static final String SETUP = "run tornado-env/setup, and set TORNADOVM_HOME to the folder that it names";
    private static final String READABLE = "make it readable, or " + SETUP;
    /** TornadoVM's launcher refuses earlier ones. */
    private static final Runtime.Version FIRST_JDK = Runtime.Version.parse("25.0.2");
    /** An SDK built from its source ends with the commit. */
    private static final Pattern SDK_VERSION = Pattern.compile("(\\d+)\\.(\\d+).*-jdk(\\d+)(-\\p{XDigit}+)?");
    private static final int SDK_MAJOR = 5;
    private static final int SDK_MINOR = 2;

    private final Machine machine;
    private final Consumer<Finding> report;

    Doctor(Machine machine, Consumer<Finding> report) {
        this.machine = machine;
        this.report = report;
    }

    /**
     * Checks this machine.
     *
     * @param report gets each finding as soon as it is there
     * @return whether a GPU can be used: it has computed the same as the JVM
     */
    public static boolean check(Consumer<Finding> report) {
        return new Doctor(new LocalMachine(), report).check();
    }

    boolean check() {
        report.accept(jdk());
        Optional<SdkFolder> sdk = machine.sdk().map(SdkFolder::new);
        Finding sdkFinding = sdk(sdk);
        report.accept(sdkFinding);
        boolean noSdk = sdkFinding.state() == Finding.State.MISSING;
        List<String> backends = noSdk ? List.of() : sdk.orElseThrow().backends();
        report.accept(noSdk ? Finding.skipped("backend", "the SDK") : backend(backends));
        Optional<CudaDriver> driver = driver();
        report.accept(backends.contains("cuda") ? nvrtc(sdk.orElseThrow(), driver)
                : backends.isEmpty() ? Finding.skipped("NVRTC", noSdk ? "the SDK" : "a backend") : Finding.ok("NVRTC", "the backend ptx needs none"));
        gpus(driver);
        report.accept(nccl());
        report.accept(kernels());
        Finding smoke = smokeTest(driver);
        report.accept(smoke);
        return smoke.state() == Finding.State.OK;
    }

    private Finding jdk() {
        Machine.Jdk jdk = machine.jdk();
        String name = jdk.version() + " (" + jdk.vendor() + ")";
        String remedy = "install Temurin " + FIRST_JDK.feature() + ", and set JAVA_HOME to it";
        if (jdk.version().feature() != FIRST_JDK.feature() || jdk.version().compareToIgnoreOptional(FIRST_JDK) < 0) {
            return Finding.missing("JDK", "TornadoVM needs a JDK " + FIRST_JDK + " or a later update of " + FIRST_JDK.feature() + ", this is " + name, remedy);
        }
        if (!jdk.jvmci()) {
            return Finding.missing("JDK", name + " has no JVMCI (module jdk.internal.vm.ci), through which TornadoVM compiles", remedy);
        }
        return Finding.ok("JDK", name + ", with JVMCI");
    }

    private Finding sdk(Optional<SdkFolder> folder) {
        String subject = "TornadoVM SDK";
        if (folder.isEmpty()) {
            // The start's problem names its remedy itself.
            return machine.startProblem().map(problem -> Finding.missing(subject, problem))
                    .orElseGet(() -> Finding.missing(subject, "none, for neither is TORNADOVM_HOME set nor 'tornado' on the PATH", SETUP));
        }
        SdkFolder sdk = folder.get();
        Optional<String> version;
        try {
            version = sdk.version();
        } catch (DeviceException e) {
            return Finding.missing(subject, e.getMessage(), READABLE);
        }
        if (version.isEmpty()) {
            return Finding.missing(subject, "TORNADOVM_HOME is '" + sdk.path() + "', which holds none (share/java/tornado/tornado-api-*.jar)", SETUP);
        }
        if (!sdk.absentParts().isEmpty()) {
            return Finding.missing(subject, sdk.path() + " is incomplete, without " + String.join(", ", sdk.absentParts()), SETUP);
        }
        Matcher numbers = SDK_VERSION.matcher(version.get());
        if (!numbers.matches() || Integer.parseInt(numbers.group(3)) != FIRST_JDK.feature() || older(numbers)) {
            return Finding.missing(subject, sdk.path() + " has version " + version.get() + ", miXed needs " + SDK_MAJOR + "." + SDK_MINOR + " for JDK "
                    + FIRST_JDK.feature(), SETUP);
        }
        return Finding.ok(subject, version.get() + " in " + sdk.path());
    }

    private static boolean older(Matcher version) {
        int major = Integer.parseInt(version.group(1));
        return major < SDK_MAJOR || major == SDK_MAJOR && Integer.parseInt(version.group(2)) < SDK_MINOR;
    }

    private static Finding backend(List<String> backends) {
        if (backends.isEmpty()) {
            return Finding.missing("backend", "the SDK has none for NVIDIA GPUs (lib/libtornado-cuda.so or -ptx.so)",
                    "install one with tornado-env/setup --backend cuda");
        }
        return Finding.ok("backend",
                String.join(" and ", backends) + (backends.size() > 1 ? "; cuda goes first (MIXED_JAVA_OPTS=-Dtornado.ptx.priority=20 puts ptx first)" : ""));
    }

    private Optional<CudaDriver> driver() {
        try {
            CudaDriver driver = machine.driver();
            report.accept(Finding.ok("driver", "for CUDA " + driver.versionText()));
            return Optional.of(driver);
        } catch (DeviceException e) {
            report.accept(Finding.missing("driver", e.getMessage()));
            return Optional.empty();
        }
    }

    private Finding nvrtc(SdkFolder sdk, Optional<CudaDriver> driver) {
        Optional<String> library;
        try {
            library = sdk.nvrtc();
        } catch (DeviceException e) {
            return Finding.missing("NVRTC", e.getMessage(), READABLE);
        }
        if (library.isEmpty()) {
            return Finding.ok("NVRTC", "the SDK does not say which it needs");
        }
        String major = library.get().substring(library.get().lastIndexOf('.') + 1);
        try {
            int version = machine.nvrtc(library.get());
            String text = version / 1000 + "." + version % 1000 / 10 + " (" + library.get() + ")";
            if (driver.isPresent() && driver.get().version() / 1000 < version / 1000) {
                return Finding.missing("NVRTC", text + " is newer than the driver, which runs CUDA " + driver.get().versionText(),
                        "install a driver for CUDA " + version / 1000 + ", or use the backend ptx (tornado-env/setup --backend ptx)");
            }
            return Finding.ok("NVRTC", text);
        } catch (DeviceException e) {
            return Finding.missing("NVRTC", e.getMessage(), "install the CUDA " + major
                    + " toolkit, and set CUDA_PATH to it or add the folder of " + library.get()
                    + " to LD_LIBRARY_PATH; or use the backend ptx, which needs none");
        }
    }

    private void gpus(Optional<CudaDriver> driver) {
        if (driver.isEmpty()) {
            report.accept(Finding.skipped("device", "the driver"));
            report.accept(Finding.skipped("device memory", "the driver"));
            return;
        }
        List<CudaDriver.Gpu> gpus = driver.get().gpus();
        CudaDriver.Gpu first = gpus.getFirst();
        report.accept(Finding.ok("device", first.name() + (gpus.size() > 1 ? ", the first of " + gpus.size() : "")));
        report.accept(first.free() < 0
                ? Finding.missing("device memory", gib(first.total()) + " GiB, but the driver opens no context on the GPU",
                        "end the program that holds it for itself (nvidia-smi names it)")
                : Finding.ok("device memory", gib(first.free()) + " of " + gib(first.total()) + " GiB free"));
    }

    /** Nothing is missing without it: training on one GPU needs none. */
    private Finding nccl() {
        try {
            return Finding.ok("NCCL", machine.nccl());
        } catch (DeviceException e) {
            return new Finding("NCCL", Finding.State.SKIPPED, "none, which training on several GPUs needs: " + e.getMessage());
        }
    }

    private Finding kernels() {
        String subject = "kernel cache";
        return machine.kernels().map(store -> {
            KernelStore.Contents contents = store.contents();
            return Finding.ok(subject, String.format(Locale.ROOT, "%d kernels, %.1f MiB of at most %d, in %s", contents.kernels(),
                    contents.bytes() / (double) (1L << 20), KernelStore.MAX_BYTES >> 20, store.folder()));
        }).orElseGet(() -> Finding.ok(subject, "turned off"));
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / (double) (1L << 30));
    }

    private Finding smokeTest(Optional<CudaDriver> driver) {
        String subject = "smoke test";
        if (driver.isEmpty()) {
            return Finding.skipped(subject, "the driver");
        }
        if (!machine.startedWithTornado()) {
            Optional<String> problem = machine.startProblem();
            if (problem.isPresent()) {
                return Finding.missing(subject, "TornadoVM does not start", problem.get());
            }
            return machine.sdk().isEmpty() ? Finding.skipped(subject, "the SDK")
                    : Finding.missing(subject, "this JVM runs without TornadoVM", "start it with ./mixed doctor, or with TornadoVM's launcher 'tornado'");
        }
        try {
            SmokeTest test = machine.smokeTest();
            if (test.different() > 0) {
                return Finding.missing(subject, test.different() + " of " + SmokeTest.SIZE + " sums on the GPU differ from the JVM's",
                        "update the driver, and check the GPU with 'nvidia-smi -q'");
            }
            return Finding.ok(subject, String.format(Locale.ROOT, "one kernel, compiled by the backend %s, gives the same on %s as on the JVM (%.1f s)",
                    test.platform().backend(), test.platform().device(), test.seconds()));
        } catch (DeviceException e) {
            return Finding.missing(subject, e.getMessage());
        }
    }
}
