// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.compare.speed.Contender.Engine;
import dev.mixed.compare.speed.Contender.Run;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.compare.speed.Job;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The Java side against stand-ins for Python that answer by rote, and both sides where a Python has torch. */
@DisabledOnOs(OS.WINDOWS)
class WorkerTest {
    private static final String GREETING = "echo '{\"torch\":\"9.9\",\"model\":\"torch.nn\",\"cuda\":false,\"device\":\"cpu\",\"compile\":true,\"scaler\":true}'\n";

    @TempDir
    private Path folder;

    private final Job job = Job.random(BertConfig.of(Preset.of("tiny"), 200, List.of("0", "1")), 4, 16, 1);

    private String python(String script) throws IOException {
        Path file = folder.resolve("python");
        Files.writeString(file, "#!/bin/sh\n" + script);
        assertTrue(file.toFile().setExecutable(true));
        return file.toString();
    }

    private String refusal(String script, boolean cuda, Engine engine) throws IOException {
        String python = python(script);
        return assertThrows(ContenderException.class, () -> new PyTorchContender(python, job, cuda, false, engine, false).close()).getMessage();
    }

    @Test
    void answersAreTaken() throws IOException {
        String python = python(GREETING + "while read request; do echo \"$request\" >>" + folder + "/requests; case $request in *'\"op\":\"run\"'*)"
                + " echo '{\"seconds\":0.25,\"loss\":0.7,\"peak_bytes\":4096}';; *) echo '{}';; esac; done\n");
        try (PyTorchContender contender = new PyTorchContender(python, job, false, true, Engine.PYTORCH, false)) {
            assertEquals("PyTorch 9.9 (torch.nn)", contender.describe());
            assertEquals("PyTorch AMP", contender.name());
            contender.load(job.batches(0));
            assertEquals(new Run(0.25, 0.7), contender.run(3, 5));
            assertEquals(4096, contender.peakBytes());
        }
        List<String> requests = Files.readAllLines(folder.resolve("requests"));
        assertTrue(requests.get(0).contains("\"amp\":true") && requests.get(0).contains("\"vocab_size\":200"), requests.get(0));
        assertTrue(requests.get(1).contains("\"length\":16"), requests.get(1));
        assertEquals("{\"op\":\"run\",\"first\":3,\"count\":5}", requests.get(2));
    }

    @Test
    void nestedTextsAreSentWithoutPadding() throws IOException {
        Job texts = Job.texts(BertConfig.of(Preset.of("tiny"), 200, List.of("0", "1")), null, null, 4, 16, 1, RunOptions.Pad.PACKED);
        String python = python(GREETING + "while read request; do echo \"$request\" >>" + folder + "/requests; echo '{}'; done\n");
        List<Batch> packed;
        List<Batch> padded;
        try (PyTorchContender nested = new PyTorchContender(python, texts, false, true, Engine.NESTED, false);
                PyTorchContender bucketed = new PyTorchContender(python, texts, false, true, Engine.PYTORCH, false)) {
            packed = texts.batches(0, nested);
            padded = texts.batches(0, bucketed);
            nested.load(packed);
            bucketed.load(padded);
        }
        List<String> requests = Files.readAllLines(folder.resolve("requests"));
        assertTrue(requests.get(0).contains("\"nested\":true") && requests.get(1).contains("\"nested\":false"), requests.get(0));
        ObjectMapper mapper = new ObjectMapper();
        JsonNode sent = mapper.readTree(requests.get(2)).get("batches");
        JsonNode expected = mapper.readTree(requests.get(3)).get("batches");
        assertEquals(packed.size(), sent.size());
        for (int i = 0; i < sent.size(); i++) {
            assertEquals(expected.get(i).get("rows"), sent.get(i).get("rows"));
            assertEquals(expected.get(i).get("labels"), sent.get(i).get("labels"));
        }
    }

    @Test
    void whatIsWrongIsSaid() throws IOException {
        assertTrue(refusal("echo 'Segmentation fault' >&2\nexit 1\n", false, Engine.PYTORCH).contains("ended (Segmentation fault)"));
        assertEquals("torch cannot be imported: no such module",
                refusal("echo '{\"error\":\"torch cannot be imported: no such module\"}'\n", false, Engine.PYTORCH));
        assertEquals("torch 9.9 finds no CUDA device", refusal(GREETING + "cat\n", true, Engine.PYTORCH));
        assertEquals("torch 9.9 has no torch.compile", refusal(GREETING.replace("\"compile\":true", "\"compile\":false") + "cat\n", false, Engine.COMPILED));
        assertTrue(refusal("echo nonsense\n", false, Engine.PYTORCH).contains("gave no answer"));
        assertEquals("out of memory", refusal(GREETING + "read request; echo '{\"error\":\"out of memory.\"}'\n", false, Engine.PYTORCH));
    }

    @Test
    void noTemporaryFilesStay() throws IOException {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        String absent = folder.resolve("absent").toString();
        assertTrue(assertThrows(ContenderException.class, () -> new Worker(absent, temporary)).getMessage().contains("Python could not be started"));
        String broken = python("exit 1\n");
        assertThrows(ContenderException.class, () -> new Worker(broken, temporary));
        new Worker(python(GREETING + "cat\n"), temporary).close();
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
        assertEquals("the script for Python could not be written to '" + absent + "' (no such file or folder)",
                assertThrows(ContenderException.class, () -> new Worker(broken, Path.of(absent))).getMessage());
    }

    @Test
    void aPythonIsCheckedForTorch() throws IOException {
        String without = python("exit 3\n");
        assertTrue(assertThrows(UserException.class, () -> Python.withTorch(without)).getMessage().contains("has no torch"));
        assertTrue(assertThrows(UserException.class, () -> Python.withTorch(folder + "/absent")).getMessage().contains("cannot be run"));
        assertEquals(Optional.of(without), Python.withTorch(python("exit 0\n")));
    }

    @Test
    void trainsWherePythonHasTorch() {
        Optional<String> python = Python.withTorch(null);
        Assumptions.assumeTrue(python.isPresent(), "skipped: no Python here has torch");
        try (PyTorchContender contender = new PyTorchContender(python.get(), job, false, false, Engine.PYTORCH, false)) {
            contender.load(job.batches(0));
            double first = contender.run(0, 1).loss();
            Run last = contender.run(0, 60);
            assertTrue(last.seconds() > 0 && last.loss() < first, first + " to " + last);
            assertTrue(contender.peakBytes() > 0);
        }
    }

    /** Without dropout, the losses of 12 steps are the same for each way of forming batches of one job. */
    @Test
    void allWaysTrainTheSameWherePythonHasTorch() {
        Optional<String> python = Python.withTorch(null);
        Assumptions.assumeTrue(python.isPresent(), "skipped: no Python here has torch");
        Job texts = Job.texts(BertConfig.of(Preset.of("tiny"), 200, List.of("0", "1")).withDropout(0), null, null, 4, 32, 1, RunOptions.Pad.PACKED);
        double[] expected = losses(python.get(), texts, Engine.PYTORCH);
        assertArrayEquals(expected, losses(python.get(), texts, Engine.PADDED), 1e-4);
        assertArrayEquals(expected, losses(python.get(), texts, Engine.NESTED), 1e-4);
    }

    private static double[] losses(String python, Job job, Engine engine) {
        try (PyTorchContender contender = new PyTorchContender(python, job, false, false, engine, false)) {
            contender.load(job.batches(0, contender));
            return IntStream.range(0, 12).mapToDouble(i -> contender.run(i, 1).loss()).toArray();
        }
    }
}
