// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.compare.speed.Contender.Engine;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers of a comparison, as the table, the JSON and the chart show them. */
class ComparisonTextTest {
    private final Comparison comparison = new Comparison("a job", List.of(result(Engine.MIXED, false, 0.08), result(Engine.MIXED, true, 0.02),
            result(Engine.PYTORCH, false, 0.1), result(Engine.PYTORCH, true, 0.04), result(Engine.COMPILED, true, 0.03)), new Flops.Peak(50, 1000),
            List.of("One note."));

    /** Steps of 4 TFLOP over 16 texts of 512 tokens; in the second of three rounds all were held up alike. */
    private static Result result(Engine engine, boolean amp, double seconds) {
        List<Result.Round> rounds = List.of(new Result.Round(1, seconds, 16, 8192, 4e12), new Result.Round(1, 3 * seconds, 16, 8192, 4e12),
                new Result.Round(2, 2 * seconds, 32, 16384, 8e12));
        return new Result(engine, amp, engine.label() + (amp ? " AMP" : " FP32"), rounds, 1024L << 20);
    }

    @Test
    void table() {
        String[] lines = ComparisonText.steps(comparison).split("\n");
        assertEquals("a job", lines[0]);
        assertEquals("miXed AMP 20.00 20.00 800 409600 1024 4.00 200.0 0.200 5.00 2.00 1.50", lines[4].replaceAll(" +", " "));
        assertEquals("PyTorch FP32 100.00 100.00 160 81920 1024 - 40.0 0.800 1.00 0.40 0.30", lines[5].replaceAll(" +", " "));
        assertTrue(lines[8].startsWith("Ratios are medians over rounds"), lines[8]);
        assertEquals("PyTorch's fastest of these ways is torch.compile AMP (30.00 ms a step); miXed AMP is 1.50 times as fast.", lines[9]);
        assertEquals("One note.", lines[10]);
    }

    @Test
    void theFastestWayIsNamedWhereItIsKnown() {
        Result mixed = result(Engine.MIXED, true, 0.02);
        Result bucketed = result(Engine.PYTORCH, true, 0.04);
        Result nested = result(Engine.NESTED, true, 0.03);
        Comparison three = new Comparison("a job", List.of(mixed, bucketed, nested), null, List.of());
        assertEquals(Optional.of(nested), three.fastestOfPyTorch(Result::millis));
        String epochs = ComparisonText.epochs(three, 2);
        assertTrue(epochs.endsWith("\nPyTorch's fastest of these ways is PyTorch nested AMP (0.18 s); miXed AMP is 1.50 times as fast."), epochs);
        Comparison one = new Comparison("a job", List.of(mixed, nested), null, List.of());
        assertEquals(Optional.empty(), one.fastestOfPyTorch(Result::millis), "one way alone");
        assertFalse(ComparisonText.steps(one).contains("fastest"));
        List<Result.Round> heldUp = List.of(new Result.Round(1, 0.02, 16, 8192, 4e12), new Result.Round(1, 0.2, 16, 8192, 4e12),
                new Result.Round(1, 0.2, 16, 8192, 4e12));
        Result perhapsFaster = new Result(Engine.PADDED, true, "PyTorch padded AMP", heldUp, 0);
        assertEquals(Optional.empty(),
                new Comparison("a job", List.of(mixed, bucketed, nested, perhapsFaster), null, List.of()).fastestOfPyTorch(Result::millis), "held up");
    }

    @Test
    void ratiosAreExplainedWhereThereAreSome() {
        Comparison alone = new Comparison("a job", List.of(result(Engine.MIXED, false, 0.08)), null, List.of());
        assertFalse(ComparisonText.steps(alone).contains("Ratios"));
    }

    @Test
    void otherWorkIsSuspectedWhereTheMedianIsFarFromTheBest() {
        List<Result.Round> rounds = List.of(new Result.Round(1, 0.1, 16, 8192, 4e12), new Result.Round(1, 0.16, 16, 8192, 4e12),
                new Result.Round(1, 0.2, 16, 8192, 4e12));
        Result disturbed = new Result(Engine.PYTORCH, false, "PyTorch FP32", rounds, 0);
        Comparison busy = new Comparison("a job", List.of(result(Engine.MIXED, false, 0.08), disturbed), null, List.of("One note."));
        String note = "Other work disturbed PyTorch FP32: the median is more than 1.5 times the best, so no ratio with it is given; time again on a quiet machine.";
        List<String> lines = ComparisonText.steps(busy).lines().toList();
        assertEquals(List.of(note, "One note."), lines.subList(lines.size() - 2, lines.size()));
        JsonNode json = ComparisonText.json(busy);
        assertEquals(note, json.get("notes").get(0).asText());
        assertTrue(json.get("results").get(1).get("disturbed").asBoolean());
        assertFalse(json.toString().contains("times_as_fast"), json.toString());
        assertTrue(lines.get(3).replaceAll(" +", " ").endsWith("- - -"), lines.get(3));
        assertTrue(ComparisonText.epochs(busy, 3).lines().toList().get(3).endsWith("-"), ComparisonText.epochs(busy, 3));
        assertFalse(ComparisonText.steps(comparison).contains("Other work"));
        List<Result.Round> lengths = List.of(new Result.Round(1, 0.1, 16, 4096, 2e12), new Result.Round(1, 0.2, 16, 8192, 4e12));
        Comparison texts = new Comparison("a job", List.of(new Result(Engine.MIXED, false, "miXed FP32", lengths, 0)), null, List.of());
        assertFalse(ComparisonText.steps(texts).contains("Other work"));
    }

    /** Rounds of other lengths may take longer in proportion to their arithmetic, at most. */
    @ParameterizedTest
    @CsvSource({"0.1,0.2,0.4, false", "0.1,0.1,0.1, false", "0.1,0.15,0.3, false", "0.1,0.5,1.2, true", "0.4,0.1,0.9, true", "0.1,1.79,3.58, true"})
    void textsOfSeveralLengths(double first, double second, double third, boolean disturbed) {
        List<Result.Round> rounds = List.of(new Result.Round(2, 2 * first, 16, 4096, 4e12), new Result.Round(1, second, 16, 8192, 4e12),
                new Result.Round(1, third, 16, 16384, 8e12));
        assertEquals(disturbed, new Result(Engine.MIXED, false, "miXed FP32", rounds, 0).disturbed());
    }

    /** The first epoch is slower by its nature; of the others, half have to be held up. */
    @ParameterizedTest
    @CsvSource({"3,1, false", "9,1, false", "9,1,1,1, false", "9,1,5,5, true"})
    void theFirstEpochIsNotJudged(ArgumentsAccessor seconds) {
        List<Result.Round> rounds = IntStream.range(0, seconds.size() - 1).mapToObj(i -> new Result.Round(1, seconds.getDouble(i), 16, 8192, 4e12)).toList();
        assertEquals(seconds.getBoolean(seconds.size() - 1), new Result(Engine.MIXED, false, "miXed FP32", rounds, 0, true).disturbed());
    }

    @Test
    void whatWasHeldUpHasNoBar() {
        List<Result.Round> rounds = List.of(new Result.Round(1, 0.1, 16, 8192, 4e12), new Result.Round(1, 1.8, 16, 8192, 4e12),
                new Result.Round(1, 1.9, 16, 8192, 4e12));
        Comparison busy = new Comparison("a job", List.of(result(Engine.MIXED, false, 0.08), new Result(Engine.PYTORCH, false, "PyTorch FP32", rounds, 0)),
                null, List.of());
        assertTrue(pixels(SpeedChart.draw(busy), 0x1f77b4) > 500);
        assertTrue(pixels(SpeedChart.draw(busy), 0xd62728) < 500, "only the legend");
    }

    private static long pixels(BufferedImage image, int color) {
        return IntStream.range(0, 900 * 500).filter(i -> (image.getRGB(i % 900, i / 900) & 0xffffff) == color).count();
    }

    @Test
    void json() {
        JsonNode json = ComparisonText.json(comparison);
        JsonNode mixed = json.get("results").get(1);
        assertEquals("miXed AMP", mixed.get("name").asText());
        assertEquals(20, mixed.get("ms_per_step").asDouble(), 1e-9);
        assertEquals(4, mixed.get("amp_over_fp32").asDouble(), 1e-9);
        assertEquals(5, mixed.get("times_as_fast_as_pytorch_eager").asDouble(), 1e-9);
        assertEquals(1.5, mixed.get("times_as_fast_as_torch_compile").asDouble(), 1e-9);
        assertEquals(0.2, mixed.get("model_flops_utilisation").asDouble(), 1e-9);
        assertFalse(json.get("results").get(0).has("amp_over_fp32"));
        assertEquals("One note.", json.get("notes").get(0).asText());
        assertEquals("torch.compile AMP", json.get("fastest_pytorch").asText());
    }

    @Test
    void epochsHaveALineForEachPrecision() {
        String[] lines = ComparisonText.epochs(comparison, 3).split("\n");
        assertTrue(lines[1].startsWith("training time of 3 epochs, s"), lines[1]);
        assertEquals("FP32 0.5 0.6 - 1.25", lines[3].replaceAll(" +", " "));
        assertEquals("AMP 0.1 0.2 0.2 2.00", lines[4].replaceAll(" +", " "));
        assertEquals("FP32/AMP 4.00 2.50 - -", lines[5].replaceAll(" +", " "));
    }

    @Test
    void chartHasABarForEach() {
        BufferedImage image = SpeedChart.draw(comparison);
        assertEquals(900, image.getWidth());
        for (int color : new int[] {0x1f77b4, 0xd62728, 0x9467bd}) {
            long pixels = pixels(image, color);
            assertTrue(pixels > 500, Integer.toHexString(color) + " fills " + pixels + " pixels");
        }
    }

    /** 4.64 TFLOP: BERT-base at batch 16, length 512. */
    @Test
    void arithmeticOfAStep() {
        BertConfig base = BertConfig.of(Preset.of("base"), 30522, List.of("0", "1"));
        assertEquals(4.64e12, Flops.ofStep(base, 16, 512), 0.005e12);
        assertEquals(2 * Flops.ofStep(base, 8, 128), Flops.ofStep(base, 16, 128), 1);
    }

    @Test
    void peaksByName() {
        assertEquals(989.4, Flops.peakOf("NVIDIA H100 80GB HBM3").orElseThrow().amp());
        assertEquals(756.4, Flops.peakOf("NVIDIA H100 PCIe").orElseThrow().amp());
        assertEquals(65.1, Flops.peakOf("Tesla T4").orElseThrow().amp());
        assertEquals(125, Flops.peakOf("NVIDIA A10G").orElseThrow().amp());
        assertEquals(311.9, Flops.peakOf("NVIDIA A100-SXM4-40GB").orElseThrow().amp());
        assertTrue(Flops.peakOf("jvm").isEmpty());
    }
}
