// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.scoring;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/** The predictors of this JVM, an executor: one for each model, or one for each GPU and model where Spark gives its tasks GPUs. */
final class Predictors {
    /** So long one is kept that nobody uses, with all the memory that it takes. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Map<Key, PredictorProcess> OPEN = new HashMap<>();
    private static @Nullable Thread watch;

    private record Key(String model, @Nullable String command, List<String> arguments, @Nullable String gpu) {
    }

    private Predictors() {
    }

    /** The one for the task of this thread, which releases it at its end. */
    static synchronized PredictorProcess forTask(ModelSpec model) {
        TaskContext task = TaskContext.get();
        Key key = new Key(model.id(), model.command(), model.arguments(), task == null ? null : gpu(task));
        PredictorProcess known = OPEN.get(key);
        if (known == null || !known.isAlive()) {
            if (known != null) {
                known.close();
                OPEN.remove(key);
            }
            known = new PredictorProcess(model, key.gpu());
            OPEN.put(key, known);
            watch();
        }
        PredictorProcess predictor = known;
        predictor.use();
        if (task != null) {
            task.addTaskCompletionListener((TaskCompletionListener) ended -> predictor.release());
        }
        return predictor;
    }

    /** The addresses of the GPUs that Spark gave a task; null for none. */
    private static @Nullable String gpu(TaskContext task) {
        return Optional.ofNullable(task.resourcesJMap().get("gpu")).map(ResourceInformation::addresses).map(addresses -> String.join(",", addresses))
                .orElse(null);
    }

    private static void watch() {
        if (watch != null) {
            return;
        }
        Thread thread = new Thread(Predictors::closeIdle, "mixed-predictors");
        thread.setDaemon(true);
        thread.start();
        watch = thread;
        Runtime.getRuntime().addShutdownHook(new Thread(Predictors::closeAll, "mixed-predictors-end"));
    }

    private static void closeIdle() {
        try {
            while (true) {
                Thread.sleep(PATIENCE.toMillis() / 4);
                synchronized (Predictors.class) {
                    OPEN.values().removeIf(predictor -> {
                        boolean idle = predictor.idle() > PATIENCE.toNanos();
                        if (idle) {
                            predictor.close();
                        }
                        return idle;
                    });
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static synchronized void closeAll() {
        OPEN.values().forEach(PredictorProcess::close);
    }
}
