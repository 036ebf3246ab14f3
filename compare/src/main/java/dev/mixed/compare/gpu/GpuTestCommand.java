// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.cli.Subcommand;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.TornadoDevice;
import dev.mixed.engine.tornado.TornadoPlatform;
import dev.mixed.io.UsageException;
import dev.mixed.opcases.DeviceComparison;
import dev.mixed.opcases.GpuCase;
import dev.mixed.opcases.OpTable;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed gpu-test}: every kernel and a small model on the GPU against the JVM. */
@Command(name = "gpu-test", mixinStandardHelpOptions = true,
        description = "Tests the GPU: every kernel, the tiny model's gradients, 50 training steps and moved checkpoints, each against the JVM.")
public final class GpuTestCommand implements Subcommand {
    private static final int STEPS = 50;

    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--only", paramLabel = "<text>", defaultValue = "", description = "run only tests whose name contains this")
    private String only;

    private int passed;
    private int failed;

    @Override
    public Integer call() {
        PrintWriter out = out();
        try (TornadoDevice gpu = open(); JvmDevice jvm = JvmDevice.open()) {
            TornadoPlatform platform = gpu.platform();
            out.println("testing " + platform.device() + " through TornadoVM's " + platform.backend() + " backend against the JVM");
            long start = System.nanoTime();
            for (GpuCase op : OpTable.gpuCases()) {
                test(op.name(), () -> DeviceComparison.run(op, gpu, jvm));
            }
            testTf32(jvm);
            test("gradients of tiny, fp32", () -> ModelChecks.gradients(gpu, jvm, Precision.FP32, 1e-4));
            test("gradients of tiny, amp", () -> ModelChecks.gradients(gpu, jvm, Precision.AMP, 1e-2));
            test("gradients of tiny, amp with a float residual stream", () -> ModelChecks.gradients(gpu, jvm, Precision.AMP_FLOAT_RESIDUAL, 1e-2));
            for (VectorSettings.Loss loss : VectorSettings.Loss.values()) {
                String name = loss.name().toLowerCase(Locale.ROOT);
                test("gradients of vectors, " + name + " loss, fp32", () -> VectorChecks.gradients(gpu, jvm, loss, Precision.FP32, 1e-4));
                test("gradients of vectors, " + name + " loss, amp", () -> VectorChecks.gradients(gpu, jvm, loss, Precision.AMP, 1e-2));
            }
            test("gradient checkpointing, fp32", () -> ModelChecks.checkpointed(gpu, Precision.FP32));
            test("gradient checkpointing, amp", () -> ModelChecks.checkpointed(gpu, Precision.AMP));
            test("50 steps, fp32, without dropout", () -> ModelChecks.losses(gpu, jvm, Precision.FP32, 0, STEPS, 1e-3));
            test("50 steps, fp32, with dropout", () -> ModelChecks.losses(gpu, jvm, Precision.FP32, 0.1, STEPS, 1e-3));
            test("50 steps, amp, with dropout", () -> ModelChecks.losses(gpu, jvm, Precision.AMP, 0.1, STEPS, 1e-2));
            test("checkpoint of the GPU resumed on the JVM, fp32", () -> CheckpointCheck.run(gpu, jvm, jvm, false, 1e-2));
            test("checkpoint of the JVM resumed on the GPU, fp32", () -> CheckpointCheck.run(jvm, gpu, jvm, false, 1e-2));
            test("checkpoint of the GPU resumed on the JVM, amp", () -> CheckpointCheck.run(gpu, jvm, jvm, true, 1e-2));
            test("checkpoint of the JVM resumed on the GPU, amp", () -> CheckpointCheck.run(jvm, gpu, jvm, true, 1e-2));
            test("collective, one rank, between programs", () -> CollectiveChecks.order(gpu));
            test("collective, one rank, in half", () -> CollectiveChecks.halves(gpu));
            test("collective, one rank, 440 MB", () -> CollectiveChecks.cost(gpu));
            testRanks(gpu);
            if (passed + failed == 0) {
                throw new UsageException("no test has '" + only + "' in its name; without --only all are run.");
            }
            out.println(String.format(Locale.ROOT, "%d passed, %d failed in %.0f s", passed, failed, (System.nanoTime() - start) / 1e9));
        }
        out.flush();
        return failed == 0 ? 0 : 1;
    }

    /** Products of floats that are rounded to tf32, where the GPU has that. */
    private void testTf32(JvmDevice jvm) {
        try (TornadoDevice gpu = TornadoDevice.open(true)) {
            if (gpu.roundsToTf32()) {
                for (GpuCase op : OpTable.tf32Cases()) {
                    test(op.name(), () -> DeviceComparison.run(op, gpu, jvm));
                }
            }
        }
    }

    /** Several processes that train together; each has a GPU of its own where there are as many. */
    private void testRanks(TornadoDevice gpu) {
        test("two ranks on one GPU, collective, fp32", () -> RankChecks.run(gpu, 2, true, Precision.FP32, false, 2, 1e-6));
        // Three batches are added in another order, and halves round: where a gradient is but noise, as that of biases of keys, AdamW's steps then differ.
        test("two ranks on one GPU, collective, amp", () -> RankChecks.run(gpu, 2, true, Precision.AMP, false, 2, 1e-6));
        test("two ranks on one GPU, collective, amp, three batches", () -> RankChecks.run(gpu, 2, true, Precision.AMP, false, 3, 1e-3));
        test("two ranks on one GPU, collective, amp, half gradients", () -> RankChecks.run(gpu, 2, true, Precision.AMP, true, 2, 5e-3));
        int gpus = RankChecks.gpus();
        if (gpus >= 2) {
            test("two ranks, a GPU each, collective, fp32", () -> RankChecks.run(gpu, 2, false, Precision.FP32, false, 2, 1e-6));
            test("ranks on all GPUs, collective, amp", () -> RankChecks.run(gpu, gpus, false, Precision.AMP, false, gpus + 1, 1e-3));
        } else if ("two ranks, a GPU each, collective, fp32".contains(only)) {
            out().println("left out: ranks with a GPU each, for there is one GPU");
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static TornadoDevice open() {
        try {
            return TornadoDevice.open();
        } catch (DeviceException e) {
            throw new DeviceException(e.getMessage() + " ('./mixed doctor' says what is missing)", e);
        }
    }

    private void test(String name, Supplier<@Nullable String> check) {
        if (!name.contains(only)) {
            return;
        }
        String wrong;
        try {
            wrong = check.get();
        } catch (RuntimeException e) {
            wrong = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        if (wrong == null) {
            passed++;
        } else {
            failed++;
            out().println("FAILED " + name + ": " + wrong);
            out().flush();
        }
    }
}
