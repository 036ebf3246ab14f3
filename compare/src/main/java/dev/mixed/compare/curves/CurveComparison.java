// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import dev.mixed.amp.Precision;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.compare.curves.TorchCurves.Curve;
import dev.mixed.compare.curves.TorchCurves.Run;
import dev.mixed.engine.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Every recorded run of PyTorch's, and the same by miXed. */
public final class CurveComparison {
    /** What losses may differ by, relative to PyTorch's. */
    public static final double FP32_TOLERANCE = 1e-3;
    public static final double AMP_TOLERANCE = 1e-2;

    /** A run by both. */
    public record Pair(Run run, Precision precision, Curve torch, Curve mixed) {
        /** Whether losses are within the tolerance, the same steps were skipped, and the scales are equal after each step. */
        public boolean agrees() {
            return torch.skipped().equals(mixed.skipped()) && sameScales() && largestDifference(torch, mixed) <= (run.amp() ? AMP_TOLERANCE : FP32_TOLERANCE);
        }

        /** Exactly: the factors are powers of 2, by which a float is multiplied without rounding. */
        boolean sameScales() {
            return Arrays.equals(torch.scales(), mixed.scales());
        }

        /** What the run is, in words. */
        public String title() {
            return switch (run) {
                case FP32 -> "FP32";
                case AMP -> "AMP";
                case AMP_INJECTED -> "AMP, infinities put into gradients";
                case AMP_HIGH -> "AMP, scale 2^24 at first, growing every 10 steps";
            };
        }
    }

    private final List<Pair> pairs = new ArrayList<>();
    private final String torchVersion;

    /** Trains on a device, in PyTorch's mixed precision: half where its autocast has it, and float elsewhere. */
    public CurveComparison(Device device, Consumer<String> progress) {
        TorchCurves torch = TorchCurves.open();
        torchVersion = torch.torch();
        MixedCurves mixed = new MixedCurves(torch, device);
        for (Run run : Run.values()) {
            Precision precision = run.amp() ? Precision.AMP_FLOAT_RESIDUAL : Precision.FP32;
            Pair pair = new Pair(run, precision, torch.of(run), mixed.of(run, precision));
            progress.accept("trained 100 steps: " + pair.title());
            pairs.add(pair);
        }
    }

    public List<Pair> pairs() {
        return pairs;
    }

    /** Version of the PyTorch that made the recorded runs. */
    public String torchVersion() {
        return torchVersion;
    }

    /** Whether all runs agree. */
    public boolean agrees() {
        return pairs.stream().allMatch(Pair::agrees);
    }

    /** A line for each run. */
    @Override
    public String toString() {
        ResultTable table = new ResultTable("run", "loss first", "last", "difference", "allowed", "skipped by PyTorch", "by miXed", "loss scales", "");
        for (Pair p : pairs) {
            float[] losses = p.mixed.losses();
            table.add(p.title(), losses[0], losses[losses.length - 1], String.format(Locale.ROOT, "%.1e", largestDifference(p.torch, p.mixed)),
                    String.format(Locale.ROOT, "%.0e", p.run.amp() ? AMP_TOLERANCE : FP32_TOLERANCE), p.torch.skipped().size(),
                    p.mixed.skipped().size() + (p.mixed.skipped().equals(p.torch.skipped()) ? ", the same" : ", others"), p.sameScales() ? "equal" : "others",
                    p.agrees() ? "ok" : "DIFFERS");
        }
        return table.toString();
    }

    /** The largest |miXed's loss - PyTorch's| / PyTorch's over all steps; infinite where one of them is no number. */
    static double largestDifference(Curve torch, Curve mixed) {
        double largest = 0;
        for (int i = 0; i < torch.losses().length; i++) {
            double difference = Math.abs((double) mixed.losses()[i] - torch.losses()[i]) / Math.abs(torch.losses()[i]);
            largest = difference <= largest ? largest : Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
        }
        return largest;
    }
}
