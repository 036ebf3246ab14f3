// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import dev.mixed.bert.config.BertConfig;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Arithmetic of the model, and what devices can do at best. */
public final class Flops {
    /**
     * A device's peak without sparsity, by its data sheet.
     *
     * @param fp32 TFLOP/s of float arithmetic outside tensor cores
     * @param amp  TFLOP/s of half products with float sums
     */
    public record Peak(double fp32, double amp) {
    }

    private record Known(Pattern name, Peak peak) {
        private Known(String name, double fp32, double amp) {
            this(Pattern.compile("\\b" + name + "\\b", Pattern.CASE_INSENSITIVE), new Peak(fp32, amp));
        }
    }

    /** The first whose name occurs in a device's name. */
    private static final List<Known> DEVICES = List.of(new Known("H200", 66.9, 989.4), new Known("H100 PCIe", 51.2, 756.4), new Known("H100", 66.9, 989.4),
            new Known("A100", 19.5, 311.9), new Known("V100", 15.7, 125), new Known("T4", 8.1, 65.1), new Known("L40S", 91.6, 362), new Known("L4", 30.3, 121),
            new Known("A10G?", 31.2, 125), new Known("RTX 4090", 82.6, 165.2), new Known("RTX 3090", 35.6, 71.2));

    private Flops() {
    }

    /**
     * Floating-point operations of a training step: 2 for each weight of a linear layer and token, and 4 seq hidden for each layer and token in
     * attention, forward; twice that backward (Kaplan et al., 2020, appendix B, and Chowdhery et al., 2022). Padding counts as tokens do.
     */
    public static double ofStep(BertConfig config, int batch, int seq) {
        double hidden = config.hiddenSize();
        double weights = 4 * hidden * hidden + 2 * hidden * config.intermediateSize();
        double perToken = config.numHiddenLayers() * (2 * weights + 4 * seq * hidden);
        return 3 * (perToken * seq + 2 * hidden * config.numLogits()) * batch;
    }

    /** The peak of a device that is known by its name, such as {@code NVIDIA H100 80GB HBM3}. */
    public static Optional<Peak> peakOf(String device) {
        return DEVICES.stream().filter(k -> k.name.matcher(device).find()).map(Known::peak).findFirst();
    }
}
