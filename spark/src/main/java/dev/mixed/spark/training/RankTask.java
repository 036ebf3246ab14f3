// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import dev.mixed.spark.process.MixedCommand;
import dev.mixed.spark.process.MixedException;
import java.io.IOException;
import java.io.Serializable;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.resource.ResourceInformation;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** A task of the barrier stage: starts a rank in a JVM of its own, and fails if that does. */
final class RankTask extends AbstractFunction1<Iterator<Integer>, Iterator<Integer>> implements Serializable {
    private static final long serialVersionUID = 1;
    private static final int MISTAKE = 2;
    private static final String NEW = "new";
    private static final String RESUME = "resume";
    private static final String OVERWRITE = "overwrite";
    private final RankPlan plan;

    RankTask(RankPlan plan) {
        this.plan = plan;
    }

    @Override
    public Iterator<Integer> apply(Iterator<Integer> rows) {
        BarrierTaskContext context = BarrierTaskContext.get();
        int rank = context.partitionId();
        int attempt = context.stageAttemptNumber();
        TrainingFolder folder = plan.folder();
        try {
            folder.requireShared();
            Meeting meeting = meet(context);
            RankProcess process = RankProcess.start(MixedCommand.find(plan.command()), arguments(meeting.start()), environment(context, meeting),
                    folder.log(rank));
            int code = process.await(context::isInterrupted);
            if (code != 0) {
                // A mistake in the options, or in the data, is there in the next attempt too; a rank that was killed may live the next time.
                boolean again = code > MISTAKE || code == 1 && folder.canResume();
                throw new RankFailure("Rank " + rank + " of " + context.numPartitions() + " on " + meeting.hosts().get(rank) + " ended with exit code " + code
                        + ": " + process.sentence(), again);
            }
            return CollectionConverters.asScala(List.of(rank).iterator());
        } catch (RankFailure e) {
            folder.fail(attempt, rank, (e.again() ? "" : RankFailure.FINAL) + e.getMessage());
            throw e;
        } catch (MixedException e) {
            folder.fail(attempt, rank, RankFailure.FINAL + e.getMessage());
            throw e;
        }
    }

    /** How all ranks start, and where they are. */
    private record Meeting(String start, List<String> hosts, int port) {
    }

    /** All ranks tell each other their hosts; the first one finds a port, and decides how all start: it sees the folder as it is before any of them. */
    private Meeting meet(BarrierTaskContext context) {
        int rank = context.partitionId();
        String host = context.getTaskInfos()[rank].address().replaceFirst(":\\d+$", "");
        String message = host;
        if (rank == 0) {
            try (ServerSocket free = new ServerSocket(0)) {
                message += " " + free.getLocalPort() + " " + start(context.stageAttemptNumber());
            } catch (IOException e) {
                throw new RankFailure("There is no free port on " + host + " (" + e.getMessage() + ").", true);
            }
        }
        String[] messages = context.allGather(message);
        String[] first = messages[0].split(" ");
        List<String> hosts = new ArrayList<>();
        for (String other : messages) {
            hosts.add(other.split(" ")[0]);
        }
        return new Meeting(first[2], hosts, Integer.parseInt(first[1]));
    }

    private String start(int attempt) {
        TrainingFolder folder = plan.folder();
        if (attempt > 0) {
            // The stage fails for good, and its other tasks have nothing to wait for.
            Optional<String> before = folder.failure().filter(RankFailure::isFinal);
            if (before.isPresent()) {
                throw new RankFailure(RankFailure.sentence(before.get()), false);
            }
        }
        if ((attempt > 0 || plan.resume()) && folder.canResume()) {
            return RESUME;
        }
        return folder.hasRun() ? OVERWRITE : NEW;
    }

    private List<String> arguments(String start) {
        List<String> arguments = new ArrayList<>(List.of("train", "--output", plan.folder().run().toString()));
        arguments.addAll(plan.arguments());
        if (!start.equals(NEW)) {
            arguments.add("--" + start);
        }
        return arguments;
    }

    /** The variables that torchrun sets too, and the GPU that Spark chose; a single rank needs no others. */
    private static Map<String, String> environment(BarrierTaskContext context, Meeting meeting) {
        Map<String, String> environment = new LinkedHashMap<>();
        int rank = context.partitionId();
        ResourceInformation gpu = context.resourcesJMap().get("gpu");
        if (gpu != null) {
            environment.put("CUDA_VISIBLE_DEVICES", String.join(",", gpu.addresses()));
        }
        if (context.numPartitions() > 1) {
            List<String> hosts = meeting.hosts();
            environment.put("RANK", String.valueOf(rank));
            environment.put("WORLD_SIZE", String.valueOf(context.numPartitions()));
            environment.put("LOCAL_RANK", String.valueOf(Collections.frequency(hosts.subList(0, rank), hosts.get(rank))));
            environment.put("MASTER_ADDR", hosts.get(0));
            environment.put("MASTER_PORT", String.valueOf(meeting.port()));
        }
        return environment;
    }
}
