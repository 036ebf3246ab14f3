// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import dev.mixed.compare.libtorch.Libtorch;
import dev.mixed.compare.pytorch.Python;
import dev.mixed.compare.speed.Job;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.run.RunOptions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What miXed is compared with, by a user's options. */
final class Against {
    /** Where PyTorch comes from. */
    enum Source { AUTO, PYTHON, LIBTORCH, NONE }

    @Option(names = "--against", defaultValue = "auto", paramLabel = "<what>",
            description = "python: PyTorch in Python; libtorch: the library alone, on the CPU;"
                    + " none: miXed alone; auto: the first that is there (default: ${DEFAULT-VALUE})")
    private Source source;

    @Option(names = "--python", paramLabel = "<command>", description = "a Python with torch (default: $PYTHON, python3 or python, the first that has it)")
    private @Nullable String python;

    @Option(names = "--no-compile", description = "leave torch.compile out")
    private boolean noCompile;

    /** Refuses a Python that nothing would be timed with. */
    void check() {
        if (python != null && (source == Source.LIBTORCH || source == Source.NONE)) {
            throw new UsageException("--python '" + python + "' has no effect with --against " + RunOptions.label(source) + "; leave one of them out.");
        }
    }

    /** miXed and PyTorch, set up; what is missing is noted. */
    Contenders contenders(Job job, Device device, boolean fp32, boolean amp) {
        boolean gpu = !device.name().startsWith("jvm");
        Optional<String> command = source == Source.AUTO || source == Source.PYTHON ? Python.withTorch(python) : Optional.empty();
        if (source == Source.PYTHON && command.isEmpty()) {
            throw new UserException("--against python: no Python here has torch; install it (pip install torch) or name one that has it with --python.");
        }
        if (source == Source.LIBTORCH && gpu) {
            throw new UsageException("--against libtorch: libtorch computes on the CPU alone; use --device jvm.");
        }
        if (source == Source.LIBTORCH && !Libtorch.available()) {
            throw new UserException("--against libtorch: libtorch could not be fetched; check the network and try again.");
        }
        Contenders all = new Contenders(job, device, fp32, amp);
        if (command.isPresent()) {
            all.python(command.get(), gpu, !noCompile);
        } else if (source != Source.NONE && gpu) {
            all.note("PyTorch was not timed: no Python here has torch; name one that has it with --python.");
        } else if (source != Source.NONE && Libtorch.available()) {
            all.libtorch();
        } else if (source != Source.NONE) {
            all.note("PyTorch was not timed: no Python here has torch, and libtorch is not here; on Linux x86_64, ./mixed compare --device jvm fetches it.");
        }
        return all;
    }
}
