// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.DeviceThread;
import dev.mixed.simulator.instrument.CheckedAccess;
import java.util.Set;

/** Where in a kernel's source an error happened. */
final class SourceLines {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.SHOW_HIDDEN_FRAMES);
    private static final Set<String> SIMULATOR = Set.of(SourceLines.class.getPackageName(), CheckedAccess.class.getPackageName(),
            DeviceThread.class.getPackageName());

    private SourceLines() {
    }

    /** The topmost line of a kernel in the stack of what was thrown, as {@code ", at File.java:12"}; empty without one. */
    static String of(Throwable problem) {
        for (StackTraceElement frame : problem.getStackTrace()) {
            if (ofKernel(frame.getClassName())) {
                return ", at " + frame.getFileName() + ":" + frame.getLineNumber();
            }
        }
        return "";
    }

    /** As {@link #of}, for the stack of the present call. */
    static String here() {
        return STACK.walk(frames -> frames.filter(f -> f.getLineNumber() > 0 && ofKernel(f.getClassName())).findFirst())
                .map(f -> ", at " + f.getFileName() + ":" + f.getLineNumber()).orElse("");
    }

    private static boolean ofKernel(String className) {
        return !className.startsWith("java.") && !className.startsWith("jdk.") && !className.startsWith("uk.ac.manchester.tornado.api.")
                && !SIMULATOR.contains(className.substring(0, Math.max(0, className.lastIndexOf('.'))));
    }
}
