// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import dev.mixed.amp.Precision;
import dev.mixed.compare.libtorch.Libtorch;
import dev.mixed.compare.libtorch.LibtorchContender;
import dev.mixed.compare.pytorch.PyTorchContender;
import dev.mixed.compare.speed.Contender;
import dev.mixed.compare.speed.Contender.Engine;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.compare.speed.Job;
import dev.mixed.compare.speed.MixedContender;
import dev.mixed.engine.Device;
import java.util.ArrayList;
import java.util.List;

/** All that take part in a comparison, and notes on those that could not. */
final class Contenders implements AutoCloseable {
    private final Job job;
    private final boolean fp32;
    private final boolean amp;
    private final boolean tf32;
    private final List<Contender> all = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private String description;
    private String hardware;

    /** miXed in the precisions that are wanted. */
    Contenders(Job job, Device device, boolean fp32, boolean amp) {
        this.job = job;
        this.fp32 = fp32;
        this.amp = amp;
        tf32 = device.roundsToTf32();
        hardware = device.hardware();
        description = "miXed on " + device.name() + (tf32 ? " (FP32 is tf32, PyTorch's too)" : "");
        if (fp32) {
            all.add(new MixedContender(job, device, Precision.FP32));
        }
        if (amp) {
            all.add(new MixedContender(job, device, Precision.AMP));
        }
    }

    /** Adds PyTorch as it is, and through {@code torch.compile}; beside packed batches, in each of its ways to take texts of different lengths. */
    void python(String command, boolean cuda, boolean compile) {
        for (Engine engine : job.packed() == null ? List.of(Engine.PYTORCH, Engine.COMPILED)
                : List.of(Engine.PYTORCH, Engine.PADDED, Engine.NESTED, Engine.COMPILED, Engine.COMPILED_PADDED)) {
            for (boolean half : new boolean[] {false, true}) {
                if ((half ? amp : fp32) && (compile || !engine.isCompiled())) {
                    python(command, cuda, half, engine);
                }
            }
        }
    }

    private void python(String command, boolean cuda, boolean half, Engine engine) {
        try {
            PyTorchContender contender = new PyTorchContender(command, job, cuda, half, engine, tf32);
            all.add(contender);
            if (!description.contains("PyTorch")) {
                hardware = contender.device();
                description += ", " + contender.describe() + " on " + (cuda ? contender.device() : "the CPU") + ", " + cores();
            }
        } catch (ContenderException e) {
            note(engine.label() + (half ? " AMP" : " FP32") + " was not timed: " + e.getMessage() + ".");
        }
    }

    /** Adds libtorch on the CPU. */
    void libtorch() {
        if (fp32) {
            all.add(new LibtorchContender(job));
        }
        description += ", libtorch " + Libtorch.version() + " on the CPU, " + cores();
        note("libtorch stands in for PyTorch, in FP32: mixed precision and torch.compile need a Python with torch.");
    }

    private static String cores() {
        return Runtime.getRuntime().availableProcessors() + " cores";
    }

    List<Contender> all() {
        return all;
    }

    void note(String sentence) {
        notes.add(sentence);
    }

    List<String> notes() {
        return notes;
    }

    /** Engines, versions and devices, for a headline. */
    String describe() {
        return description;
    }

    /** The name of the device that they run on. */
    String hardware() {
        return hardware;
    }

    @Override
    public void close() {
        all.forEach(Contender::close);
    }
}
