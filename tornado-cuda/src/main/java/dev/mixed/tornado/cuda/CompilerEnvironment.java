// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.io.IOException;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;

/** All but the kernel itself that compiled code depends on: TornadoVM, Graal, the JVM, NVRTC, the driver, the GPU, and the settings of all these. */
final class CompilerEnvironment {
    /** Counted up when the same kernel must be compiled anew by a newer miXed. */
    private static final int GENERATION = 2;
    private static final List<String> SETTINGS = List.of("tornado.", "jdk.graal.");

    private CompilerEnvironment() {
    }

    /** A line for each fact. */
    static String describe(CUDADeviceContext context) {
        StringBuilder text = new StringBuilder("generation ").append(GENERATION).append('\n');
        TreeSet<String> modules = new TreeSet<>();
        for (ResolvedModule module : ModuleLayer.boot().configuration().modules()) {
            if (module.name().startsWith("tornado.") || module.name().equals("jdk.graal.compiler")) {
                modules.add(module.reference().descriptor().toNameAndVersion() + module.reference().location().map(CompilerEnvironment::stamp).orElse(""));
            }
        }
        modules.forEach(module -> text.append(module).append('\n'));
        text.append("jvm ").append(System.getProperty("java.vm.version")).append('\n');
        // Asked first: it loads the library, of which the process then has a file open.
        text.append("nvrtc ").append(CUDAProgram.getNvrtcVersion()).append('\n');
        nvrtcFiles().forEach(file -> text.append(file).append('\n'));
        text.append("gpu ").append(context.getDevice().getDeviceName()).append(" driver ").append(context.getDevice().getDriverVersion()).append('\n');
        new TreeMap<>(System.getProperties()).forEach((name, value) -> {
            if (SETTINGS.stream().anyMatch(name.toString()::startsWith)) {
                text.append(name).append('=').append(value).append('\n');
            }
        });
        return text.toString();
    }

    /** A jar that was built anew has another size or time. */
    private static String stamp(URI location) {
        return "file".equals(location.getScheme()) ? stamp(Path.of(location)) : " " + location;
    }

    private static String stamp(Path file) {
        try {
            return " " + file.getFileName() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            return " " + file + " unreadable";
        }
    }

    /** The file of NVRTC's library, once it is loaded. */
    static Optional<Path> nvrtcLibrary() {
        return LoadedLibraries.file("/libnvrtc.so");
    }

    /** NVRTC tells its version without its patch: on Linux, the files that the process has mapped tell it. */
    private static Set<String> nvrtcFiles() {
        TreeSet<String> files = new TreeSet<>();
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            lines.filter(line -> line.contains("libnvrtc")).forEach(line -> files.add(stamp(Path.of(line.substring(line.indexOf('/'))))));
        } catch (IOException | RuntimeException e) {
            files.add("nvrtc's files are not known");
        }
        return files;
    }
}
