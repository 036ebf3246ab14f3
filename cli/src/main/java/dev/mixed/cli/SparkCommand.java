// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** {@code mixed spark}: hands the module {@code spark} to the {@code spark-submit} of an installed Spark. */
@Command(name = "spark", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains or scores on an Apache Spark cluster, by the spark-submit of SPARK_HOME. Options of train are those of 'mixed train' and --ranks; of"
                + " score --model, --data and --output; docs/spark.md has examples.")
final class SparkCommand implements Callable<Integer> {
    /** The jar of the module, which the launcher builds when it is first asked for. */
    static final String JAR = "mixed.spark.jar";
    private static final String HOME = "MIXED_HOME";

    @Parameters(index = "0", paramLabel = "train|score", description = "what to do")
    private String what;

    @Option(names = "--master", required = true, paramLabel = "<url>", description = "the cluster, as spark-submit has it: spark://HOST:PORT, yarn, local[2]")
    private String master;

    @Option(names = "--conf", paramLabel = "<key>=<value>", description = "a setting of Spark, such as spark.task.resource.gpu.amount=1; may be given again")
    private List<String> settings = List.of();

    @Unmatched
    private final List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        String jar = System.getProperty(JAR);
        if (jar == null) {
            throw new UserException(
                    "'mixed spark' needs the jar of the module spark; start it by the file 'mixed', which builds that, or use spark-submit yourself.");
        }
        ProcessBuilder submit = new ProcessBuilder(line(System.getenv(), Path.of(jar))).inheritIO();
        // With a master of the kind local, the driver is the executor.
        submit.environment().putIfAbsent(HOME, root(Path.of(jar)).toString());
        Process submitted = submit.start();
        Runtime.getRuntime().addShutdownHook(new Thread(submitted::destroy));
        return submitted.waitFor();
    }

    /** The command line of spark-submit. */
    List<String> line(Map<String, String> environment, Path jar) {
        String main = switch (what) {
            case "train" -> "dev.mixed.spark.app.Train";
            case "score" -> "dev.mixed.spark.app.Score";
            default -> throw new UsageException("'" + what + "' is nothing that 'mixed spark' does; choose from: train, score.");
        };
        if (!master.matches("(local(\\[.+\\])?|local-cluster\\[.+\\]|yarn|spark://.+|k8s://.+)")) {
            throw new UsageException("--master must be as Spark has it, spark://HOST:PORT, yarn, k8s://URL or local[N], not '" + master + "'.");
        }
        List<String> line = new ArrayList<>(List.of(submit(environment).toString(), "--master", master, "--class", main));
        for (String setting : settings) {
            if (!setting.matches("[^=]+=.*")) {
                throw new UsageException("--conf must be key=value, not '" + setting + "'.");
            }
            line.addAll(List.of("--conf", setting));
        }
        String executors = "spark.executorEnv." + HOME;
        if (settings.stream().noneMatch(setting -> setting.startsWith(executors + "="))) {
            line.addAll(List.of("--conf", executors + "=" + environment.getOrDefault(HOME, root(jar).toString())));
        }
        line.add(jar.toString());
        line.addAll(arguments);
        return line;
    }

    /** The folder of miXed, in which the launcher builds the jar. */
    private static Path root(Path jar) {
        return jar.resolve("../../..").toAbsolutePath().normalize();
    }

    /** In SPARK_HOME, or else on the PATH. */
    private static Path submit(Map<String, String> environment) {
        String home = environment.get("SPARK_HOME");
        if (home != null && !home.isEmpty()) {
            Path submit = Path.of(home, "bin", "spark-submit");
            if (!Files.isExecutable(submit)) {
                throw new UserException("SPARK_HOME is '" + home + "', which has no bin/spark-submit; set it to the folder of a Spark 4.");
            }
            return submit;
        }
        @Nullable Path found = null;
        for (String folder : environment.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator), -1)) {
            Path submit = Path.of(folder, "spark-submit");
            if (found == null && !folder.isEmpty() && Files.isExecutable(submit)) {
                found = submit;
            }
        }
        if (found == null) {
            throw new UserException("Spark is not found: unpack a distribution of Spark 4, and set SPARK_HOME to its folder.");
        }
        return found;
    }
}
