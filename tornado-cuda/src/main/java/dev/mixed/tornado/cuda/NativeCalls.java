// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Functions of one of NVIDIA's libraries that return an int, 0 for success. */
public final class NativeCalls {
    private final SymbolLookup library;

    /** Functions of this library. */
    public NativeCalls(SymbolLookup library) {
        this.library = library;
    }

    /** @throws IllegalStateException if the library has no such function */
    @SuppressWarnings("restricted") // a native library is called on purpose
    public MethodHandle function(String name, MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(library.find(name).orElseThrow(() -> new IllegalStateException("there is no " + name)),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /** A call whose result is given. */
    @FunctionalInterface
    public interface Call {
        int run() throws Throwable;
    }

    /** A call of a function that returns something else. */
    @FunctionalInterface
    interface Invocation<T> {
        T run() throws Throwable;
    }

    /** Calls a function and gives what it returned. */
    public static int result(Call call) {
        return invoke(call::run);
    }

    static <T> T invoke(Invocation<T> call) {
        try {
            return call.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws DriverException if the function does not return 0 */
    public static void check(String name, Call call) {
        int result = result(call);
        if (result != 0) {
            throw new DriverException(name + " gave the error " + result);
        }
    }
}
