// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.sdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The class files of TornadoVM's packages in a jar or folder, by internal name. */
final class ApiClasses {
    /** TornadoVM's API. */
    static final String API = "uk/ac/manchester/tornado/api";
    /** All of TornadoVM's packages. */
    static final String ALL = "uk/ac/manchester/tornado";

    private ApiClasses() {
    }

    /** Reads the API's packages in a jar or a folder of classes. */
    static Map<String, ClassModel> read(Path jarOrFolder) throws IOException {
        return read(jarOrFolder, API);
    }

    /** Reads the packages below one in a jar or a folder of classes. */
    static Map<String, ClassModel> read(Path jarOrFolder, String packages) throws IOException {
        if (Files.isDirectory(jarOrFolder)) {
            return readTree(jarOrFolder.resolve(packages));
        }
        try (FileSystem jar = FileSystems.newFileSystem(jarOrFolder)) {
            return readTree(jar.getPath(packages));
        }
    }

    private static Map<String, ClassModel> readTree(Path root) throws IOException {
        Map<String, ClassModel> classes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(file -> file.toString().endsWith(".class")).forEach(file -> add(classes, file));
        }
        return classes;
    }

    private static void add(Map<String, ClassModel> classes, Path file) {
        try {
            ClassModel model = ClassFile.of().parse(Files.readAllBytes(file));
            classes.put(model.thisClass().asInternalName(), model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
