// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.demo;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.reduce.PairwiseSum;
import dev.mixed.engine.ops.reduce.Reduce;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Why mixed precision keeps some things in float and scales the loss: every number is computed on the device with the engine's own tensors. */
public final class PrecisionDemo {
    private static final int ONES = 65_536;
    private static final float SMALL = 0.0001f;
    private static final float TINY_LOSS = 1e-6f;

    private final Device device;

    public PrecisionDemo(Device device) {
        this.device = device;
    }

    /** The whole demonstration as text. */
    public String text() {
        StringBuilder text = new StringBuilder();
        section(text, "What the two formats hold", formats());
        float[] sums = sums();
        section(text, "Sums belong in float", String.format(Locale.ROOT, """
                %,d half ones, added up in half:   %s
                %,d half ones, added up in float:  %s""", ONES, shown(sums[0]), ONES, shown(sums[1])));
        float[] onePlus = onePlusSmall();
        section(text, "Weights belong in float: small updates vanish in half", String.format(Locale.ROOT, """
                1 + %s in half:   %s
                1 + %s in float:  %s""", shown(SMALL), shown(onePlus[0]), shown(SMALL), shown(onePlus[1])));
        GradScaler scaler = new GradScaler(device);
        section(text, "Losses are scaled: small gradients vanish in half on their way back", String.format(Locale.ROOT, """
                gradient of a small loss, in float:                           %s
                through half activations:                                     %s
                through half activations, loss scaled by %s and unscaled:  %s""",
                shown(gradient(false, GradScaler.disabled(device))), shown(gradient(true, GradScaler.disabled(device))), shown(scaler.getScale()),
                shown(gradient(true, scaler))));
        return text.toString().stripTrailing();
    }

    private static void section(StringBuilder text, String title, String body) {
        text.append(title).append("\n\n").append(body.stripTrailing().indent(2)).append("\n");
    }

    private String formats() {
        ResultTable table = new ResultTable("", "bytes", "largest", "smallest normal", "smallest", "step at 1", "digits");
        for (DType type : List.of(DType.F16, DType.F32)) {
            NumberFormat f = NumberFormat.measure(device, type);
            table.add(type == DType.F16 ? "half" : "float", f.bytes(), scientific(f.largest()), scientific(f.smallestNormal()), scientific(f.smallest()),
                    scientific(f.step()), f.digits());
        }
        return table.toString();
    }

    /** The sum of half ones in half and in float. */
    float[] sums() {
        Tensor ones = Elementwise.fill(device, Shape.of(ONES), DType.F16, 1f);
        return new float[] {PairwiseSum.of(ones).item(), Reduce.sum(ones).item()};
    }

    /** 1 + 0.0001 in half and in float. */
    float[] onePlusSmall() {
        float[] sums = new float[2];
        for (int i = 0; i < 2; i++) {
            DType type = i == 0 ? DType.F16 : DType.F32;
            sums[i] = Elementwise.add(Tensor.of(device, Shape.of(1), type, 1f), Tensor.of(device, Shape.of(1), type, SMALL)).item();
        }
        return sums;
    }

    /** The gradient of a weight by a small loss; under autocast, the activation's gradient is stored as half. */
    float gradient(boolean half, GradScaler scaler) {
        Parameter weight = new Parameter(Tensor.of(device, Shape.of(1, 1), 0.5f));
        Optimizer optimizer = new SGD(List.of(new ParameterGroup(Map.of("weight", weight), 0f)), 0f);
        Variable x = Variable.constant(Tensor.of(device, Shape.of(64, 1), ones(64)));
        Variable loss;
        try (Autocast _ = half ? Autocast.on(device) : Autocast.off(device)) {
            loss = F.scale(F.mean(F.linear(x, weight, null)), TINY_LOSS);
        }
        scaler.scale(loss).backward();
        scaler.unscale(optimizer);
        return weight.grad().item();
    }

    private static float[] ones(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1f);
        return ones;
    }

    private static String scientific(double value) {
        return value == Math.rint(value) && value < 1e7 ? String.valueOf((long) value) : String.format(Locale.ROOT, "%.4g", value);
    }

    private static String shown(float value) {
        if (!Float.isFinite(value)) {
            return Float.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
        }
        return Math.abs(value) >= 1e-4f || value == 0f ? new BigDecimal(Float.toString(value)).stripTrailingZeros().toPlainString()
                : String.format(Locale.ROOT, "%.4g", value);
    }
}
