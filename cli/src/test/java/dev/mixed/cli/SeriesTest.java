// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeriesTest {
    @TempDir
    Path folder;

    private Cli train(Object... more) {
        List<Object> all = new ArrayList<>(List.of("train", "--model", folder.resolve("toy-model"), "--epochs", 1, "--batch", 8, "--length", 24));
        all.addAll(Arrays.asList(more));
        return Cli.run(all.toArray());
    }

    private static double accuracy(Path run) {
        MetricsRow test = MetricsCsv.read(run.resolve("metrics.csv")).getLast();
        assertEquals(MetricsRow.TEST, test.split());
        return test.accuracy();
    }

    @Test
    void eachSeedIsARunOfItsOwn() throws IOException {
        Toy.model(folder, List.of("weather", "food"));
        Path data = Toy.data(folder);
        Path all = folder.resolve("all");
        Cli both = train("--data", data, "--seeds", "3,1", "--output", all).done();
        train("--data", data, "--seed", 1, "--output", folder.resolve("one")).done();
        Runs.assertSame(folder.resolve("one"), all.resolve("seed-1"));
        double a = accuracy(all.resolve("seed-3"));
        double b = accuracy(all.resolve("seed-1"));
        List<String> series = Files.readAllLines(all.resolve("series.csv"));
        assertEquals("run,epoch,loss,accuracy,macro_f1", series.getFirst());
        assertEquals(5, series.size());
        assertEquals((a + b) / 2, Double.parseDouble(series.get(3).split(",")[3]), 1e-15);
        assertEquals(Math.abs(a - b) / Math.sqrt(2), Double.parseDouble(series.get(4).split(",")[3]), 1e-15);
        assertTrue(series.get(3).startsWith("mean,,") && series.get(4).startsWith("deviation,,"), series.toString());
        assertTrue(both.out().contains("seed-3, run 1 of 2\n") && both.out().contains("test scores of 2 runs, with their mean and standard deviation"),
                both.out());

        // As if it had been killed in the second run, before its first checkpoint.
        List<String> metrics = Files.readAllLines(all.resolve("seed-1/metrics.csv"));
        Files.write(all.resolve("seed-1/metrics.csv"), metrics.subList(0, metrics.size() - 1));
        Files.delete(all.resolve("series.csv"));
        FileTime before = Files.getLastModifiedTime(all.resolve("seed-3/metrics.csv"));
        Cli again = Cli.run("train", "--resume", "--output", all).done();
        assertTrue(again.out().contains("seed-3, run 1 of 2, is complete\n"), again.out());
        assertEquals(series, Files.readAllLines(all.resolve("series.csv")));
        assertEquals(before, Files.getLastModifiedTime(all.resolve("seed-3/metrics.csv")));
        Cli.run("train", "--resume", "--output", all, "--seeds", "3,2").refused(2, "can't be resumed with other options (seeds: 3,1 there, 3,2 here)",
                "give --seeds 3,1 with more behind them, or start new runs in another --output.");
        Cli more = Cli.run("train", "--resume", "--output", all, "--seeds", "3,1,2").done();
        assertTrue(more.out().contains("seed-1, run 2 of 3, is complete\n") && more.out().contains("seed-2, run 3 of 3\n"), more.out());
        assertEquals(series.subList(0, 3), Files.readAllLines(all.resolve("series.csv")).subList(0, 3));
        assertEquals(6, Files.readAllLines(all.resolve("series.csv")).size());
        assertTrue(Cli.run("train", "--resume", "--output", all).done().out().contains("seed-2, run 3 of 3, is complete\n"),
                "the new seeds are the series' own");
        train("--data", data, "--seeds", "3,1", "--output", all).refused(1, "already holds a run");
    }

    @Test
    void aConstantLearningRateStaysWhatItIs() {
        Toy.model(folder, List.of("weather", "food"));
        for (String scheduler : List.of("constant", "linear")) {
            Path run = folder.resolve(scheduler);
            train("--data", Toy.data(folder), "--scheduler", scheduler, "--output", run).done();
            String said = Cli.run("train", "--resume", "--output", run, "--epochs", 2).done().err();
            assertTrue(said.contains("had 1 epochs and gets 2: what it has learned is kept, and "
                    + (scheduler.equals("constant") ? "the learning rate stays as it is." : "from here on the learning rate follows a schedule")), said);
        }
    }

    @Test
    void foldsAreTestedInTurn() throws IOException {
        Toy.model(folder, List.of("weather", "food"));
        StringBuilder csv = new StringBuilder("text,label\n");
        for (int i = 0; i < 18; i++) {
            csv.append(i % 2 == 0 ? "the rain " : "a soup ").append("more ".repeat(i / 2 + 1)).append(i % 2 == 0 ? ",weather\n" : ",food\n");
        }
        Path data = Files.writeString(folder.resolve("data.csv"), csv);
        Path all = folder.resolve("all");
        Cli run = train("--data", data, "--folds", 3, "--output", all).done();
        assertTrue(run.out().contains("data.csv: 6 train, 6 validation, 6 test texts"), run.out());
        assertEquals(List.of("fold-1", "fold-2", "fold-3", "mean", "deviation"),
                Files.readAllLines(all.resolve("series.csv")).stream().skip(1).map(line -> line.split(",")[0]).toList());
        assertTrue(Files.readString(all.resolve("fold-2/run.yaml")).contains("\nfold: 2\n"));
        Cli eval = Cli.run("eval", "--model", all.resolve("fold-2"), "--data", data).done();
        assertTrue(eval.err().contains("6 that it learned and 6 that its epoch was chosen on are left out. Scored are 6 that training held out"), eval.err());
        train("--data", data, "--folds", 20, "--output", folder.resolve("none")).refused(1, "has 18 texts, too few for 20 folds");
        assertFalse(Files.exists(folder.resolve("none")));
    }
}
