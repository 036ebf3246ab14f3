// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The GPU of one of several processes on a machine. TornadoVM takes the first one that its process sees: where whoever started the processes lets each
 * see all, as {@code torchrun} does, each sees its own alone once this is called, before the driver is first used.
 */
final class LocalGpu {
    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    private LocalGpu() {
    }

    /** Leaves one GPU to see, the one of this number among those that are there; no change where there is one, or fewer than that. */
    static void choose(int localRank) {
        choice(System.getenv(), devices(Path.of("/dev")), localRank).ifPresent(LocalGpu::set);
    }

    /**
     * What the variable is to be; empty where it stays.
     *
     * @param devices number of GPUs of which this process has the device files
     */
    static Optional<String> choice(Map<String, String> environment, int devices, int localRank) {
        String visible = environment.getOrDefault(VISIBLE, "");
        if (visible.isBlank()) {
            return devices > 1 && localRank < devices ? Optional.of(String.valueOf(localRank)) : Optional.empty();
        }
        List<String> all = List.of(visible.split(","));
        return all.size() > 1 && localRank < all.size() ? Optional.of(all.get(localRank).strip()) : Optional.empty();
    }

    static int devices(Path folder) {
        int count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "nvidia[0-9]*")) {
            for (Path file : files) {
                count += file.getFileName().toString().matches("nvidia\\d+") ? 1 : 0;
            }
        } catch (IOException e) {
            return 0;
        }
        return count;
    }

    /** In this process's environment as native libraries see it; Java's copy of it stays. */
    @SuppressWarnings("restricted") // the C library is called on purpose
    private static void set(String value) {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
        if (setenv.isEmpty()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) linker.downcallHandle(setenv.get(), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT))
                    .invokeExact(arena.allocateFrom(VISIBLE), arena.allocateFrom(value), 1);
            if (result != 0) {
                throw new IllegalStateException("setenv gave " + result);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
