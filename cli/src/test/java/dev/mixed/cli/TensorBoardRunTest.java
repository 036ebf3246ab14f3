// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.tensorboard.EventRecords;
import dev.mixed.train.tensorboard.EventRecords.Event;
import dev.mixed.train.tensorboard.EventRecords.Scalar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardRunTest {
    @TempDir
    Path folder;

    @Test
    void eventsHaveTheNumbersOfMetricsCsvAndGoOnWhenTheRunIsResumed() throws IOException {
        Path run = folder.resolve("run");
        Path model = Toy.model(folder, List.of("weather", "food"));
        Cli.run("train", "--data", Toy.data(folder), "--model", model, "--epochs", 2, "--batch", 8, "--length", 24, "--log-every", 2, "--tensorboard-gradients",
                "--amp",
                "--output", run).done();
        List<Event> events = EventRecords.in(run.resolve("tensorboard"));
        List<Scalar> values = events.stream().filter(Event::isSummary).map(Event::scalar).toList();
        String options = values.getFirst().text();
        assertEquals("options", values.getFirst().tag());
        assertTrue(options.contains("| batch | 8 |\n") && options.contains("| amp | true |\n") && options.contains("| task | auto |\n"), options);

        Map<String, Map<Long, Float>> scalars = scalars(values);
        List<MetricsRow> rows = MetricsCsv.read(run.resolve("metrics.csv"));
        int compared = 0;
        for (MetricsRow row : rows) {
            assertEquals(row.loss().floatValue(), scalars.get(row.split() + "/loss").get(row.step()), row.toString());
            if (row.split().equals("train")) {
                assertEquals(row.learningRate().floatValue(), scalars.get("train/learning_rate").get(row.step()));
                assertEquals(row.lossScale().floatValue(), scalars.get("train/loss_scale").get(row.step()));
            } else {
                assertEquals(row.macroF1().floatValue(), scalars.get(row.split() + "/macro_f1").get(row.step()));
            }
            compared++;
        }
        assertEquals(5 + 2 + 1, compared);
        assertEquals(2, scalars.get("validation/mcc").size());
        Map<String, Long> gradients = values.stream().filter(value -> value.tag().startsWith("gradients/"))
                .collect(Collectors.groupingBy(Scalar::tag, Collectors.counting()));
        assertTrue(gradients.size() > 10 && gradients.values().stream().allMatch(count -> count == 5), gradients.toString());

        Cli.run("train", "--resume", "--output", run, "--epochs", 3).done();
        List<Event> all = EventRecords.in(run.resolve("tensorboard"));
        List<Event> later = all.subList(events.size(), all.size());
        assertTrue(later.get(1).fields().containsKey(7) && later.get(1).step() == 11, "events from step 11 on are those of this file");
        List<Scalar> more = later.stream().filter(Event::isSummary).map(Event::scalar).toList();
        assertEquals(List.of(12L, 14L), more.stream().filter(value -> value.tag().equals("train/loss")).map(Scalar::step).toList());

        Cli.run("train", "--data", folder.resolve("toy"), "--model", model, "--epochs", 1, "--batch", 8, "--length", 24, "--overwrite", "--output", run).done();
        assertFalse(Files.exists(run.resolve("tensorboard")));
    }

    private static Map<String, Map<Long, Float>> scalars(List<Scalar> values) {
        return values.stream().filter(value -> value.fields().containsKey(2))
                .collect(Collectors.groupingBy(Scalar::tag, Collectors.toMap(Scalar::step, Scalar::value)));
    }
}
