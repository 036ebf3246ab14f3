// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.scoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.spark.process.Hosts;
import dev.mixed.spark.process.MixedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** The files of a model's folder: read by the driver, handed out to executors, kept where Spark keeps its own models. */
public final class ModelFiles {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String CONFIG = "config.json";
    /** Bytes that are handed out as one. */
    private static final int PART = 8 << 20;

    private ModelFiles() {
    }

    /** The names of a classifier's classes, in the order of their numbers. */
    public static List<String> classes(Path folder) {
        Path config = folder.resolve(CONFIG);
        if (!Files.isRegularFile(config)) {
            throw new MixedException("'" + folder + "' holds no model (it has no " + CONFIG + "); give the folder of one.");
        }
        try {
            JsonNode labels = MAPPER.readTree(config.toFile()).path("id2label");
            List<String> names = new ArrayList<>();
            for (int i = 0; labels.has(String.valueOf(i)); i++) {
                names.add(labels.get(String.valueOf(i)).asText());
            }
            if (names.size() < 2 || names.size() != labels.size()) {
                throw new MixedException("'" + config + "' names no classes (id2label), from 0 on; give the folder of a classifier.");
            }
            return List.copyOf(names);
        } catch (IOException e) {
            throw new MixedException("'" + config + "' cannot be read (" + e.getMessage() + "); restore it.", e);
        }
    }

    /** The files of the model alone: not those of checkpoints and logs, which lie in folders beside them. */
    public static List<Path> of(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).filter(file -> !file.getFileName().toString().startsWith(".")).sorted().collect(Collectors.toList());
        } catch (IOException e) {
            throw new MixedException("The model's folder '" + folder + "' cannot be read (" + e.getMessage() + "); check its permissions.", e);
        }
    }

    /**
     * The content of the files, which Spark hands to each executor when that asks for it, and among them as it does with all broadcasts.
     *
     * @return empty in local mode, where nobody needs it
     */
    public static Map<String, List<Broadcast<byte[]>>> handOut(SparkContext spark, Path folder) {
        Map<String, List<Broadcast<byte[]>>> parts = new LinkedHashMap<>();
        if (spark.isLocal()) {
            return parts;
        }
        JavaSparkContext java = JavaSparkContext.fromSparkContext(spark);
        for (Path file : of(folder)) {
            List<Broadcast<byte[]>> content = new ArrayList<>();
            try (InputStream in = Files.newInputStream(file)) {
                for (byte[] part = in.readNBytes(PART); part.length > 0; part = in.readNBytes(PART)) {
                    content.add(java.broadcast(part));
                }
            } catch (IOException e) {
                throw new MixedException("The model's file '" + file + "' cannot be read (" + e.getMessage() + "); check its permissions.", e);
            }
            parts.put(file.getFileName().toString(), content);
        }
        return parts;
    }

    /** The model's folder where this JVM is, to be removed by {@link #forget}. */
    static Path here(ModelSpec model) {
        if (model.files().isEmpty()) {
            return Path.of(model.folder());
        }
        try {
            Path here = Files.createTempDirectory("mixed-model");
            for (Map.Entry<String, List<Broadcast<byte[]>>> file : model.files().entrySet()) {
                try (OutputStream out = Files.newOutputStream(here.resolve(file.getKey()))) {
                    for (Broadcast<byte[]> part : file.getValue()) {
                        out.write(part.value());
                    }
                }
            }
            return here;
        } catch (IOException e) {
            throw new MixedException("The model cannot be kept on " + Hosts.local() + " (" + e.getMessage() + "); check its disk for temporary files.", e);
        }
    }

    /** Removes what {@link #here} wrote. */
    static void forget(ModelSpec model, Path here) {
        if (model.files().isEmpty()) {
            return;
        }
        try {
            for (String file : model.files().keySet()) {
                Files.deleteIfExists(here.resolve(file));
            }
            Files.deleteIfExists(here);
        } catch (IOException e) {
            // It is a temporary folder.
        }
    }

    /** Copies the files to a folder of any file system that Spark knows. */
    public static void save(Path folder, String target, Configuration configuration) throws IOException {
        org.apache.hadoop.fs.Path to = new org.apache.hadoop.fs.Path(target);
        FileSystem files = to.getFileSystem(configuration);
        files.mkdirs(to);
        for (Path file : of(folder)) {
            files.copyFromLocalFile(new org.apache.hadoop.fs.Path(file.toUri()), new org.apache.hadoop.fs.Path(to, file.getFileName().toString()));
        }
    }

    /** A folder of this machine with the files of one that {@link #save} wrote: that very one where it is here, else a copy until this JVM ends. */
    public static Path load(String source, Configuration configuration) throws IOException {
        org.apache.hadoop.fs.Path from = new org.apache.hadoop.fs.Path(source);
        FileSystem files = from.getFileSystem(configuration);
        if (!files.exists(from)) {
            throw new MixedException("'" + source + "' does not exist, so no model was saved there; give the folder of a saved one.");
        }
        if (files.getScheme().equals("file")) {
            return Path.of(files.makeQualified(from).toUri().getPath());
        }
        Path copy = Files.createTempDirectory("mixed-model");
        copy.toFile().deleteOnExit();
        for (FileStatus file : files.listStatus(from)) {
            Path local = copy.resolve(file.getPath().getName());
            files.copyToLocalFile(false, file.getPath(), new org.apache.hadoop.fs.Path(local.toUri()), true);
            local.toFile().deleteOnExit();
        }
        return copy;
    }
}
