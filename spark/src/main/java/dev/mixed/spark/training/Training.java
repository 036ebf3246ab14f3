// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import dev.mixed.spark.process.MixedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.resource.ResourceProfile;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag$;

/**
 * Trains a classifier on the cluster: a barrier stage with one task for each rank, that is for each GPU. If a rank dies, its task fails, and with it the stage;
 * Spark starts that anew, and the ranks go on from the last checkpoint.
 */
public final class Training {
    private static final long LOOK_MILLIS = 100;
    /** Spark's own setting of how long the cluster may take to have enough executors, and its default. */
    private static final String PATIENCE = "spark.scheduler.maxRegisteredResourcesWaitingTime";
    private static final String DEFAULT_PATIENCE = "30s";
    /** After so long without another one there are as many as there will be. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    private final SparkContext spark;
    private final RankPlan plan;

    /**
     * @param command   of miXed on the executors; null to find it there
     * @param arguments of {@code train}, but for its output folder
     * @param resume    whether to go on with the run in the folder
     */
    public Training(SparkContext spark, @Nullable String command, List<String> arguments, TrainingFolder folder, boolean resume) {
        this.spark = spark;
        this.plan = new RankPlan(command, List.copyOf(arguments), folder, resume);
    }

    /**
     * Runs to the end.
     *
     * @param ranks 0 for as many as the cluster can run at once, on GPUs, or one without
     * @param log   takes the lines that rank 0 prints
     * @return the folder of the trained model
     */
    public Path run(int ranks, Consumer<String> log) {
        boolean gpus = spark.resourceProfileManager().defaultResourceProfile().taskResources().contains("gpu");
        int slots = slots(ranks > 0 || gpus ? ranks : 1);
        int world = ranks > 0 ? ranks : gpus ? slots : 1;
        if (world > slots) {
            throw new MixedException(
                    "The cluster can run " + slots + " tasks at once" + (gpus ? ", each with its GPUs," : "") + " and numRanks asks for " + world
                            + "; lower it, or give Spark more executors, cores" + (gpus ? " and GPUs." : "."));
        }
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < world; i++) {
            numbers.add(i);
        }
        LogTail tail = new LogTail(plan.folder().log(0), log);
        try {
            JavaRDD<Integer> tasks = JavaSparkContext.fromSparkContext(spark).parallelize(numbers, world);
            RDD<Integer> trained = tasks.rdd().barrier().mapPartitions(new RankTask(plan), false, ClassTag$.MODULE$.apply(Integer.class));
            // The stage must not be the job's last one: of those Spark starts none anew.
            trained.toJavaRDD().repartition(1).collect();
        } catch (Exception e) {
            throw failure(e);
        } finally {
            tail.close();
        }
        return plan.folder().run();
    }

    /** Spark's own words are those of its scheduler, with traces of the stack. */
    private RuntimeException failure(Exception e) {
        Optional<String> sentence = plan.folder().failure().map(RankFailure::sentence);
        if (sentence.isPresent()) {
            return new MixedException(sentence.get() + resumable(), e);
        }
        String message = e.getMessage();
        return new MixedException(
                "Training on Spark has failed: " + (message == null ? e.getClass().getSimpleName() + "." : message.lines().findFirst().orElse(""))
                        + resumable(),
                e);
    }

    private String resumable() {
        return plan.folder().canResume() ? " What was learned up to the last checkpoint is in '" + plan.folder().path() + "', to be resumed." : "";
    }

    /**
     * Tasks that can run at once. Executors that have just been asked for may need a moment.
     *
     * @param wanted 0 for as many as come
     */
    private int slots(int wanted) {
        ResourceProfile profile = spark.resourceProfileManager().defaultResourceProfile();
        long now = System.nanoTime();
        long end = now + TimeUnit.SECONDS.toNanos(spark.conf().getTimeAsSeconds(PATIENCE, DEFAULT_PATIENCE));
        long grown = now;
        int slots = 0;
        try {
            while (true) {
                int before = slots;
                slots = spark.maxNumConcurrentTasks(profile);
                now = System.nanoTime();
                grown = slots > before ? now : grown;
                boolean enough = wanted > 0 ? slots >= wanted : slots > 0 && now - grown > QUIET.toNanos();
                if (enough || now > end) {
                    return slots;
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return slots;
        }
    }
}
