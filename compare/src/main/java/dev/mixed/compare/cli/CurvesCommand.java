// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import dev.mixed.cli.DeviceArguments;
import dev.mixed.cli.report.PngFile;
import dev.mixed.compare.curves.CurveChart;
import dev.mixed.compare.curves.CurveComparison;
import dev.mixed.engine.Device;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed compare curves}: repeats recorded training runs of PyTorch's. */
@Command(name = "curves", mixinStandardHelpOptions = true,
        description = "Repeats 100 training steps that PyTorch was recorded in, in FP32 and in mixed precision, and compares losses, skipped steps and loss scales."
                + " Exits with 1 where they differ by more than allowed.")
final class CurvesCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private DeviceArguments device;

    @Option(names = "--plot", paramLabel = "<file>", description = "draw the curves of both to this PNG")
    private @Nullable Path plot;

    @Override
    public Integer call() {
        PlotFile.require(plot);
        try (Device opened = device.open(true)) {
            CurveComparison comparison = new CurveComparison(opened, spec.commandLine().getErr()::println);
            spec.commandLine().getOut()
                    .println("tiny without dropout, 100 steps of AdamW; miXed on " + opened.name() + ", PyTorch " + comparison.torchVersion() + " on CUDA");
            spec.commandLine().getOut().println(comparison);
            if (plot != null) {
                PngFile.write(() -> CurveChart.draw(comparison), plot);
            }
            return comparison.agrees() ? 0 : 1;
        }
    }
}
