// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Ends the filter that ./mixed puts before standard error while the JVM starts: the descriptor that it names becomes standard error again, for Java, for
 * native code and for the JVM's own messages.
 */
final class StandardError {
    /** Number of the descriptor that the launcher kept the real standard error in. */
    static final String PROPERTY = "mixed.stderr";
    private static final int STDERR = 2;

    private StandardError() {
    }

    /** Restores it; does nothing where no launcher kept it. Whatever stands in the way, messages still arrive, through the filter. */
    static void restore() {
        Integer kept = Integer.getInteger(PROPERTY);
        if (kept == null) {
            return;
        }
        try {
            call("dup2", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT), kept, STDERR);
            call("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT), kept);
        } catch (Throwable e) {
            System.err.println("mixed: standard error stays behind the launcher's filter (" + e + ").");
        }
    }

    @SuppressWarnings("restricted") // The JVM runs with --enable-native-access.
    private static void call(String function, FunctionDescriptor descriptor, Object... arguments) throws Throwable {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> address = linker.defaultLookup().find(function);
        if (address.isPresent()) {
            linker.downcallHandle(address.get(), descriptor).invokeWithArguments(arguments);
        }
    }
}
