// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** NVIDIA's run-time compiler, called with options that TornadoVM does not pass: an architecture of one's choice. */
final class Nvrtc {
    /** The property that names a folder for the CUDA C, the compiler's log and the machine code of kernels on intrinsics, to look at. */
    static final String DUMP = "mixed.kernel.dump";

    private final MethodHandle create;
    private final MethodHandle compile;
    private final MethodHandle logSize;
    private final MethodHandle log;
    private final MethodHandle binarySize;
    private final MethodHandle binary;
    private final MethodHandle destroy;

    private Nvrtc(NativeCalls library) {
        create = library.function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compile = library.function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        logSize = library.function("nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
        log = library.function("nvrtcGetProgramLog", ADDRESS, ADDRESS);
        binarySize = library.function("nvrtcGetCUBINSize", ADDRESS, ADDRESS);
        binary = library.function("nvrtcGetCUBIN", ADDRESS, ADDRESS);
        destroy = library.function("nvrtcDestroyProgram", ADDRESS);
    }

    /**
     * The library that TornadoVM has loaded.
     *
     * @throws NotExtensibleException if it is not to be found among the files of this process
     */
    @SuppressWarnings("restricted") // a native library is called on purpose
    static Nvrtc loaded() throws NotExtensibleException {
        Path library = CompilerEnvironment.nvrtcLibrary()
                .orElseThrow(() -> new NotExtensibleException("NVRTC's library is not among the files that this process has mapped"));
        return new Nvrtc(new NativeCalls(SymbolLookup.libraryLookup(library, Arena.global())));
    }

    /**
     * Machine code of a source.
     *
     * @param architecture for example sm_90a
     * @throws IllegalStateException if the source is not right: the compiler's log
     */
    byte[] compile(String source, String architecture) {
        List<String> options = new ArrayList<>(List.of("--gpu-architecture=" + architecture, "--std=c++17", "--fmad=true"));
        if (source.contains("#include")) {
            includes().forEach(folder -> options.add("--include-path=" + folder));
        }
        String dump = System.getProperty(DUMP);
        if (dump != null) {
            // Registers, spills and shared memory, in the log.
            options.add("--ptxas-options=-v");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(ADDRESS);
            NativeCalls.check("nvrtcCreateProgram", () -> (int) create.invokeExact(program, arena.allocateFrom(source), arena.allocateFrom("kernel.cu"), 0,
                    MemorySegment.NULL, MemorySegment.NULL));
            MemorySegment handle = program.get(ADDRESS, 0);
            try {
                MemorySegment texts = arena.allocate(ADDRESS, options.size());
                for (int i = 0; i < options.size(); i++) {
                    texts.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
                }
                int result = NativeCalls.result(() -> (int) compile.invokeExact(handle, options.size(), texts));
                String said = log(handle, arena);
                if (result != 0) {
                    throw new IllegalStateException("NVRTC refuses a kernel: " + said);
                }
                byte[] code = bytes(handle, arena);
                if (dump != null) {
                    dump(dump, source, said, code);
                }
                return code;
            } finally {
                NativeCalls.check("nvrtcDestroyProgram", () -> (int) destroy.invokeExact(program));
            }
        }
    }

    private static void dump(String folder, String source, String log, byte[] code) {
        String name = KernelFile.name(source).substring(0, 16);
        try {
            Path to = Files.createDirectories(Path.of(folder));
            Files.writeString(to.resolve(name + ".cu"), source);
            Files.writeString(to.resolve(name + ".log"), log);
            Files.write(to.resolve(name + ".cubin"), code);
        } catch (IOException e) {
            throw new UncheckedIOException("-D" + DUMP + "=" + folder + ": can't write there", e);
        }
    }

    private String log(MemorySegment program, Arena arena) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        NativeCalls.check("nvrtcGetProgramLogSize", () -> (int) logSize.invokeExact(program, size));
        MemorySegment text = arena.allocate(size.get(JAVA_LONG, 0) + 1);
        NativeCalls.check("nvrtcGetProgramLog", () -> (int) log.invokeExact(program, text));
        return text.getString(0).strip();
    }

    private byte[] bytes(MemorySegment program, Arena arena) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        NativeCalls.check("nvrtcGetCUBINSize", () -> (int) binarySize.invokeExact(program, size));
        MemorySegment code = arena.allocate(size.get(JAVA_LONG, 0));
        NativeCalls.check("nvrtcGetCUBIN", () -> (int) binary.invokeExact(program, code));
        return code.toArray(JAVA_BYTE);
    }

    /** Where CUDA's headers may lie, in the order in which TornadoVM looks. */
    private static List<Path> includes() {
        return Stream.concat(Stream.of("CUDA_PATH", "CUDA_HOME", "CUDA_ROOT").map(System::getenv).filter(folder -> folder != null && !folder.isBlank())
                .map(folder -> Path.of(folder, "include")), Stream.of(Path.of("/usr/local/cuda/include"), Path.of("/usr/include")))
                .filter(folder -> Files.exists(folder.resolve("cuda_fp16.h"))).limit(1).toList();
    }
}
