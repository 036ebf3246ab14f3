// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.cli.doctor.Doctor;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code mixed doctor}: says what a GPU still needs. */
@Command(name = "doctor", mixinStandardHelpOptions = true,
        description = "Checks what a GPU needs: JDK, TornadoVM, driver, NVRTC, memory, and one kernel. Exit code 0 if a GPU can be used, else 1.")
final class DoctorCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        boolean usable = Doctor.check(finding -> {
            out.println(finding);
            out.flush();
        });
        out.println(usable ? "The GPU can be used: ./mixed train --device gpu" : "No GPU can be used; miXed computes on the JVM.");
        return usable ? 0 : 1;
    }
}
