// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** Spark for tests, with executors that are processes of their own, made from the tests' class path: there need be no Spark on the machine. */
final class Cluster {
    /** As the pom has it: what Spark takes for the folder that it is installed in. */
    private static final Path HOME = Path.of(System.getenv("SPARK_HOME"));
    /** What miXed itself has no use for. */
    private static final Pattern SPARKS_OWN = Pattern
            .compile("(spark|hadoop|scala|parquet|arrow|netty|zookeeper|curator|jersey|hk2|orc|hive|json4s|avro).*\\.jar");
    /** A short life pays for little. */
    private static final String FLAGS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote";

    private Cluster() {
    }

    /** The jars and folders of the tests' class path. */
    private static List<Path> classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator)).map(Path::of).map(Path::toAbsolutePath).collect(Collectors.toList());
    }

    /** A session on a cluster of executors with one core each. */
    static SparkSession start(int executors, int megabytes) throws IOException {
        Path jars = Files.createDirectories(HOME.resolve("jars"));
        StringBuilder folders = new StringBuilder();
        for (Path entry : classPath()) {
            if (Files.isDirectory(entry)) {
                folders.append(folders.isEmpty() ? "" : File.pathSeparator).append(entry);
            } else if (Files.exists(entry) && Files.notExists(jars.resolve(entry.getFileName()))) {
                Files.createSymbolicLink(jars.resolve(entry.getFileName()), entry);
            }
        }
        return SparkSession.builder().master("local-cluster[" + executors + ",1," + megabytes + "]").appName("miXed")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "1")
                // The tests' data are too few for code that is made for them.
                .config("spark.sql.codegen.wholeStage", "false").config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                .config("spark.sql.warehouse.dir", HOME.resolve("warehouse").toString())
                // Each executor has a GPU, and each task needs one: nothing computes on it here.
                .config("spark.worker.resource.gpu.amount", 1).config("spark.worker.resource.gpu.discoveryScript", gpus().toString())
                .config("spark.executor.resource.gpu.amount", 1).config("spark.task.resource.gpu.amount", 1)
                .config("spark.executor.extraClassPath", folders.toString())
                .config("spark.executor.extraJavaOptions", FLAGS)
                .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "2s")
                .config("spark.executorEnv.MIXED_HOME", mixed().getParent().toString())
                .getOrCreate();
    }

    /** What Spark asks for the GPUs of a machine: there is one, the eighth. */
    private static Path gpus() throws IOException {
        return script("gpus", "echo '{\"name\": \"gpu\", \"addresses\": [\"7\"]}'");
    }

    private static Path script(String name, String text) throws IOException {
        Path script = HOME.resolve(name);
        Files.writeString(script, "#!/bin/sh\n" + text + "\n");
        script.toFile().setExecutable(true);
        return script;
    }

    /** A command {@code mixed} that runs the classes of the tests' class path. */
    static Path mixed() throws IOException {
        String classes = classPath().stream().filter(entry -> !SPARKS_OWN.matcher(entry.getFileName().toString()).matches()).map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        return script("mixed", "echo \"mixed on GPU $CUDA_VISIBLE_DEVICES\" >&2\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                + "' -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote --add-modules jdk.incubator.vector"
                + " --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true -Xmx512m -cp '" + classes + "' dev.mixed.cli.Main \"$@\"");
    }

    /** The executors' processes. */
    static List<ProcessHandle> executors() {
        return ProcessHandle.current().children().filter(process -> Arrays.asList(process.info().arguments().orElse(new String[0]))
                .contains("org.apache.spark.executor.CoarseGrainedExecutorBackend")).collect(Collectors.toList());
    }
}
