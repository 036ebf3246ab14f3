// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsCsvTest {

    private static final MetricsRow STEP_10 = MetricsRow.train(10, 0.5, 0.7f, 1e-5, 123.5);
    private static final MetricsRow STEP_20 = MetricsRow.train(20, 1, Double.NaN, 5e-4, 200);
    private static final MetricsRow EPOCH_1 = new MetricsRow(20, 1, "validation", 1.0 / 3, null, 0.75, 0.7, null, null, null);
    private static final MetricsRow STEP_30 = MetricsRow.train(30, 1.5, Double.POSITIVE_INFINITY, 4e-4, 210).withLossScale(32768, "21 25");

    @TempDir
    Path folder;
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("metrics.csv");
    }

    @Test
    void rowsAreInTheFileAtOnceAndReadBackExactly() throws IOException {
        MetricsCsv csv = MetricsCsv.create(file);
        csv.append(STEP_10);
        assertEquals("""
                step,epoch,split,loss,learning_rate,accuracy,macro_f1,loss_scale,skipped_steps,samples_per_second
                10,0.5,train,0.699999988079071,1.0E-5,,,,,123.5
                """, Files.readString(file));
        List.of(STEP_20, EPOCH_1, STEP_30).forEach(csv::append);
        assertEquals(List.of(STEP_10, STEP_20, EPOCH_1, STEP_30), MetricsCsv.read(file));
    }

    @Test
    void resumeDropsLaterRowsAndARowCutShort() throws IOException {
        MetricsCsv csv = MetricsCsv.create(file);
        List.of(STEP_10, STEP_20, EPOCH_1, STEP_30).forEach(csv::append);
        Files.writeString(file, "1,0.0", StandardOpenOption.APPEND);
        MetricsCsv.resume(file, 20);
        assertEquals(List.of(STEP_10, STEP_20, EPOCH_1), MetricsCsv.read(file));
    }

    @Test
    void anInterruptedRunLeavesTheSameFileAsAnUninterruptedOne() throws IOException {
        MetricsCsv whole = MetricsCsv.create(file);
        List.of(STEP_10, STEP_20, EPOCH_1, STEP_30).forEach(whole::append);
        Path other = folder.resolve("other.csv");
        MetricsCsv first = MetricsCsv.create(other);
        List.of(STEP_10, STEP_20, EPOCH_1).forEach(first::append);
        MetricsCsv second = MetricsCsv.resume(other, 20);
        List.of(EPOCH_1, STEP_30).forEach(second::append); // the evaluation at the step of the checkpoint is repeated
        assertEquals(Files.readString(file), Files.readString(other));
    }

    @Test
    void resumeWithoutAFileStartsOneAndCreateReplacesOne() {
        MetricsCsv.resume(file, 5).append(STEP_10);
        assertEquals(List.of(STEP_10), MetricsCsv.read(file));
        MetricsCsv.create(file);
        assertEquals(List.of(), MetricsCsv.read(file));
    }

    @Test
    void namesABrokenLine() throws IOException {
        MetricsCsv.create(file).append(STEP_10);
        Files.writeString(file, "20,x,train,,,,,,,\n", StandardOpenOption.APPEND);
        String message = assertThrows(UserException.class, () -> MetricsCsv.resume(file, 20)).getMessage();
        assertTrue(message.contains(file.toString()) && message.contains("line 3"), message);
        Files.writeString(file, "a,b\n1,2\n");
        assertTrue(assertThrows(UserException.class, () -> MetricsCsv.read(file)).getMessage().contains("columns"));
        assertThrows(UserException.class, () -> MetricsCsv.read(folder.resolve("none.csv")));
        assertThrows(UserException.class, () -> MetricsCsv.create(folder.resolve("none").resolve("metrics.csv")));
    }
}
