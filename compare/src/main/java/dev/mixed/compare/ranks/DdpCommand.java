// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.ranks;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.compare.pytorch.Python;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed compare ddp}: several GPUs, beside PyTorch's DistributedDataParallel. */
@Command(name = "ddp", mixinStandardHelpOptions = true,
        description = "Times training steps on several GPUs of this machine, and sums of 110 million numbers over them, beside PyTorch's"
                + " DistributedDataParallel. Needs a Python with torch and transformers.")
public final class DdpCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--gpus", defaultValue = "2", paramLabel = "<n>", description = "GPUs, a process each (default: ${DEFAULT-VALUE})")
    private int gpus;

    @Option(names = "--preset", defaultValue = "base", paramLabel = "<preset>",
            description = "tiny, mini, small, medium, base or large (default: ${DEFAULT-VALUE})")
    private String preset;

    @Option(names = "--batch", defaultValue = "16", paramLabel = "<n>", description = "rows per step and GPU (default: ${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--length", defaultValue = "512", paramLabel = "<n>", description = "tokens per row (default: ${DEFAULT-VALUE})")
    private int length;

    @Option(names = "--steps", defaultValue = "30", paramLabel = "<n>", description = "steps to time (default: ${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--fp32", description = "in FP32, in place of mixed precision")
    private boolean fp32;

    @Option(names = "--device", defaultValue = "gpu", paramLabel = "<device>",
            description = "gpu; with jvm both compute on this machine's cores, which shows that it works (default: ${DEFAULT-VALUE})")
    private String device;

    @Option(names = "--python", paramLabel = "<command>", description = "a Python that has torch and transformers (default: the first one on the path)")
    private @Nullable String python;

    @Override
    public Integer call() {
        if (gpus < 2 || batch < 1 || length < 1 || steps < 1) {
            throw new UsageException("--gpus must be at least 2, and --batch, --length and --steps at least 1.");
        }
        if (!List.of("gpu", "jvm").contains(device)) {
            throw new UsageException("--device is gpu or jvm, not '" + device + "'.");
        }
        BertConfig config = BertConfig.of(Preset.of(preset), 30522, List.of("0", "1"));
        String command = Python.withTorch(python)
                .orElseThrow(() -> new UserException("There is no Python with torch on the path; name one with --python, or install it (pip install torch)."));
        PrintWriter out = spec.commandLine().getOut();
        try {
            out.println(new RankComparison(new RankComparison.RankJob(device, preset, config, gpus, batch, length, steps, steps / 2 + 1, !fp32), command,
                    spec.commandLine().getErr()::println).run());
        } catch (Ranks.FailedException e) {
            throw new UserException("The comparison stopped: " + e.getMessage() + ".", e);
        }
        return 0;
    }
}
