// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;
import dev.mixed.io.UsageException;
import dev.mixed.opcases.RotatingSelfCheck;
import dev.mixed.train.run.RunOptions;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Opens the device that an option names. */
final class Devices {
    /** What is said to those who give both. */
    static final String TF32_WITH_AMP = "--tf32 is for FP32 and has no effect with --amp, whose products are of halves: leave one of them out.";
    private static final String DOCTOR = " ('./mixed doctor' says what is missing).";

    private Devices() {
    }

    /**
     * The device of {@code --device}; a {@link DeviceException} where there is none.
     *
     * @param selfCheck of a GPU: compares one family of ops with its reference after the first run of each program
     * @param tf32      whether products of floats are to be rounded to tf32; only a GPU can
     */
    static Device open(RunOptions.Device choice, boolean selfCheck, boolean tf32) {
        if (tf32 && choice == RunOptions.Device.JVM) {
            throw new UsageException("--tf32 is for a GPU's tensor cores and has no effect with --device jvm: leave one of them out.");
        }
        Device device = open(choice, TornadoPlatform.sdkMissing(),
                () -> selfCheck ? TornadoDevice.open(new RotatingSelfCheck(), tf32) : TornadoDevice.open(tf32));
        if (tf32) {
            System.err.println(tf32(device));
        }
        return device;
    }

    /** What becomes of {@code --tf32} on a device. */
    static String tf32(Device device) {
        return device.roundsToTf32() ? "mixed: FP32's matrix products are rounded to tf32 (--tf32)."
                : "mixed: --tf32 has no effect: it needs a GPU of compute capability 8.0 or later, with kernels on intrinsics ('./mixed doctor' says more).";
    }

    static Device open(RunOptions.Device choice, boolean sdkMissing, Supplier<Device> gpu) {
        return switch (choice) {
            case JVM -> JvmDevice.open(threads());
            case GPU -> {
                try {
                    yield gpu.get();
                } catch (DeviceException e) {
                    throw new DeviceException("--device gpu: " + e.getMessage() + "; or use --device jvm" + DOCTOR, e);
                }
            }
            // Who did not ask for a GPU may have none: the reason is enough, without what to install.
            case AUTO -> sdkMissing ? jvm(TornadoPlatform.NO_SDK) : gpuOrJvm(gpu);
        };
    }

    private static Device gpuOrJvm(Supplier<Device> gpu) {
        try {
            return gpu.get();
        } catch (DeviceException e) {
            return jvm(e.getMessage());
        }
    }

    /**
     * Whether a command may open a GPU, as far as its words tell; a configuration file may say otherwise.
     *
     * @param environment where that of one of several ranks says no: it first chooses which GPU the driver is to see
     */
    static boolean mayUseGpu(Map<String, String> environment, String... args) {
        List<String> words = List.of(args);
        int device = words.indexOf("--device");
        boolean jvm = device >= 0 && device + 1 < words.size() && words.get(device + 1).equalsIgnoreCase("jvm")
                || words.stream().anyMatch(word -> word.equalsIgnoreCase("--device=jvm"));
        boolean command = !words.isEmpty() && !words.getFirst().startsWith("-");
        return command && !jvm && !environment.containsKey("RANK") && !environment.containsKey("WORLD_SIZE");
    }

    /** The cores of this machine, or this process's part of them where it is one of several ranks there. */
    private static int threads() {
        int cores = Runtime.getRuntime().availableProcessors();
        String ranks = System.getenv().getOrDefault("LOCAL_WORLD_SIZE", "1");
        return ranks.matches("[1-9]\\d{0,4}") ? Math.max(1, cores / Integer.parseInt(ranks)) : cores;
    }

    private static Device jvm(String whyNoGpu) {
        System.err.println("mixed: no GPU is used: " + whyNoGpu + " ('./mixed doctor' says more).");
        return JvmDevice.open(threads());
    }
}
