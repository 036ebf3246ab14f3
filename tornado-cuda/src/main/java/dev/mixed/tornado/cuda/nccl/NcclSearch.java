// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where NCCL's library may lie: in CUDA's toolkit, in a Python's wheel of it, in Conda. The loader's own paths come first and are not listed here. */
final class NcclSearch {
    static final String FILE = "libnccl.so.2";
    private static final String WHEEL = "nvidia/nccl/lib/" + FILE;

    private final Map<String, String> environment;
    private final Path root;

    /**
     * @param environment variables
     * @param root        of the file system, / but in tests
     */
    NcclSearch(Map<String, String> environment, Path root) {
        this.environment = environment;
        this.root = root;
    }

    /** Files that are there, best first. */
    List<Path> found() {
        Set<Path> found = new LinkedHashSet<>();
        for (Path toolkit : toolkits()) {
            for (String folder : List.of("lib64", "lib", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib")) {
                add(found, toolkit.resolve(folder).resolve(FILE));
            }
        }
        for (Path packages : packages()) {
            add(found, packages.resolve(WHEEL));
        }
        return List.copyOf(found);
    }

    private static void add(Set<Path> found, Path file) {
        if (Files.isRegularFile(file)) {
            found.add(file);
        }
    }

    private List<Path> toolkits() {
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX")) {
            named(variable).forEach(folders::add);
        }
        folders.add(root.resolve("usr/local/cuda"));
        folders.addAll(children(root.resolve("usr/local"), "cuda-*"));
        return folders;
    }

    /** Folders in which Pythons have their packages. */
    private List<Path> packages() {
        List<Path> packages = new ArrayList<>(named("PYTHONPATH"));
        List<Path> homes = new ArrayList<>();
        homes.addAll(named("VIRTUAL_ENV"));
        homes.addAll(named("CONDA_PREFIX"));
        for (Path folder : named("PATH")) {
            // A venv's python is a link: its packages lie beside the link, those of the system beside what that points to.
            Path python = folder.resolve("python3");
            if (Files.isExecutable(python)) {
                home(python.toAbsolutePath()).ifPresent(homes::add);
                try {
                    home(python.toRealPath()).ifPresent(homes::add);
                } catch (IOException e) {
                    // A link to nothing has no packages.
                }
            }
        }
        homes.add(root.resolve("usr/local"));
        homes.add(root.resolve("usr"));
        named("HOME").forEach(home -> homes.add(home.resolve(".local")));
        for (Path home : homes) {
            for (String lib : List.of("lib", "lib64")) {
                for (Path python : children(home.resolve(lib), "python3*")) {
                    packages.add(python.resolve("site-packages"));
                    packages.add(python.resolve("dist-packages"));
                }
            }
        }
        return packages;
    }

    /** The folder above that of programs. */
    private static Optional<Path> home(Path python) {
        return Optional.ofNullable(python.getParent()).map(Path::getParent);
    }

    private List<Path> named(String variable) {
        List<Path> paths = new ArrayList<>();
        for (String path : environment.getOrDefault(variable, "").split(File.pathSeparator)) {
            if (!path.isBlank()) {
                paths.add(Path.of(path));
            }
        }
        return paths;
    }

    private static List<Path> children(Path folder, String glob) {
        List<Path> children = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, glob)) {
                all.forEach(children::add);
            } catch (IOException e) {
                // A folder that can't be read has nothing to offer.
            }
        }
        // The newest first.
        children.sort((a, b) -> b.getFileName().toString().compareTo(a.getFileName().toString()));
        return children;
    }
}
