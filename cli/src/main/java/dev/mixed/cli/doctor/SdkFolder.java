// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

import dev.mixed.engine.DeviceException;
import dev.mixed.io.IoReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder that should hold a TornadoVM SDK: bin, etc, lib, share/java/tornado, share/java/graalJars. */
record SdkFolder(Path path) {
    private static final Pattern API = Pattern.compile("tornado-api-(.+)\\.jar");
    private static final Pattern NVRTC = Pattern.compile("libnvrtc\\.so\\.\\d+");

    /**
     * The version of its API, for example 5.2.0-jdk25; empty where there is none, so that this is no SDK.
     *
     * @throws DeviceException if the folder cannot be read, with the reason
     */
    Optional<String> version() {
        Path jars = path.resolve("share/java/tornado");
        try (DirectoryStream<Path> found = Files.newDirectoryStream(jars, "tornado-api-*.jar")) {
            for (Path jar : found) {
                Matcher name = API.matcher(jar.getFileName().toString());
                if (name.matches()) {
                    return Optional.of(name.group(1));
                }
            }
            return Optional.empty();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            throw unreadable(jars, Objects.requireNonNull(e.getCause(), "it has no constructor without a cause"));
        } catch (IOException e) {
            throw unreadable(jars, e);
        }
    }

    /** Parts of an SDK that are not there, as paths in it. */
    List<String> absentParts() {
        return Stream.of("bin/tornado", "lib", "share/java/graalJars", "etc/exportLists/common-exports").filter(part -> !Files.exists(path.resolve(part)))
                .toList();
    }

    /** Backends for NVIDIA GPUs whose native library is there: cuda, ptx. */
    List<String> backends() {
        return Stream.of("cuda", "ptx").filter(backend -> Files.exists(library(backend))).toList();
    }

    /**
     * The file name of the NVRTC that the cuda backend was linked with, for example libnvrtc.so.13; empty if it names none.
     *
     * @throws DeviceException if the backend's library cannot be read, with the reason
     */
    Optional<String> nvrtc() {
        try {
            Matcher name = NVRTC.matcher(new String(Files.readAllBytes(library("cuda")), StandardCharsets.ISO_8859_1));
            return name.find() ? Optional.of(name.group()) : Optional.empty();
        } catch (IOException e) {
            throw unreadable(library("cuda"), e);
        }
    }

    private static DeviceException unreadable(Path path, IOException e) {
        return new DeviceException(path + " cannot be read (" + IoReason.of(e) + ")", e);
    }

    private Path library(String backend) {
        return path.resolve("lib").resolve("libtornado-" + backend + ".so");
    }
}
