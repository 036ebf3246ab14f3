// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

import dev.mixed.engine.DeviceException;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.engine.tornado.GpuRanks;
import dev.mixed.engine.tornado.TornadoPlatform;
import dev.mixed.tornado.cuda.KernelStore;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Optional;

/** This machine. */
final class LocalMachine implements Machine {
    @Override
    public Jdk jdk() {
        return new Jdk(Runtime.version(), System.getProperty("java.vendor", "unknown"), ModuleFinder.ofSystem().find("jdk.internal.vm.ci").isPresent());
    }

    @Override
    public Optional<Path> sdk() {
        return Optional.ofNullable(System.getenv("TORNADOVM_HOME")).filter(home -> !home.isBlank()).map(Path::of);
    }

    @Override
    public Optional<String> startProblem() {
        return TornadoPlatform.problem();
    }

    @Override
    public boolean startedWithTornado() {
        return TornadoPlatform.present();
    }

    @Override
    public CudaDriver driver() {
        return CudaDriver.query();
    }

    @Override
    @SuppressWarnings("restricted") // The JVM runs with --enable-native-access.
    public int nvrtc(String library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = SymbolLookup.libraryLookup(library, Arena.global()).find("nvrtcVersion")
                    .orElseThrow(() -> new DeviceException(library + " is no NVRTC: it has no nvrtcVersion"));
            MemorySegment major = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment minor = arena.allocate(ValueLayout.JAVA_INT);
            int result = (int) Linker.nativeLinker()
                    .downcallHandle(version, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS))
                    .invokeExact(major, minor);
            if (result != 0) {
                throw new DeviceException(library + " does not work: nvrtcVersion gives the error " + result);
            }
            return 1000 * major.get(ValueLayout.JAVA_INT, 0) + 10 * minor.get(ValueLayout.JAVA_INT, 0);
        } catch (IllegalArgumentException e) {
            throw new DeviceException(library + " is not on the library path", e);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("calling nvrtcVersion", e);
        }
    }

    @Override
    public String nccl() {
        return GpuRanks.library();
    }

    @Override
    public Optional<KernelStore> kernels() {
        return KernelStore.ofUser();
    }

    @Override
    public SmokeTest smokeTest() {
        return SmokeTest.run();
    }
}
