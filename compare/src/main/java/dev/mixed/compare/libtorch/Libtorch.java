// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.libtorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;

/** Opens DJL's PyTorch engine from the jars on the class path: no download, no telemetry. */
public final class Libtorch {
    static {
        // All must stand before DJL's classes load; see the tokenizer's library, which needs the same.
        setIfAbsent("ai.djl.offline", "true");
        setIfAbsent("OPT_OUT_TRACKING", "true");
        setIfAbsent("PYTORCH_FLAVOR", "cpu");
    }

    private Libtorch() {
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** Whether libtorch itself, and not just DJL's classes for it, is on the class path. */
    public static boolean available() {
        return Libtorch.class.getResource("/native/lib/pytorch.properties") != null;
    }

    /** A manager of arrays in the CPU's memory, which frees them when it is closed. */
    public static NDManager open() {
        return NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    /** Its version. */
    public static String version() {
        return Engine.getEngine("PyTorch").getVersion();
    }
}
