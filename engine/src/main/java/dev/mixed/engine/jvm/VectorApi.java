// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this JVM has the Vector API, which it has only if started with {@code --add-modules jdk.incubator.vector}. */
public final class VectorApi {
    private static final Logger LOG = LoggerFactory.getLogger(VectorApi.class);
    private static final boolean PRESENT = look();

    private VectorApi() {
    }

    /** Whether vector forms of kernels can run; the first time that they can't is told in one line of the log. */
    public static boolean present() {
        return PRESENT;
    }

    private static boolean look() {
        // The layer, and not a class of the module: javac and the tests have it, a user's JVM may not.
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        if (!present) {
            LOG.warn("The JVM computes with plain loops, several times slower, since it was started without --add-modules jdk.incubator.vector.");
        }
        return present;
    }
}
